"""From decision to flat: entry, protection, exits, races, hours, controls; and what must hold whatever happens."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from order_world import CLOSE, START, World

from qt_app.journal.entries import OpenOrder
from qt_app.orders.base import Agreement
from qt_app.risk import controls
from qt_app.risk.intent import Purpose
from qt_app.risk.schedule import MINUTE_NS
from qt_app.votes import OrderReport, OrderRequest
from qt_core._types import NO_PRICE, Control, Phase


def long(**limits: Any) -> World:
    """Bought one at 10,001, protected."""
    world = World(**limits).decide("buy").clock(10).clock(10)
    assert world.position == 1
    assert world.trader.state == "protected"
    return world


# the way in

def test_a_buy_is_filled_and_protected_at_once() -> None:
    world = World().decide("buy")
    assert world.trader.state == "entering"
    world.clock(10)
    assert world.trader.state == "protecting"
    stop, = world.orders(Purpose.STOP)
    assert (stop["side"], stop["qty"], stop["stop"]) == (-1, 1, 9_951)  # 10,001 less 0.5 %, rounded to the entry
    assert stop["ts_ns"] == world.now_ns
    world.clock(10)
    assert world.trader.state == "protected"


def test_a_sell_is_protected_above() -> None:
    stop, = World().decide("sell").clock(10).orders(Purpose.STOP)
    assert (stop["side"], stop["stop"]) == (1, 10_050)


def test_hold_and_low_confidence_send_nothing() -> None:
    world = World().decide("hold").decide("buy", 0.59)
    assert world.kinds() == ["refusal"]
    assert world.of("refusal")[0]["code"] == "LOW_CONFIDENCE"


def test_every_filled_lot_of_a_partial_entry_is_protected() -> None:
    world = World(max_position=5).quote(1, 10_000, 10_001, qty=2).decide("buy").clock(10)
    assert [s["qty"] for s in world.orders(Purpose.STOP)] == [2]
    world.quote(1, 10_000, 10_002, qty=2)
    assert [s["qty"] for s in world.orders(Purpose.STOP)] == [2, 2]
    assert world.position == 4


def test_an_entry_that_does_not_fill_is_cancelled() -> None:
    world = World().decide("buy").quote(5, 10_020, 10_021).wait(2_200)
    assert world.position == 0
    assert [c["reason"] for c in world.of("cancel")] == ["NOT_FILLED"]
    assert world.of("report", status="cancelled")[0]["traded_optimistic"] == 0
    assert world.trader.state == "flat"
    assert world.account.today.entries == 0


def test_a_second_entry_waits_for_the_first() -> None:
    world = World(max_position=2).decide("buy").decide("buy")
    assert world.of("refusal")[0]["code"] == "WORKING_ENTRY"


def test_a_quiet_market_lets_orders_arrive_between_decisions() -> None:
    """No event for seconds: decision instants alone move the paper account's time."""
    world = World().decide("buy")
    for _ in range(3):
        world.now_ns += 1_000_000_000
        world.decide("hold")
    assert world.trader.state == "protected"


# the way out

def test_the_stop_holds_and_nothing_is_left() -> None:
    world = long().sell_print(50, 9_951).quote(10, 9_945, 9_946).clock(1)
    assert world.position == 0
    assert [c["reason"] for c in world.of("cancel")] == ["FLAT"]    # the target
    world.clock(10)
    assert world.trader.state == "flat"
    assert world.paper.live == 0
    assert world.of("fill")[-1]["price"] == 9_945
    assert world.account.today.losses == 1


def test_a_gap_beyond_the_stop_limit_is_left_by_an_exit() -> None:
    world = long(max_daily_loss_brl=5_000.0, max_daily_drawdown_brl=5_000.0).quote(50, 9_800, 9_801).wait(2_000)
    assert world.position == 0
    assert world.paper.live == 0
    assert [o["reason"] for o in world.orders(Purpose.EXIT)] == ["STOP_NOT_FILLED"]


def test_the_opposite_decision_closes_and_does_not_turn_around() -> None:
    world = long().decide("sell")
    assert world.trader.state == "exiting"
    assert not world.orders(Purpose.EXIT)  # the legs must be gone first
    world.clock(10).clock(10)
    assert world.position == 0
    assert world.trader.state == "flat"
    assert [c["reason"] for c in world.of("cancel")] == ["OPPOSITE_DECISION"] * 2   # stop and target


