"""Both legs of a bracket: what covers what, which fill cancels what, what moves, and what is closed at once."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_world import START, World

from qt_app.errors import RefusedError
from qt_app.orders.base import Adoption
from qt_app.orders.levels import Levels
from qt_app.orders.working import Patience
from qt_app.risk.intent import BracketTerms, ProfitTarget, ProtectiveStop, Purpose
from qt_app.risk.limits import Limits
from qt_app.risk.reasons import Reason
from qt_app.votes import OrderReport, OrderRequest
from qt_core._types import Phase

STOP, TARGET, EXIT = Purpose.STOP.value, Purpose.TARGET.value, Purpose.EXIT.value


class Desk:
    """A gateway that says what it is told to say, and a world of two lots that sends its orders there."""

    pending = False
    compared = True
    confirmed = True

    def __init__(self, **limits: Any) -> None:
        self.blocks: tuple[Reason, ...] = ()
        self.sent: list[OrderRequest] = []
        self.cancels: list[int] = []
        self.queue: list[OrderReport] = []
        self.world = World(self, **{"max_position": 2, "max_daily_loss_brl": 100_000.0, **limits})

    def unsettle(self, why: str) -> None:
        """Nothing to be in doubt about."""

    def submit(self, request: OrderRequest) -> None:
        self.sent.append(request)

    def cancel(self, order_id: int, ts_ns: int) -> None:
        self.cancels.append(order_id)

    def advance(self, ts_ns: int) -> None:
        pass

    def reports(self) -> list[OrderReport]:
        taken, self.queue = self.queue, []
        return taken

    # what happens

    def tell(self, order_id: int, status: str, traded: int = 0, price: int | None = None) -> Desk:
        self.queue.append(OrderReport(order_id, 0, self.world.now_ns, status, 0, price, traded, ""))
        self.world.trader.on_reports(self.world)
        self.world._collect()
        return self

    def adopt(self, side: int, qty: int, price: int = 10_000) -> Desk:
        self.queue.append(Adoption(0, 0, self.world.now_ns, "adopted", qty, price, qty, "", side))
        self.world.trader.on_reports(self.world)
        self.world._collect()
        return self

    def held(self, side: int = 1, qty: int = 2) -> Desk:
        """In the position, both legs accepted: entry 1, stop 2, target 3."""
        self.world.decide("buy" if side > 0 else "sell")
        self.tell(1, "filled" if qty == 2 else "partial", qty, 10_001 if side > 0 else 10_000)
        return self.tell(2, "accepted").tell(3, "accepted")

    # what was done

    def orders(self) -> list[tuple[str, int]]:
        """Purpose and signed lots of every order."""
        return [(r["purpose"], r["side"] * r["qty"]) for r in self.world.of("order")]

    @property
    def state(self) -> str:
        return self.world.trader.state


# cover

@pytest.mark.parametrize("side", [1, -1])
def test_an_entry_gets_both_legs_for_all_it_filled(side: int) -> None:
    desk = Desk().held(side)
    assert desk.orders() == [("entry", 2 * side), (STOP, -2 * side), (TARGET, -2 * side)]
    stop, target = desk.sent[1:]
    entry = 10_001 if side > 0 else 10_000
    assert side * (entry - stop.stop) > 0 and side * (stop.stop - stop.price) > 0
    assert target.stop is None and side * (target.price - entry) >= entry // 100
    assert desk.state == "protected"


def test_each_partial_fill_adds_its_lots_to_both_legs() -> None:
    desk = Desk().held(qty=1).tell(1, "filled", 2, 10_002)
    assert desk.orders()[3:] == [(STOP, -1), (TARGET, -1)]
    assert desk.state == "protecting"
    assert desk.tell(4, "accepted").state == "protected"


def test_without_take_profit_there_is_no_target() -> None:
    desk = Desk(take_profit=0.0).held()
    assert [kind for kind, _ in desk.orders()] == ["entry", STOP]


# one leg fills

def test_a_filled_target_cancels_the_stop_and_waits_for_the_confirmation() -> None:
    desk = Desk().held().tell(3, "filled", 2, 10_102)
    assert desk.cancels == [2] and desk.state == "settling"
    desk.world.decide("buy")
    assert desk.world.of("refusal")[-1]["code"] == "SETTLING"
    assert desk.tell(2, "cancelled").state == "flat"


def test_a_filled_stop_cancels_the_target() -> None:
    desk = Desk().held().tell(2, "filled", 2, 9_951)
    assert desk.cancels == [3]
    assert desk.tell(3, "cancelled").state == "flat"


def test_a_partial_target_shrinks_the_stop_once_its_cancel_is_confirmed() -> None:
    desk = Desk().held().tell(3, "partial", 1, 10_102)
    assert desk.cancels == [2] and len(desk.sent) == 3
    desk.tell(2, "cancelled")
    assert desk.orders()[3:] == [(STOP, -1)]
    assert desk.tell(4, "accepted").state == "protected"


def test_a_partial_stop_shrinks_the_target() -> None:
    desk = Desk().held().tell(2, "partial", 1, 9_951)
    assert desk.cancels == [3]
    desk.tell(3, "cancelled")
    assert desk.orders()[3:] == [(TARGET, -1)]


def test_the_smallest_leg_that_is_enough_goes() -> None:
    desk = Desk(max_position=3)
    desk.world.decide("buy")
    desk.tell(1, "partial", 1, 10_001).tell(1, "filled", 3, 10_001)
    assert desk.orders()[1:] == [(STOP, -1), (TARGET, -1), (STOP, -2), (TARGET, -2)]
    for leg in (2, 3, 4, 5):
        desk.tell(leg, "accepted")
    desk.tell(3, "filled", 1, 10_102)
    assert desk.cancels == [2]


def test_a_fired_stop_gets_no_new_target_beside_it() -> None:
    desk = Desk().held().tell(2, "triggered").tell(2, "partial", 1, 9_951).tell(3, "cancelled")
    assert len(desk.sent) == 3


# both fill

@pytest.mark.parametrize("side", [1, -1])
def test_what_both_legs_filled_is_closed_at_once(side: int) -> None:
    desk = Desk().held(side).tell(3, "filled", 2, 10_000 + side * 102)
    desk.tell(2, "filled", 2, 10_000 - side * 50)
    assert desk.world.position == -2 * side
    assert desk.orders()[3:] == [(EXIT, 2 * side)] and desk.sent[-1].stop is None
    assert desk.state == "exiting"
    assert desk.tell(4, "filled", 2, 9_951).state == "flat"


def test_the_excess_of_a_partial_double_fill_is_closed_when_the_rest_is_gone() -> None:
    desk = Desk().held().tell(3, "filled", 2, 10_102).tell(2, "partial", 1, 9_951)
    assert desk.world.position == -1 and len(desk.sent) == 3    # the rest of the stop could still sell
    desk.tell(2, "cancelled", 1)
    assert desk.orders()[3:] == [(EXIT, 1)]


def test_a_stop_that_fills_long_after_the_bracket_is_over_is_closed_at_once() -> None:
    desk = Desk().held().tell(3, "filled", 2, 10_102).tell(2, "cancelled")
    assert desk.state == "flat"
    desk.tell(2, "filled", 2, 9_951)
    assert desk.orders()[3:] == [(EXIT, 2)]


# where no exit can be sent

def test_a_stop_that_goes_in_an_auction_is_replaced_until_the_exit_can_be_sent() -> None:
    desk = Desk(take_profit=0.0)
    desk.world.decide("buy")
    desk.tell(1, "filled", 2, 10_001).tell(2, "accepted")
    desk.world.decide("sell")
    desk.world.phase(1, Phase.AUCTION).wait(2_500)
    assert desk.cancels == [2], "asked for before the auction, and not again in it"
    desk.tell(2, "cancelled")
    assert desk.orders()[2:] == [(STOP, -2)]
    desk.tell(3, "rejected")
    assert len(desk.sent) == 3
    desk.world.wait(1_100)
    assert desk.orders()[3:] == [(STOP, -2)], "another try after a pause"
    desk.tell(4, "accepted")
    desk.world.phase(1, Phase.OPEN).decide("hold")
    assert desk.cancels == [2, 4]
    desk.tell(4, "cancelled")
    assert desk.orders()[4:] == [(EXIT, -2)]


# what is found

def test_an_inverted_position_found_after_an_outage_is_closed_not_protected() -> None:
    desk = Desk().held().adopt(-1, 4)
    assert desk.world.position == -2 and desk.state == "exiting"
    desk.tell(2, "cancelled").tell(3, "cancelled")
    assert desk.orders()[3:] == [(EXIT, 2)]
    assert desk.world.records[-1][1]["reason"] == "INVERTED"


def test_a_position_found_with_no_bracket_is_protected() -> None:
    desk = Desk().adopt(-1, 1)
    assert desk.orders() == [(STOP, 1), (TARGET, 1)]


def test_a_manual_trade_is_taken_in_and_both_legs_follow() -> None:
    desk = Desk(max_position=3).held().adopt(1, 1)
    assert desk.orders()[3:] == [(STOP, -1), (TARGET, -1)]
    desk.adopt(-1, 1)
    assert desk.cancels == [4, 5]


def test_a_position_in_doubt_is_closed() -> None:
    desk = Desk().held().tell(99, "filled", 1, 10_001)
    assert desk.state == "unknown" and desk.cancels == [2, 3]
    desk.tell(2, "cancelled").tell(3, "cancelled")
    assert (desk.orders()[-1], desk.sent[-1].reason) == ((EXIT, -2), "POSITION_IN_DOUBT")


# refused and silent

def test_a_rejected_target_is_not_repeated_and_leaves_the_stop() -> None:
    desk = Desk()
    desk.world.decide("buy")
    desk.tell(1, "filled", 2, 10_001).tell(2, "accepted").tell(3, "rejected")
    desk.world.wait(3_000)
    assert [kind for kind, _ in desk.orders()] == ["entry", STOP, TARGET] and desk.state == "protected"


def test_a_target_waits_while_the_broker_is_away_and_the_stop_does_not() -> None:
    desk = Desk()
    desk.world.decide("buy")
    desk.blocks = (Reason.RECONCILING,)
    desk.tell(1, "filled", 2, 10_001).tell(2, "accepted")
    assert [kind for kind, _ in desk.orders()] == ["entry", STOP]
    desk.blocks = ()
    desk.world.wait(100)
    assert [kind for kind, _ in desk.orders()] == ["entry", STOP, TARGET]


def test_an_unanswered_cancel_of_a_leg_is_repeated_until_it_has_ended() -> None:
    desk = Desk().held().tell(3, "filled", 2, 10_102)
    desk.world.wait(2_500)
    assert desk.cancels == [2, 2, 2]
    assert {c["reason"] for c in desk.world.of("cancel")} == {"FLAT"}


# moves

def test_the_stop_trails_the_best_price_and_never_turns_back() -> None:
    desk = Desk(trail=0.002, take_profit=0.0)
    desk.world.decide("buy")
    desk.tell(1, "filled", 2, 10_001).tell(2, "accepted")
    assert desk.sent[1].stop == 9_981       # 10,001 less 0.2 %
    desk.world.quote(10, 10_040, 10_041).decide("hold")
    assert desk.cancels == [2] and len(desk.sent) == 2, "the new stop waits for the old one's end"
    desk.tell(2, "cancelled")
    assert desk.orders()[2:] == [(STOP, -2)] and desk.sent[2].stop == 10_020
    assert [r.reason for r in desk.sent[1:]] == ["STOP_LOSS", "MOVED_STOP"]
    desk.tell(3, "accepted")
    desk.world.quote(6_000, 10_022, 10_023).decide("hold")
    assert desk.cancels == [2]
    desk.world.quote(10, 10_060, 10_061).decide("hold")
    assert desk.cancels == [2, 3]


def test_small_moves_and_moves_in_quick_succession_are_left_out() -> None:
    desk = Desk(trail=0.002, take_profit=0.0)
    desk.world.decide("buy")
    desk.tell(1, "filled", 2, 10_001).tell(2, "accepted")
    desk.world.quote(10, 10_002, 10_003).decide("hold")
    assert desk.cancels == []               # one tick
    desk.world.quote(10, 10_040, 10_041).decide("hold")
    desk.tell(2, "cancelled").tell(3, "accepted")
    desk.world.quote(1_000, 10_080, 10_081).decide("hold")
    assert desk.cancels == [2]              # a second after the last move
    desk.world.quote(5_000, 10_080, 10_081).decide("hold")
    assert desk.cancels == [2, 3]


@pytest.mark.parametrize("side", [1, -1])
def test_break_even_lies_at_the_entry_and_its_costs(side: int) -> None:
    desk = Desk(break_even_after=0.001, take_profit=0.0)
    desk.world.decide("buy" if side > 0 else "sell")
    entry = 10_001 if side > 0 else 10_000
    desk.tell(1, "filled", 2, entry).tell(2, "accepted")
    price = entry + side * 11
    desk.world.quote(10, *((price, price + 1) if side > 0 else (price - 1, price))).decide("hold")
    desk.tell(2, "cancelled")
    costs = desk.world.account.round_trip_ticks(START)
    assert 0 < side * (desk.sent[-1].stop - entry) - costs < 1


def test_no_stop_moves_through_an_auction_or_an_outage() -> None:
    desk = Desk(trail=0.002, take_profit=0.0)
    desk.world.decide("buy")
    desk.tell(1, "filled", 2, 10_001).tell(2, "accepted")
    desk.blocks = (Reason.BROKER_NOT_READY,)
    desk.world.quote(10, 10_040, 10_041).decide("hold")
    desk.blocks = ()
    desk.world.phase(1, Phase.AUCTION).decide("hold")
    assert desk.cancels == []
    desk.world.phase(1, Phase.OPEN).decide("hold")
    assert desk.cancels == [2]


# prices

PRICES = st.fractions(1_000, 20_000, max_denominator=3)


@pytest.mark.lengthy
@given(st.sampled_from([-1, 1]), PRICES, st.lists(st.integers(900, 22_000), max_size=20),
       st.sampled_from([0.0, 0.0001, 0.01, 0.5]), st.sampled_from([0.0, 0.0001, 0.003, 0.05]),
       st.sampled_from([0.0, 0.001, 0.05]))
def test_both_legs_are_on_their_sides_wherever_the_market_goes(
        side: int, entry: Fraction, path: list[int], profit: float, trail: float, even: float) -> None:
    levels = Levels(Limits(take_profit=profit, trail=trail, break_even_after=even))
    last: int | None = None
    for touch in path:
        levels.see(side, entry, touch, Fraction(3, 2))
        terms = levels.terms()
        assert (terms.target is None) == (profit == 0.0)
        if last is not None:
            assert side * (terms.stop.trigger - last) >= 0, "a stop turned back"
        if last is None or levels.worth_moving(last):
            last = terms.stop.trigger
            levels.placed(side, last)


def test_a_leg_on_the_wrong_side_cannot_be_built() -> None:
    entry = Fraction(10_000)
    stop, target = ProtectiveStop(1, entry, 9_950, 9_910), ProfitTarget(1, entry, 10_100)
    assert BracketTerms(1, entry, stop, target)
    for side, price in ((1, 10_000), (1, 9_999), (-1, 10_000), (-1, 10_001), (0, 10_100), (-1, 0)):
        with pytest.raises(RefusedError, match="target"):
            ProfitTarget(side, entry, price)
    with pytest.raises(RefusedError, match="its stop is for side"):
        BracketTerms(-1, entry, stop, None)
    with pytest.raises(RefusedError, match="its target is for side"):
        BracketTerms(1, entry, stop, ProfitTarget(-1, entry, 9_900))
    with pytest.raises(RefusedError, match="wrong side of the entry"):
        BracketTerms(1, Fraction(10_200), ProtectiveStop(1, Fraction(10_200), 9_950, 9_910), target)
    with pytest.raises(RefusedError, match="beyond the target"):
        BracketTerms(1, entry, ProtectiveStop(1, Fraction(10_300), 10_150, 10_110), target)
    with pytest.raises(RefusedError, match="worse than the entry"):
        BracketTerms(1, entry, ProtectiveStop(1, Fraction(9_990), 9_950, 9_910), target)


def test_a_brokers_answers_may_take_as_long_in_a_market_that_runs_fast() -> None:
    usual = Patience()
    assert usual.paced(1.0) == usual.paced(0.5) == usual
    assert usual.paced(60.0).ack_ns == 60 * usual.ack_ns and usual.paced(60.0).exit_ns == 60 * usual.exit_ns
    assert usual.paced(0.0).ack_ns > usual.paced(60.0).ack_ns
