"""Each breaker once where it trips and once where it just does not; what is remembered, lifted and restored."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_app.alerts.codes import Code
from qt_app.fees import Fees
from qt_app.instruments import instrument
from qt_app.journal.entries import Entry, Fact
from qt_app.orders.account import Account, Fill
from qt_app.risk.breakers import Breakers
from qt_app.risk.limits import Limits
from qt_app.risk.rate import MINUTE_NS, SECOND_NS
from qt_app.risk.reasons import Reason
from qt_app.risk.view import MarketView
from qt_app.votes import OrderReport
from qt_core._types import Phase

OPEN = 1_700_000_000_000_000_000
NEXT_OPEN = OPEN + 24 * 60 * MINUTE_NS
VIEW = MarketView(OPEN + MINUTE_NS, 10_000, 10_001, 10_000, Phase.OPEN, OPEN + MINUTE_NS, OPEN, None)


class Desk:
    """Breakers, the account they watch, what they remembered and said."""

    def __init__(self, **limits: Any) -> None:
        contract = instrument("WDOZ26")
        self.account = Account(contract, Fees())
        self.breakers = Breakers(Limits(**limits), self.account)
        self.facts: dict[str, Fact] = {}
        self.said: list[tuple[Code, str]] = []
        self.breakers.note = self._note
        self.breakers.alert = lambda code, words, data: self.said.append((code, words))
        self.view = VIEW
        self.orders = 0
        self.breakers.follow(self.view)

    def _note(self, entry: Entry) -> None:
        assert isinstance(entry, Fact)
        self.facts[entry.name] = entry

    def trade(self, ticks: int, qty: int = 1) -> None:
        """A round trip that wins so many ticks, before costs."""
        for side, price, entry in ((1, 10_000, True), (-1, 10_000 + ticks, False)):
            self.orders += entry
            self.account.fill(Fill(self.orders, 0, self.view.now_ns, side, qty, price, qty * price, qty * price),
                              entry=entry)
        self.breakers.follow(self.view)

    def buy(self) -> None:
        self.account.fill(Fill(99, 0, self.view.now_ns, 1, 1, 10_000, 10_000, 10_000), entry=True)

    def quote(self, bid: int) -> None:
        self.view = replace(self.view, bid=bid, ask=bid + 1)
        self.breakers.follow(self.view)

    def report(self, status: str, text: str = "", after_ns: int = 0) -> None:
        self.view = replace(self.view, now_ns=self.view.now_ns + after_ns)
        self.breakers.reported(OrderReport(1, 0, self.view.now_ns, status, 0, None, 0, text))

    def next_session(self) -> None:
        self.account.open_session()
        self.view = replace(self.view, now_ns=NEXT_OPEN + MINUTE_NS, open_ns=NEXT_OPEN)
        self.breakers.follow(self.view)

    def resume(self) -> None:
        self.breakers.lift(self.view.now_ns)

    @property
    def tripped(self) -> list[Reason]:
        return list(self.breakers.tripped)


# money

def test_the_drawdown_counts_from_the_days_best_closed_result() -> None:
    """30 ticks won are R$ 150; giving back R$ 200 of it and more trips, though the day's loss is far from its limit."""
    desk = Desk(max_daily_drawdown_brl=200.0)
    desk.trade(30)
    best = desk.account.day_best_brl
    desk.buy()
    desk.quote(10_000 - 39)
    assert desk.tripped == []
    desk.quote(10_000 - 40)
    assert desk.tripped == [Reason.DAILY_DRAWDOWN]
    assert desk.account.day_best_brl == best
    assert desk.said == [(Code.BREAKER_TRIPPED, "the day's result has fallen too far from its best: trading is halted "
                          "until the next session")]


def test_an_open_profit_is_no_result_yet() -> None:
    desk = Desk(max_daily_drawdown_brl=100.0)
    desk.buy()
    desk.quote(10_100)
    desk.quote(10_000)
    assert desk.tripped == []


def test_the_loss_of_a_session_holds_until_the_next_one() -> None:
    desk = Desk(max_daily_loss_brl=100.0)
    desk.trade(-20)
    assert desk.tripped == [Reason.DAILY_LOSS]
    desk.trade(40)
    desk.resume()
    assert desk.tripped == [Reason.DAILY_LOSS]
    desk.next_session()
    assert desk.tripped == []
    assert desk.facts["tripped"].value == {}


def test_an_unknown_quote_trips_nothing() -> None:
    desk = Desk(max_daily_loss_brl=100.0)
    desk.buy()
    desk.breakers.follow(replace(desk.view, bid=None))
    assert desk.tripped == []
    desk.breakers.follow(replace(desk.view, bid=9_980, open_ns=None))
    assert desk.tripped == []