def test_an_unsure_opposite_decision_changes_nothing() -> None:
    assert long().decide("sell", 0.5).trader.state == "protected"


def test_a_stop_that_fills_while_it_is_cancelled_needs_no_exit() -> None:
    world = long()
    world.sell_print(50, 9_951)
    world.clock(9).decide("sell").quote(1, 9_950, 9_951).wait(500)
    assert world.position == 0
    assert world.paper.live == 0
    assert world.orders(Purpose.EXIT) == []


def test_an_exit_follows_the_market_until_it_is_filled() -> None:
    world = long().decide("sell").clock(10)
    world.quote(5, 9_980, 9_981).wait(3_000)
    assert world.position == 0
    assert len(world.orders(Purpose.EXIT)) == 2
    assert "REPRICE" in [c["reason"] for c in world.of("cancel")]


def test_no_entry_while_an_exit_is_under_way() -> None:
    world = long().decide("sell").decide("buy")
    assert world.of("refusal")[0]["code"] == "SETTLING"


# hours, money, operator

def test_flat_by_closes_before_the_session_ends() -> None:
    world = long()
    world.quote((CLOSE - 36 * MINUTE_NS - world.now_ns) / 1e6, 10_000, 10_001).decide("hold")
    assert world.trader.state == "protected"
    world.quote(61_000, 10_000, 10_001).decide("hold").wait(200)
    assert world.position == 0
    assert world.orders(Purpose.EXIT)[0]["reason"] == "FLAT_BY"


def test_the_loss_limit_flattens_and_stops_entries() -> None:
    world = long(max_daily_loss_brl=100.0).quote(50, 9_980, 9_981).decide("hold").wait(200)
    assert world.position == 0
    assert world.orders(Purpose.EXIT)[0]["reason"] == "DAILY_LOSS"
    assert world.decide("buy").of("refusal")[-1]["code"] == "DAILY_LOSS"


def test_halt_closes_and_reduce_keeps_the_protected_position() -> None:
    reduced = long().control(Control.REDUCE).wait(500)
    assert reduced.trader.state == "protected"
    halted = long().control(Control.HALT).wait(500)
    assert halted.position == 0
    assert halted.orders(Purpose.EXIT)[0]["reason"] == "HALTED"
    assert halted.decide("buy").of("refusal")[-1]["code"] == "HALTED"


@pytest.mark.parametrize(("detail", "position"), [(controls.KEEP, 1), (controls.CLOSE, 0)])
def test_a_stop_of_the_program_keeps_or_closes(detail: int, position: int) -> None:
    world = long()
    world.trader.on_control(Control.STOP, world, detail)
    assert world.wait(500).position == position


def test_an_entry_is_not_carried_into_an_auction() -> None:
    world = World().decide("buy").quote(5, 10_020, 10_021).phase(1, Phase.AUCTION).wait(300)
    assert [c["reason"] for c in world.of("cancel")] == ["PHASE_NOT_OPEN"]
    assert world.trader.state == "flat"


def test_halt_cancels_a_working_entry() -> None:
    world = World().decide("buy").quote(5, 10_020, 10_021).control(Control.HALT).wait(300)
    assert [c["reason"] for c in world.of("cancel")] == ["HALTED"]
    assert world.trader.state == "flat"


def test_an_exit_that_risk_refuses_is_tried_again() -> None:
    world = long().quote(10, NO_PRICE, 10_001).control(Control.HALT).wait(1_500)
    assert {r["code"] for r in world.of("refusal", purpose="exit")} == {"NO_QUOTE"}
    assert len(world.of("refusal", purpose="exit")) == 2
    world.quote(10, 10_000, 10_001).wait(1_500)
    assert world.position == 0


def test_an_exit_waits_for_the_end_of_an_auction_behind_its_stop() -> None:
    world = long().phase(10, Phase.AUCTION).control(Control.HALT).wait(3_000)
    assert world.of("cancel") == [] == world.orders(Purpose.EXIT) == world.of("refusal")
    assert [w.stage for w in world.trader.bracket.of(Purpose.STOP)] == ["accepted"]
    world.phase(10, Phase.OPEN).wait(1_500)
    assert world.position == 0
    assert world.trader.state == "flat"


