"""The one gate: every order of every path passes ``RiskGate.check``, and every refusal has a code.

An entry must satisfy all limits. An order that reduces (exit, protective stop) is never held back by limits that exist
to prevent losses: only by what would make it wrong (larger than the position, no market, no price, order rate).
"""
from __future__ import annotations

import enum
from collections.abc import Set
from dataclasses import dataclass

from qt_app.instruments import Instrument
from qt_app.orders.account import Account
from qt_app.risk.intent import Intent, ProtectiveStop, Purpose
from qt_app.risk.limits import Limits
from qt_app.risk.rate import OrderRate
from qt_app.risk.schedule import Schedule
from qt_app.risk.view import MarketView
from qt_app.votes import OrderRequest
from qt_core._types import Control, Phase

#: How far beyond the touch a marketable limit is priced, at most the collar.
SLIP_TICKS = 2


#: Times the order rate: an entry never uses up what its protection and its exit need.
ALLOWANCE = {Purpose.ENTRY: 1, Purpose.STOP: 2, Purpose.EXIT: 2}


class Reason(enum.Enum):
    """Refusal codes, each with its sentence."""

    HALTED = "entries are halted by the operator"
    REDUCING = "only reductions are allowed by the operator"
    STOPPING = "the program is stopping"
    STALE_FEED = "the feed is marked stale"
    LOW_CONFIDENCE = "the decision's probability is below MIN_CONFIDENCE"
    OUTSIDE_SESSION = "the market is outside its session"
    NEAR_OPEN = "the session has just opened"
    NEAR_CLOSE = "the session is about to close"
    PHASE_NOT_OPEN = "the trading phase is not open"
    NO_QUOTE = "the quote is unknown"
    CROSSED_QUOTE = "the best bid is not below the best ask"
    STALE_QUOTE = "the quote and the book are too old"
    WIDE_SPREAD = "the spread is too wide"
    SETTLING = "an order or an exit is still being settled"
    POSITION_IN_DOUBT = "a report named an unknown order or a fill without its price"
    WORKING_ENTRY = "an entry is working already"
    POSITION_LIMIT = "the position has reached MAX_POSITION"
    LOT_SIZE = "the quantity is not a size the contract trades in"
    DAILY_TRADES = "the session's entries have reached MAX_DAILY_TRADES"
    DAILY_LOSS = "the day's loss has reached its limit"
    PRICE_COLLAR = "the price is too far from the market"
    ORDER_RATE = "too many orders in the last second or minute"
    EXCEEDS_POSITION = "a reducing order must not exceed the position"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no order: a code, and the value against its limit."""

    reason: Reason
    detail: str

    def __str__(self) -> str:
        return f"{self.reason.name}: {self.reason.value} ({self.detail})"


CONTROLS = {Control.HALT: Reason.HALTED, Control.REDUCE: Reason.REDUCING,
            Control.STOP: Reason.STOPPING, Control.STALE: Reason.STALE_FEED}
LIFTS = {Control.RESUME: (Reason.HALTED, Reason.REDUCING), Control.FRESH: (Reason.STALE_FEED,)}
WINDOWS = {"closed": Reason.OUTSIDE_SESSION, "opening": Reason.NEAR_OPEN,
           "closing": Reason.NEAR_CLOSE, "flat_by": Reason.NEAR_CLOSE}


class RiskGate:
    """Limits, the market's hours and the account, joined in one check. Event time only."""

    def __init__(self, limits: Limits, instrument: Instrument, schedule: Schedule, account: Account) -> None:
        self.limits = limits
        self.instrument = instrument
        self.schedule = schedule
        self.account = account
        self.rate = OrderRate(limits.orders_per_second, limits.orders_per_minute)
        self.max_lots = instrument.to_lots(limits.max_position)
        self._lost_session: int | None = None  # open of the session whose loss limit was reached
        self._blocks: dict[Reason, None] = {}  # states set by control events, oldest first

    def control(self, code: int) -> None:
        """HALT: no entries. REDUCE: no entries, and the position is closed. STOP: HALT that cannot be lifted.

        RESUME lifts HALT and REDUCE; STALE and FRESH follow the feed's health. Other codes change nothing.
        """
        if code in CONTROLS:
            self._blocks[CONTROLS[Control(code)]] = None
        for reason in LIFTS.get(Control(code), ()) if code in LIFTS else ():
            self._blocks.pop(reason, None)

    @property
    def blocks(self) -> tuple[Reason, ...]:
        """Control states that forbid entries now."""
        return tuple(self._blocks)

    @property
    def reducing(self) -> bool:
        return Reason.REDUCING in self._blocks

    def loss_reached(self, view: MarketView) -> bool:
        """Whether the day's loss, costs and open position included, has once reached its limit in this session."""
        net = self.account.day(view.bid, view.ask).net_brl
        if net is not None and net <= -self.limits.max_daily_loss_brl:
            self._lost_session = view.open_ns
        return view.open_ns is not None and self._lost_session == view.open_ns

    def check(self, intent: Intent, view: MarketView, live: Set[Purpose]) -> OrderRequest | Refusal:
        """An order, perhaps smaller than wanted, or the reason why not. ``live`` says which kinds of order work now."""
        refusal = self._entry(intent, view, live) if intent.purpose is Purpose.ENTRY else self._reduction(intent, view)
        if refusal is None and self.rate.exceeded(view.now_ns, ALLOWANCE[intent.purpose]):
            refusal = Refusal(Reason.ORDER_RATE, f"limits are {self.rate.per_second}/s and {self.rate.per_minute}/min")
        if refusal is not None:
            return refusal
        self.rate.add(view.now_ns)
        return self._request(intent, view)

    # what an entry must satisfy

    def _entry(self, intent: Intent, view: MarketView, live: Set[Purpose]) -> Refusal | None:
        return (self._state(intent) or self._session(view) or self._quote(view) or self._quality(view)
                or self._room(intent, live) or self._day(view) or self._collar(intent, view))

    def _state(self, intent: Intent) -> Refusal | None:
        for reason in self._blocks:
            return Refusal(reason, "set by a control event")
        confidence = intent.confidence
        if confidence is None or not confidence >= self.limits.min_confidence:
            return Refusal(Reason.LOW_CONFIDENCE, f"{confidence} < {self.limits.min_confidence}")
        return None

    def _session(self, view: MarketView) -> Refusal | None:
        window = self.schedule.window(view)
        if window != "open":
            return Refusal(WINDOWS[window], window)
        return self._phase(view)

    @staticmethod
    def _phase(view: MarketView) -> Refusal | None:
        return None if view.phase == Phase.OPEN else Refusal(Reason.PHASE_NOT_OPEN, f"phase {view.phase}")

    @staticmethod
    def _quote(view: MarketView) -> Refusal | None:
        if view.bid is None or view.ask is None:
            return Refusal(Reason.NO_QUOTE, f"bid {view.bid}, ask {view.ask}")
        if view.bid >= view.ask:
            return Refusal(Reason.CROSSED_QUOTE, f"bid {view.bid}, ask {view.ask}")
        return None

    def _quality(self, view: MarketView) -> Refusal | None:
        """Age and spread of a quote that is known."""
        assert view.bid is not None and view.ask is not None
        age_ms = None if view.quote_ns is None else (view.now_ns - view.quote_ns) // 1_000_000
        if age_ms is None or age_ms > self.limits.stale_after_ms:
            return Refusal(Reason.STALE_QUOTE, f"{age_ms} ms > {self.limits.stale_after_ms} ms")
        if view.ask - view.bid > self.limits.max_spread_ticks:
            return Refusal(Reason.WIDE_SPREAD, f"{view.ask - view.bid} > {self.limits.max_spread_ticks} ticks")
        return None

    def _room(self, intent: Intent, live: Set[Purpose]) -> Refusal | None:
        """One entry at a time, nothing left to settle, and lots that fit."""
        position = self.account.position
        if Purpose.ENTRY in live:
            return Refusal(Reason.WORKING_ENTRY, "one at a time")
        if Purpose.EXIT in live or (position == 0 and live):
            return Refusal(Reason.SETTLING, ", ".join(sorted(p.value for p in live)))
        room = self.max_lots - intent.side * position
        if room <= 0 or intent.side * position < 0:
            return Refusal(Reason.POSITION_LIMIT, f"{position} of {self.max_lots} lots")
        if self._sized(intent.qty, room) < self.instrument.min_lots:
            return Refusal(Reason.LOT_SIZE, f"{min(intent.qty, room)} < {self.instrument.min_lots} lots")
        return None

    def _sized(self, wanted: int, room: int) -> int:
        """Lots after shrinking to the room, the contract's largest order and its lot multiple."""
        lots = min(wanted, room, self.instrument.max_lots)
        return lots - lots % self.instrument.min_lots

    def _day(self, view: MarketView) -> Refusal | None:
        if self.account.today.entries >= self.limits.max_daily_trades:
            return Refusal(Reason.DAILY_TRADES, f"{self.account.today.entries} of {self.limits.max_daily_trades}")
        if self.loss_reached(view):
            return Refusal(Reason.DAILY_LOSS, f"limit R$ {self.limits.max_daily_loss_brl:.2f}")
        return None

    def _collar(self, intent: Intent, view: MarketView) -> Refusal | None:
        """The limit against the last print; against the touch it holds by construction."""
        price = self._marketable(intent.side, view)
        if view.last is not None and abs(price - view.last) > self.limits.collar_ticks:
            return Refusal(Reason.PRICE_COLLAR, f"{price} is over {self.limits.collar_ticks} ticks from {view.last}")
        return None

    # what a reduction must satisfy

    def _reduction(self, intent: Intent, view: MarketView) -> Refusal | None:
        position = self.account.position
        if intent.side * position >= 0 or intent.qty > abs(position):
            return Refusal(Reason.EXCEEDS_POSITION, f"{intent.side * intent.qty:+d} against {position:+d} lots")
        if self.schedule.window(view) == "closed":
            return Refusal(Reason.OUTSIDE_SESSION, "closed")
        if intent.purpose is Purpose.STOP:
            return None  # it may rest through an auction
        if view.touch(intent.side) is None:
            return Refusal(Reason.NO_QUOTE, f"bid {view.bid}, ask {view.ask}")
        return self._phase(view)

    # the order

    def _request(self, intent: Intent, view: MarketView) -> OrderRequest:
        qty = intent.qty
        if intent.purpose is Purpose.ENTRY:
            qty = self._sized(qty, self.max_lots - intent.side * self.account.position)
        stop: ProtectiveStop | None = intent.stop
        price = stop.limit if stop else self._marketable(intent.side, view)
        return OrderRequest(intent.order_id, intent.seq, view.now_ns, intent.side, qty, price,
                            stop.trigger if stop else None, intent.reason)

    def _marketable(self, side: int, view: MarketView) -> int:
        """A limit a little beyond the touch: it trades at once, and never far away."""
        touch = view.touch(side)
        assert touch is not None
        return max(1, touch + side * min(SLIP_TICKS, self.limits.collar_ticks))
