"""Every limit of the gate once where it binds and once where it just does not."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qt_app.fees import Fees
from qt_app.instruments import instrument
from qt_app.orders.account import Account, Fill
from qt_app.risk import controls
from qt_app.risk.controls import Cause
from qt_app.risk.gate import SLIP_TICKS, Reason, Refusal, RiskGate
from qt_app.risk.intent import Intent, ProtectiveStop, Purpose
from qt_app.risk.limits import Limits
from qt_app.risk.schedule import MINUTE_NS, Schedule
from qt_app.risk.states import TradingState
from qt_app.risk.view import MarketView
from qt_app.votes import OrderRequest
from qt_core._types import Control, Phase

OPEN = 1_700_000_000_000_000_000
NOON = OPEN + 180 * MINUTE_NS
CLOSE = OPEN + 570 * MINUTE_NS
MS = 1_000_000
VIEW = MarketView(NOON, bid=10_000, ask=10_001, last=10_000, phase=Phase.OPEN, quote_ns=NOON,
                  open_ns=OPEN, close_ns=CLOSE)
BUY = Intent(1, 7, NOON, Purpose.ENTRY, 1, 1, "BUY", confidence=0.7)
EXIT = Intent(2, 7, NOON, Purpose.EXIT, -1, 1, "OPPOSITE_DECISION")


def gate(symbol: str = "WDOZ26", **limits: Any) -> RiskGate:
    contract = instrument(symbol)
    bounds = Limits(**limits)
    return RiskGate(bounds, contract, Schedule.of(bounds), Account(contract, Fees()))


def fill(made: RiskGate, side: int, price: int, qty: int = 1, order_id: int = 0, ts_ns: int = NOON) -> None:
    entry = made.account.position * side >= 0
    made.account.fill(Fill(order_id, 0, ts_ns, side, qty, price, qty * price, qty * price), entry=entry)


def reason(made: RiskGate, intent: Intent = BUY, view: MarketView = VIEW,
           live: frozenset[Purpose] = frozenset()) -> str | None:
    outcome = made.check(intent, view, live)
    return outcome.reason.name if isinstance(outcome, Refusal) else None


def test_an_entry_becomes_a_marketable_limit_near_the_touch() -> None:
    assert gate().check(BUY, VIEW, frozenset()) == OrderRequest(1, 7, NOON, 1, 1, 10_001 + SLIP_TICKS, None, "BUY")
    sell = gate().check(replace(BUY, side=-1), VIEW, frozenset())
    assert isinstance(sell, OrderRequest)
    assert sell.price == 10_000 - SLIP_TICKS


@pytest.mark.parametrize(("binds", "passes", "code"), [
    ({"bid": None}, {}, "NO_QUOTE"),
    ({"ask": None}, {}, "NO_QUOTE"),
    ({"bid": 10_001}, {"bid": 10_000}, "CROSSED_QUOTE"),
    ({"ask": 10_005}, {"ask": 10_004}, "WIDE_SPREAD"),
    ({"quote_ns": NOON - 5001 * MS}, {"quote_ns": NOON - 5000 * MS}, "STALE_QUOTE"),
    ({"quote_ns": None}, {}, "STALE_QUOTE"),
    ({"phase": Phase.AUCTION}, {"phase": Phase.OPEN}, "PHASE_NOT_OPEN"),
    ({"open_ns": None, "close_ns": None}, {"close_ns": None}, "OUTSIDE_SESSION"),
    ({"now_ns": CLOSE, "quote_ns": CLOSE}, {}, "OUTSIDE_SESSION"),
    ({"open_ns": NOON - 5 * MINUTE_NS + 1}, {"open_ns": NOON - 5 * MINUTE_NS}, "NEAR_OPEN"),
    ({"close_ns": NOON + 45 * MINUTE_NS}, {"close_ns": NOON + 45 * MINUTE_NS + 1}, "NEAR_CLOSE"),
    ({"close_ns": NOON + 35 * MINUTE_NS}, {"close_ns": NOON + 46 * MINUTE_NS}, "NEAR_CLOSE"),
    ({"last": 10_003 - 21}, {"last": 10_003 - 20}, "PRICE_COLLAR"),
    ({"last": 10_003 + 21}, {"last": 10_003 + 20}, "PRICE_COLLAR"),
    ({"last": 10_100}, {"last": None}, "PRICE_COLLAR"),
])
def test_the_market_must_be_sound(binds: dict[str, Any], passes: dict[str, Any], code: str) -> None:
    assert reason(gate(), view=replace(VIEW, **binds)) == code
    assert reason(gate(), view=replace(VIEW, **passes)) is None


@pytest.mark.parametrize(("confidence", "code"), [
    (0.599, "LOW_CONFIDENCE"), (None, "LOW_CONFIDENCE"), (float("nan"), "LOW_CONFIDENCE"), (0.60, None)])
def test_confidence(confidence: float | None, code: str | None) -> None:
    assert reason(gate(), replace(BUY, confidence=confidence)) == code


def test_the_position_limit_refuses_and_shrinks() -> None:
    full, half = gate(max_position=2), gate(max_position=2)
    fill(full, 1, 10_000, qty=2)
    assert reason(full) == "POSITION_LIMIT"
    fill(half, 1, 10_000, qty=1)
    shrunk = half.check(replace(BUY, qty=2), VIEW, frozenset({Purpose.STOP}))
    assert isinstance(shrunk, OrderRequest)
    assert shrunk.qty == 1


def test_an_entry_never_turns_a_position_around() -> None:
    short = gate(max_position=2)
    fill(short, -1, 10_000)
    assert reason(short) == "POSITION_LIMIT"


def test_lot_sizes_of_the_full_contract() -> None:
    assert reason(gate("DOLZ26"), replace(BUY, qty=1)) == "LOT_SIZE"
    seven = gate("DOLZ26", max_position=7).check(replace(BUY, qty=7), VIEW, frozenset())
    assert isinstance(seven, OrderRequest)
    assert seven.qty == 5


def test_one_entry_works_at_a_time_and_everything_else_is_settled() -> None:
    assert reason(gate(), live=frozenset({Purpose.ENTRY})) == "WORKING_ENTRY"
    assert reason(gate(), live=frozenset({Purpose.EXIT})) == "SETTLING"
    assert reason(gate(), live=frozenset({Purpose.STOP})) == "SETTLING"
    assert reason(gate(), live=frozenset()) is None


def test_the_eleventh_entry_of_a_session_is_refused() -> None:
    made = gate(orders_per_second=50, max_losses_in_row=0)
    for order_id in range(10):
        assert reason(made) is None
        fill(made, 1, 10_000, order_id=2 * order_id)
        fill(made, -1, 10_000, order_id=2 * order_id + 1)
    assert made.account.today.entries == 10
    assert reason(made) == "DAILY_TRADES"
    made.account.open_session()
    assert reason(made) is None


def test_the_daily_loss_counts_open_money_and_costs_and_stays_reached() -> None:
    """Two contracts down 10 ticks lose R$ 100; the fees of the two sides come on top."""
    made = gate(max_daily_loss_brl=101.0, max_position=3)
    fill(made, 1, 10_010, qty=2)
    assert reason(made, live=frozenset({Purpose.STOP})) == "DAILY_LOSS"
    assert (made.state, made.leaving) == (TradingState.HALTED, Reason.DAILY_LOSS)
    fill(made, -1, 10_010, qty=2)
    assert reason(made) == "DAILY_LOSS"
    made.control(Control.RESUME)
    assert reason(made) == "DAILY_LOSS"
    made.account.open_session()
    assert reason(made, view=replace(VIEW, open_ns=OPEN + 1)) is None
    assert made.state is TradingState.ACTIVE
    roomy = gate(max_daily_loss_brl=103.0, max_position=3)
    fill(roomy, 1, 10_010, qty=2)
    assert reason(roomy, live=frozenset({Purpose.STOP})) is None


def test_the_order_rate_per_second() -> None:
    made = gate(orders_per_second=3)
    assert [reason(made) for _ in range(4)] == [None, None, None, "ORDER_RATE"]
    later = replace(VIEW, now_ns=NOON + 1_000_000_000)
    assert reason(made, view=later) is None


def test_the_order_rate_per_minute() -> None:
    made = gate(orders_per_minute=5)
    views = [replace(VIEW, now_ns=NOON + s * 1_000_000_000, quote_ns=NOON + s * 1_000_000_000) for s in range(61)]
    assert [reason(made, view=v) for v in views[::10]] == [None] * 5 + ["ORDER_RATE", None]


HALTED, REDUCING = TradingState.HALTED, TradingState.REDUCING


@pytest.mark.parametrize(("code", "cause", "lift", "by", "name", "state"), [
    (Control.HALT, Cause.OPERATOR, Control.RESUME, Cause.OPERATOR, "HALTED", HALTED),
    (Control.HALT, Cause.LATCHED, Control.RESUME, Cause.OPERATOR, "HALTED", HALTED),
    (Control.REDUCE, Cause.OPERATOR, Control.RESUME, Cause.OPERATOR, "REDUCING", REDUCING),
    (Control.REDUCE, Cause.LATCHED, Control.RESUME, Cause.OPERATOR, "REDUCING", REDUCING),
    (Control.REDUCE, Cause.GAP, Control.RESUME, Cause.OPERATOR, "FEED_GAP", REDUCING),
    (Control.REDUCE, Cause.CLOCK, Control.RESUME, Cause.CLOCK, "CLOCK_JUMP", REDUCING),
    (Control.STALE, 0, Control.FRESH, 0, "STALE_FEED", REDUCING),
])
def test_control_states_block_entries_until_lifted(code: Control, cause: int, lift: Control, by: int, name: str,
                                                   state: TradingState) -> None:
    made = gate()
    made.control(code, cause)
    assert (reason(made), made.state) == (name, state)
    made.control(lift, by)
    assert (reason(made), made.state) == (None, TradingState.ACTIVE)


@pytest.mark.parametrize(("detail", "name", "state"), [
    (controls.KEEP, "STOPPING", REDUCING), (controls.CLOSE, "STOPPING_FLAT", HALTED)])
def test_a_stop_of_the_program_is_not_lifted(detail: int, name: str, state: TradingState) -> None:
    made = gate()
    made.control(Control.STOP, detail)
    made.control(Control.RESUME)
    assert (reason(made), made.state) == (name, state)


def test_an_operator_does_not_lift_what_the_clock_holds() -> None:
    made = gate()
    made.control(Control.REDUCE, Cause.CLOCK)
    made.control(Control.RESUME)
    assert made.blocks == (Reason.CLOCK_JUMP,)


def test_an_unknown_control_changes_nothing() -> None:
    made = gate()
    made.control(99)
    assert made.blocks == ()


# reductions

def held(symbol: str = "WDOZ26", qty: int = 1, **limits: Any) -> RiskGate:
    made = gate(symbol, max_position=5, **limits)
    fill(made, 1, 10_000, qty=qty)
    return made


def test_nothing_invented_leads_to_an_entry_with_real_money() -> None:
    """Live mode asks at every order what is not real; what is held can be left all the same."""
    made = held()
    made.synthetic = lambda: "the market"
    assert made.check(BUY, VIEW, frozenset()) == Refusal(Reason.SYNTHETIC, "the market")
    assert made.blocks == (Reason.SYNTHETIC,) and made.state is TradingState.REDUCING
    assert isinstance(made.check(EXIT, VIEW, frozenset()), OrderRequest)


def test_limits_against_losses_never_hold_an_exit_back() -> None:
    made = held(max_daily_trades=0, max_daily_loss_brl=1.0)
    for code in (Control.HALT, Control.STALE, Control.STOP):
        made.control(code)
    worst = replace(VIEW, ask=10_050, last=9_000, quote_ns=NOON - MINUTE_NS, close_ns=NOON + 1)
    outcome = made.check(EXIT, worst, frozenset({Purpose.STOP}))
    assert isinstance(outcome, OrderRequest)
    assert outcome.price == 10_000 - SLIP_TICKS


@pytest.mark.parametrize(("intent", "code"), [
    (replace(EXIT, qty=2), "EXCEEDS_POSITION"), (replace(EXIT, side=1), "EXCEEDS_POSITION"), (EXIT, None)])
def test_a_reduction_reduces(intent: Intent, code: str | None) -> None:
    assert reason(held(), intent) == code


@pytest.mark.parametrize(("change", "code"), [
    ({"bid": None}, "NO_QUOTE"), ({"ask": None}, None), ({"phase": Phase.AUCTION}, "PHASE_NOT_OPEN"),
    ({"open_ns": None}, "OUTSIDE_SESSION")])
def test_an_exit_needs_a_market(change: dict[str, Any], code: str | None) -> None:
    assert reason(held(), EXIT, replace(VIEW, **change)) == code


def test_a_stop_rests_through_an_auction_and_keeps_its_prices() -> None:
    stop = ProtectiveStop(1, 10_000, 9_950, 9_910)
    intent = replace(EXIT, purpose=Purpose.STOP, stop=stop)
    outcome = held().check(intent, replace(VIEW, phase=Phase.AUCTION, bid=None), frozenset())
    assert isinstance(outcome, OrderRequest)
    assert (outcome.price, outcome.stop) == (9_910, 9_950)


def test_reductions_count_in_the_order_rate_with_twice_the_allowance() -> None:
    made = held(orders_per_second=1)
    assert [reason(made, EXIT) for _ in range(3)] == [None, None, "ORDER_RATE"]
    assert reason(made, live=frozenset({Purpose.STOP})) == "ORDER_RATE"


def test_a_refusal_reads_as_a_sentence() -> None:
    outcome = gate().check(replace(BUY, confidence=0.5), VIEW, frozenset())
    assert str(outcome) == "LOW_CONFIDENCE: the decision's probability is below MIN_CONFIDENCE (0.5 < 0.6)"
    assert all(r.value for r in Reason)