def test_the_fourth_losing_trade_in_a_row_ends_the_sessions_entries() -> None:
    desk = Desk()
    for ticks in (-1, -1, -1, 5, -1, -1, -1):
        desk.trade(ticks)
    assert desk.tripped == []
    desk.trade(-1)
    assert desk.tripped == [Reason.LOSING_STREAK]
    desk.trade(5)
    desk.resume()
    assert desk.tripped == [Reason.LOSING_STREAK]
    desk.next_session()
    assert desk.tripped == []


def test_without_a_limit_losses_in_a_row_go_on() -> None:
    desk = Desk(max_losses_in_row=0)
    for _ in range(10):
        desk.trade(-1)
    assert desk.tripped == []


# orders

def test_three_rejections_in_a_row_stop_entries_until_resume() -> None:
    desk = Desk()
    desk.report("rejected", "no margin")
    desk.report("rejected", "no margin")
    desk.report("cancelled")
    assert desk.tripped == []
    desk.report("rejected", "risk limit")
    assert desk.tripped == [Reason.REJECTED_ORDERS]
    assert desk.breakers.tripped[Reason.REJECTED_ORDERS].detail == "3 in a row, the last: risk limit"
    desk.next_session()
    assert desk.tripped == [Reason.REJECTED_ORDERS]
    desk.resume()
    desk.report("rejected")
    assert desk.tripped == []


def test_an_order_that_lives_begins_a_new_row_and_old_rejections_expire() -> None:
    desk = Desk()
    for status in ("rejected", "rejected", "accepted", "rejected", "rejected"):
        desk.report(status)
    assert desk.tripped == []
    desk = Desk()
    desk.report("rejected")
    desk.report("rejected")
    desk.report("rejected", after_ns=10 * MINUTE_NS)
    assert desk.tripped == []


def test_what_never_reached_the_broker_is_no_rejection_of_his() -> None:
    desk = Desk()
    for _ in range(9):
        desk.report("rejected", "BROKER_NOT_READY: the broker takes no orders at this instant (routing)")
    assert desk.tripped == []


def test_refusals_for_the_rate_trip_within_a_minute_alone() -> None:
    slow, fast = Desk(), Desk()
    for i in range(5):
        slow.breakers.throttled(OPEN + i * 15 * SECOND_NS)
        fast.breakers.throttled(OPEN + i * 14 * SECOND_NS)
    assert slow.tripped == []
    assert fast.tripped == [Reason.ORDER_STORM]
    fast.resume()
    assert fast.tripped == []


def test_the_gateways_refusals_for_the_rate_count_too() -> None:
    desk = Desk()
    for _ in range(5):
        desk.report("rejected", "ORDER_RATE: too many orders in the last second or minute (limits)")
    assert desk.tripped == [Reason.ORDER_STORM]


def test_failed_decisions_in_a_row_halt() -> None:
    desk = Desk()
    for failed in (True, True, False, True, True):
        if failed:
            desk.breakers.decision_failed(OPEN, "RuntimeError: no")
        else:
            desk.breakers.decided()
    assert desk.tripped == []
    desk.breakers.decision_failed(OPEN, "RuntimeError: no")
    assert desk.tripped == [Reason.DECISION_ERRORS]
    assert desk.breakers.errors == 5
    assert [code for code, _ in desk.said] == [Code.DECISION_FAILED] * 5 + [Code.BREAKER_TRIPPED]


# a restart

STEPS = st.one_of(
    st.tuples(st.just("trade"), st.integers(-30, 30)),
    st.tuples(st.just("quote"), st.integers(9_900, 10_100)),
    st.tuples(st.just("report"), st.sampled_from(["rejected", "accepted", "filled", "cancelled"])),
    st.tuples(st.just("resume"), st.none()),
    st.tuples(st.just("next_session"), st.none()),
)


def step(desk: Desk, what: str, value: Any) -> None:
    getattr(desk, what)(*(() if value is None else (value,)))


def restarted(desk: Desk) -> Desk:
    """A new process that has the journal's facts, and the account folded from the same fills."""
    new = Desk(max_daily_loss_brl=200.0, max_daily_drawdown_brl=250.0)
    new.account, new.view, new.orders, new.facts = desk.account, desk.view, desk.orders, dict(desk.facts)
    new.breakers.account = new.account
    new.breakers.restore(desk.facts)
    new.breakers.follow(new.view)
    return new


@pytest.mark.lengthy
@settings(max_examples=100, derandomize=True)
@given(st.lists(STEPS, max_size=30), st.integers(0, 30))
def test_cut_anywhere_a_restart_goes_on_as_if_nothing_had_happened(script: list[Any], cut: int) -> None:
    whole = Desk(max_daily_loss_brl=200.0, max_daily_drawdown_brl=250.0)
    for what, value in script:
        step(whole, what, value)
    broken = Desk(max_daily_loss_brl=200.0, max_daily_drawdown_brl=250.0)
    for i, (what, value) in enumerate(script):
        if i == cut:
            broken = restarted(broken)
        step(broken, what, value)
    assert broken.breakers.tripped == whole.breakers.tripped
    assert broken.facts == whole.facts