def test_a_new_session_restarts_the_count_of_entries() -> None:
    world = World(max_daily_trades=1)
    world.decide("buy").clock(10).clock(10).decide("sell").wait(300)
    assert world.decide("buy").of("refusal")[-1]["code"] == "DAILY_TRADES"
    world.market.begin_session(START, CLOSE)
    world.quote(6 * 60_000, 10_002, 10_003).decide("buy")
    assert world.trader.state == "entering"


# a broker that misbehaves

class Broker:
    """A gateway that says what it is told to say."""

    blocks = ()
    pending = False
    confirmed = True
    compared = True
    agreement = Agreement(equal=True)

    def restore(self, orders: Sequence[OpenOrder], position: int) -> list[OpenOrder]:
        return [known for known in orders if not known.ended]

    def unsettle(self, why: str) -> None:
        """Nothing to be in doubt about."""

    def __init__(self) -> None:
        self.sent: list[OrderRequest] = []
        self.cancels: list[int] = []
        self.queue: list[OrderReport] = []

    def submit(self, request: OrderRequest) -> None:
        self.sent.append(request)

    def cancel(self, order_id: int, ts_ns: int) -> None:
        self.cancels.append(order_id)

    def advance(self, ts_ns: int) -> None:
        pass

    def reports(self) -> list[OrderReport]:
        taken, self.queue = self.queue, []
        return taken


def live() -> tuple[World, Broker]:
    """Stops alone; brackets with both legs are in test_bracket.py."""
    broker = Broker()
    return World(broker, max_position=2, take_profit=0.0), broker


def tell(world: World, broker: Broker, order_id: int, status: str, traded: int = 0, price: int | None = None) -> None:
    """One report; what it filled is left for the trader to find out."""
    broker.queue.append(OrderReport(order_id, 0, world.now_ns, status, 0, price, traded, ""))
    world.trader.on_reports(world)
    world._collect()


def test_repeated_and_reordered_reports_count_once() -> None:
    world, broker = live()
    world.decide("buy")
    told = (("partial", 1), ("accepted", 0), ("partial", 1), ("filled", 2), ("partial", 1), ("filled", 2))
    for status, traded in told:
        tell(world, broker, 1, status, traded, 10_001 if traded else None)
    assert world.position == 2
    assert sum(f["qty"] for f in world.of("fill")) == 2
    assert sum(s.qty for s in broker.sent[1:]) == 2


def test_a_rejected_stop_is_replaced_by_an_exit() -> None:
    world, broker = live()
    world.decide("buy")
    tell(world, broker, 1, "filled", 2, 10_001)
    tell(world, broker, 2, "rejected")
    assert [(r.stop, r.reason) for r in broker.sent[2:]] == [(None, "STOP_REJECTED ")]


def test_a_stop_that_is_never_confirmed_is_replaced_by_an_exit() -> None:
    world, broker = live()
    world.decide("buy")
    tell(world, broker, 1, "filled", 2, 10_001)
    world.wait(1_200)
    assert broker.cancels == [2]
    tell(world, broker, 2, "cancelled")
    assert broker.sent[-1].reason == "STOP_UNCONFIRMED"


def test_an_unanswered_cancel_is_asked_for_again() -> None:
    world, broker = live()
    world.decide("buy").wait(4_500)
    assert broker.cancels == [1, 1, 1]


def test_a_late_fill_after_the_cancel_is_protected() -> None:
    world, broker = live()
    world.decide("buy").wait(2_200)
    tell(world, broker, 1, "cancelled")
    assert world.trader.state == "flat"
    tell(world, broker, 1, "filled", 1, 10_001)
    assert world.position == 1
    assert broker.sent[-1].stop is not None


