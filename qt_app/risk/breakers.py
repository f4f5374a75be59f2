"""What stops trading by itself: money, losses in a row, rejections, the order rate, failed decisions.

Event time only. The money breakers follow from the account, which is a fold of fills; what cannot be folded (trips,
rejections in a row) is remembered as a fact at the moment it changes, and ``restore`` takes the facts back.
"""
from __future__ import annotations

import math
import typing
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.journal.entries import Fact, Json, Note, nowhere
from qt_app.orders.account import Account
from qt_app.risk.limits import Limits
from qt_app.risk.rate import MINUTE_NS
from qt_app.risk.reasons import Reason
from qt_app.risk.states import TradingState, Until, block_of
from qt_app.risk.strikes import Strikes
from qt_app.risk.view import MarketView
from qt_app.votes import OrderReport

#: Of a tick: what floating point leaves over when a limit is reached exactly.
NEARLY = 1e-6
#: Facts.
TRIPPED, STRIKES = "tripped", "strikes"


@dataclass(frozen=True, slots=True)
class Trip:
    """When and why a breaker tripped; ``session_ns`` is the open of the session that it ends, None: until resume."""

    ts_ns: int
    detail: str
    session_ns: int | None


def to_nobody(code: Code, message: str, data: Mapping[str, Any]) -> None:
    """Alerts of a replay."""


def not_told(reason: Reason) -> None:
    """Their ends."""