def test_both_legs_filled_is_flattened() -> None:
    """The stop fills after its cancel was confirmed and the exit sent: the excess is bought back."""
    world, broker = live()
    world.decide("buy")
    tell(world, broker, 1, "filled", 2, 10_001)
    tell(world, broker, 2, "accepted")
    world.decide("sell")
    tell(world, broker, 2, "cancelled")
    assert broker.sent[-1].reason == "OPPOSITE_DECISION"
    tell(world, broker, 3, "filled", 2, 10_000)
    assert world.trader.state == "flat"
    tell(world, broker, 2, "filled", 2, 9_950)
    assert world.position == -2
    assert broker.sent[-1].side == 1
    assert broker.sent[-1].qty == 2


def test_a_report_of_an_unknown_order_stops_entries() -> None:
    world, broker = live()
    tell(world, broker, 99, "filled", 1, 10_001)
    assert world.decide("buy").of("refusal")[-1]["code"] == "POSITION_IN_DOUBT"
    assert broker.sent == []


def test_a_fill_without_its_price_stops_entries() -> None:
    world, broker = live()
    world.decide("buy")
    tell(world, broker, 1, "filled", 2, None)
    assert world.decide("buy").of("refusal")[-1]["code"] == "POSITION_IN_DOUBT"


# whatever happens

STEPS = st.one_of(
    st.tuples(st.just("decide"), st.sampled_from(["buy", "sell", "hold"])),
    st.tuples(st.just("quote"), st.integers(9_900, 10_100)),
    st.tuples(st.just("print"), st.integers(9_900, 10_100)),
    st.tuples(st.just("phase"), st.sampled_from([Phase.OPEN, Phase.OPEN, Phase.AUCTION])),
    st.tuples(st.just("control"), st.sampled_from(
        [Control.HALT, Control.RESUME, Control.REDUCE, Control.STALE, Control.FRESH])),
)
SCRIPTS = st.lists(st.tuples(st.sampled_from([1, 5, 10, 300, 1_100]), STEPS), max_size=40)


def play(world: World, script: list[Any], invariants: Any) -> World:
    for ms, (what, value) in script:
        if what == "quote":
            world.quote(ms, value, value + 1, qty=3)
        elif what == "print":
            world.sell_print(ms, value, 5)
        elif what == "phase":
            world.phase(ms, value)
        elif what == "control":
            world.clock(ms).control(value)
        else:
            world.clock(ms).decide(value)
        invariants(world)
    return world


def safe(world: World) -> None:
    """Never beyond the limit; position is the fold of fills; stops never exceed it; no leg outlives it by a second."""
    fills = world.of("fill")
    assert abs(world.position) <= world.trader.gate.max_lots
    assert world.position == sum(f["side"] * f["qty"] for f in fills)
    bracket = world.trader.bracket
    if world.position and not bracket.exit_reason:
        assert sum(stop.remaining for stop in bracket.of(Purpose.STOP)) <= abs(world.position)
        assert sum(target.remaining for target in bracket.of(Purpose.TARGET)) <= abs(world.position)
    if world.now_ns - world.flat_ns > 1_000_000_000:
        assert not bracket.of(Purpose.STOP, Purpose.TARGET, Purpose.EXIT)
    assert world.account.today.entries <= 10


@pytest.mark.lengthy
@settings(max_examples=80, derandomize=True)
@given(SCRIPTS, st.integers(1, 3))
def test_no_history_breaks_the_limits_and_flat_means_nothing_works(script: list[Any], max_position: int) -> None:
    world = play(World(max_position=max_position), script, safe)
    world.control(Control.RESUME).phase(1, Phase.OPEN).quote(1, 10_000, 10_001)
    world.control(Control.HALT).wait(6_000)
    assert world.position == 0
    assert world.paper.live == 0
    assert world.trader.state == "flat"


@settings(max_examples=20, derandomize=True)
@given(SCRIPTS)
def test_the_same_history_gives_the_same_records_byte_for_byte(script: list[Any]) -> None:
    first, second = (play(World(), script, lambda world: None).records for _ in range(2))
    assert orjson.dumps(first) == orjson.dumps(second)


@pytest.mark.parametrize("kind", ["order", "cancel", "report", "fill", "refusal"])
def test_every_record_carries_its_trace_id_and_time(kind: str) -> None:
    world = long().decide("sell", 0.9).decide("buy").wait(200)
    assert world.of(kind)
    assert all(isinstance(r["seq"], int) and r["ts_ns"] >= START for r in world.of(kind))