class Breakers:
    """One account's breakers. ``tripped`` forbids entries; some of it flattens: see ``states.BLOCKS``."""

    def __init__(self, limits: Limits, account: Account) -> None:
        self.limits = limits
        self.account = account
        self.tripped: dict[Reason, Trip] = {}
        self.exit_price: int | None = None  # ticks of bid (long) or ask (short) at which a money breaker trips
        self.note: Note = nowhere
        self.alert: Tell = to_nobody
        self.over: Callable[[Reason], None] = not_told
        self.errors = 0             # decisions that failed, since the start
        self._errors_in_row = 0
        self._tick_brl = account.instrument.ticks_to_brl(Fraction(1))
        self._session_ns: int | None = None
        self._rejections = Strikes(limits.max_rejections, limits.rejection_minutes * MINUTE_NS)
        self._throttled = Strikes(limits.max_rate_refusals, MINUTE_NS)

    # what is watched

    def follow(self, view: MarketView) -> None:
        """The market or the account moved: a new session lifts what ended the last; the money is looked at."""
        if view.open_ns is None:
            return
        if view.open_ns != self._session_ns:
            self._begin(view.open_ns, view.now_ns)
        net = self.account.day(view.bid, view.ask).net_brl
        self.exit_price = None
        if net is not None:
            self._watch_money(net, view)
        if 0 < self.limits.max_losses_in_row <= self.account.today.losing:
            self._trip(Reason.LOSING_STREAK, view.now_ns, f"{self.account.today.losing} losing trades")

    def _watch_money(self, net: float, view: MarketView) -> None:
        """The day's result, costs and open position included; the best it falls from is that of a closed trade, so
        that both follow from the fills."""
        best, limits, now_ns = self.account.day_best_brl, self.limits, view.now_ns
        if net <= -limits.max_daily_loss_brl:
            self._trip(Reason.DAILY_LOSS, now_ns, f"R$ {net:.2f}, limit R$ {limits.max_daily_loss_brl:.2f}")
        if best - net >= limits.max_daily_drawdown_brl:
            self._trip(Reason.DAILY_DRAWDOWN, now_ns,
                       f"R$ {net:.2f} after R$ {best:.2f}, limit R$ {limits.max_daily_drawdown_brl:.2f}")
        self.exit_price = self._exit_price(min(net + limits.max_daily_loss_brl,
                                               net - best + limits.max_daily_drawdown_brl), view)

    def _exit_price(self, left_brl: float, view: MarketView) -> int | None:
        """Ticks of the exit side's quote at which what is left to lose is lost; None when flat or lost already."""
        position = self.account.position
        now = view.bid if position > 0 else view.ask
        if position == 0 or left_brl <= 0 or now is None:
            return None
        ticks = math.ceil(left_brl / (abs(position) * self._tick_brl) - NEARLY)
        return now - ticks if position > 0 else now + ticks

    def reported(self, report: OrderReport) -> None:
        """A broker event of an order: rejections in a row count, any other sign of life begins a new row."""
        if report.status == "rejected":
            code = report.text.partition(":")[0]
            if code == Reason.ORDER_RATE.name:
                self.throttled(report.ts_ns)
            elif code not in Reason.__members__:    # else it never reached the broker
                self._rejected(report)
        elif report.status != "cancelled" and self._rejections.clear():
            self._remember(STRIKES, [], report.ts_ns)

    def _rejected(self, report: OrderReport) -> None:
        full = self._rejections.add(report.ts_ns)
        self._remember(STRIKES, list(self._rejections.at), report.ts_ns)
        if full:
            self._trip(Reason.REJECTED_ORDERS, report.ts_ns, f"{self.limits.max_rejections} in a row, "
                       f"the last: {report.text or 'no text'}")

    def throttled(self, now_ns: int) -> None:
        """An order was refused for its rate."""
        if self._throttled.add(now_ns):
            self._trip(Reason.ORDER_STORM, now_ns, f"{self.limits.max_rate_refusals} refusals within a minute")

    def decision_failed(self, now_ns: int, error: str) -> None:
        """Model, agents or consensus raised: that decision was hold."""
        self.errors += 1
        self._errors_in_row += 1
        self.alert(Code.DECISION_FAILED, f"a decision failed, so it is hold: {error}", {"in_row": self._errors_in_row})
        if self._errors_in_row == self.limits.max_decision_errors:
            self._trip(Reason.DECISION_ERRORS, now_ns, f"{self._errors_in_row} in a row, the last: {error}")

    def decided(self) -> None:
        """A decision came about."""
        self._errors_in_row = 0

    # what trips and lifts

    def _begin(self, open_ns: int, now_ns: int) -> None:
        self._session_ns = open_ns
        ended = [r for r, trip in self.tripped.items() if trip.session_ns is not None and trip.session_ns != open_ns]
        self._drop(ended, now_ns)

    def _trip(self, reason: Reason, now_ns: int, detail: str) -> None:
        if reason in self.tripped:
            return
        block = block_of(reason)
        session = self._session_ns if block.until is Until.SESSION else None
        self.tripped[reason] = Trip(now_ns, detail, session)
        self._save(now_ns)
        what = "trading is halted" if block.state is TradingState.HALTED else "no entries"
        self.alert(Code.BREAKER_TRIPPED, f"{reason.value}: {what} until {block.until.value}",
                   {"reason": reason.name, "detail": detail})

    def lift(self, now_ns: int) -> None:
        """The operator resumes: what he may lift is lifted, and counted from nothing."""
        self._errors_in_row = 0
        self._throttled.clear()
        if self._rejections.clear():
            self._remember(STRIKES, [], now_ns)
        self._drop([r for r in self.tripped if block_of(r).until is Until.RESUME], now_ns)

    def _drop(self, reasons: list[Reason], now_ns: int) -> None:
        for reason in reasons:
            del self.tripped[reason]
            self.over(reason)
        if reasons:
            self._save(now_ns)

    # what survives

    def _save(self, now_ns: int) -> None:
        self._remember(TRIPPED, {reason.name: asdict(trip) for reason, trip in self.tripped.items()}, now_ns)

    def _remember(self, name: str, value: Json, now_ns: int) -> None:
        self.note(Fact(name, value, now_ns))

    def restore(self, facts: Mapping[str, Fact]) -> None:
        """The latest facts by name; the money breakers need the account restored beside it."""
        if (strikes := facts.get(STRIKES)) is not None:
            self._rejections.restore(typing.cast(list[int], strikes.value))
        if (tripped := facts.get(TRIPPED)) is not None:
            saved = typing.cast(dict[str, dict[str, Any]], tripped.value)
            self.tripped = {Reason[name]: Trip(**trip) for name, trip in saved.items()}
