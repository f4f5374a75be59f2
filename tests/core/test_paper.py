"""Paper matching: latency, queue, walks, races, stops, phases and the three figures; and a slow model of it all."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_market import BUY, MS, SELL, T0, Desk, brief, clock, image, level, phase, quote, trade
from paper_oracle import SlowPaper

from qt_core._types import NO_PRICE, BookAction, Flag, Phase, TradeType
from qt_core.market import Market
from qt_core.paper import PaperMatcher


@pytest.fixture
def desk() -> Desk:
    """Bid 100 x 5, ask 101 x 5."""
    made = Desk()
    made.feed(quote(0, 100, 5, 101, 5))
    return made


# latency

def test_an_order_meets_the_first_event_at_or_after_its_arrival(desk: Desk) -> None:
    desk.submit(1, BUY, 1, 102, ms=0)
    assert desk.feed(clock(9.9)) == []
    assert brief(desk.feed(quote(10, 101, 5, 102, 5))) == [("accepted", 0, None), ("filled", 1, 102)]


def test_a_price_that_ran_away_during_the_latency_is_missed(desk: Desk) -> None:
    desk.submit(1, BUY, 1, 101, ms=0)
    assert brief(desk.feed(quote(10, 102, 5, 103, 5))) == [("accepted", 0, None)]
    assert desk.paper.live == 1


def test_an_empty_matcher_does_nothing(desk: Desk) -> None:
    assert desk.feed(trade(1, 100, 50, SELL), clock(50)) == []
    assert desk.paper.live == 0


def test_time_that_passes_without_events_lets_orders_arrive_and_cancels_take_effect(desk: Desk) -> None:
    desk.submit(1, BUY, 7, 101, ms=0)
    desk.cancel(1, ms=5)
    desk.paper.advance(T0 + 9 * MS)
    assert desk.feed() == []
    desk.paper.advance(T0 + 12 * MS)
    assert brief(desk.feed()) == [("accepted", 0, None), ("partial", 5, 101)]
    desk.paper.advance(T0 + 15 * MS)
    report, = desk.feed()
    assert (report.status, report.ts_ns) == ("cancelled", T0 + 15 * MS)


# taking

def test_a_market_order_walks_the_ladder() -> None:
    desk = Desk()
    desk.feed(image(0, {100: 3}, {101: 2, 103: 1, 104: 9}))
    desk.submit(1, BUY, 5, None, ms=0)
    assert brief(desk.feed(clock(10)))[1:] == [("partial", 2, 101), ("partial", 1, 103), ("filled", 2, 104)]


def test_a_limit_stops_the_walk_and_the_rest_queues_first() -> None:
    desk = Desk()
    desk.feed(image(0, {100: 3}, {101: 2, 103: 1, 104: 9}))
    desk.submit(1, BUY, 5, 103, ms=0)
    assert brief(desk.feed(clock(10)))[1:] == [("partial", 2, 101), ("partial", 1, 103)]
    assert desk.paper.ahead(1) == 0


def test_the_quote_overrides_the_ladder_at_the_touch() -> None:
    desk = Desk()
    desk.feed(image(0, {100: 3}, {101: 2, 103: 4}), quote(1, 101, 7, 102, 1))
    desk.submit(1, BUY, 3, None, ms=1)
    assert brief(desk.feed(clock(11)))[1:] == [("partial", 1, 102), ("filled", 2, 103)]


def test_an_unknown_quantity_at_the_touch_is_enough(desk: Desk) -> None:
    desk.feed(quote(1, 100, 0, 101, 0))
    desk.submit(1, SELL, 700, None, ms=1)
    assert brief(desk.feed(clock(11)))[1:] == [("filled", 700, 100)]


def test_what_we_took_is_not_taken_twice_until_the_touch_moves(desk: Desk) -> None:
    desk.submit(1, BUY, 4, 101, ms=0)
    desk.submit(2, BUY, 4, 101, ms=0)
    assert [(r.order_id, r.last_qty) for r in desk.feed(clock(10)) if r.last_qty] == [(1, 4), (2, 1)]
    assert desk.feed(clock(20), quote(21, 99, 5, 101, 5)) == []
    desk.feed(quote(22, 100, 5, 102, 5))
    assert brief(desk.feed(quote(23, 100, 5, 101, 2))) == [("partial", 2, 101)]
    assert brief(desk.feed(quote(24, 100, 5, 101, 3))) == [("filled", 1, 101)]


def test_a_market_order_without_opposite_quote_is_rejected() -> None:
    desk = Desk()
    desk.feed(quote(0, 100, 5, NO_PRICE, 0))
    desk.submit(1, BUY, 1, None, ms=0)
    report, = desk.feed(clock(10))
    assert (report.status, report.text) == ("rejected", "NO_LIQUIDITY")
    assert desk.paper.live == 0


def test_the_rest_of_a_market_order_waits_for_the_next_quote(desk: Desk) -> None:
    desk.submit(1, BUY, 7, None, ms=0)
    assert brief(desk.feed(clock(10)))[1:] == [("partial", 5, 101)]
    assert brief(desk.feed(clock(11), quote(12, 101, 1, 102, 9))) == [("filled", 2, 102)]


# resting

def resting(desk: Desk, qty: int = 1, price: int = 100) -> Desk:
    desk.submit(1, BUY, qty, price, ms=0)
    assert brief(desk.feed(clock(10))) == [("accepted", 0, None)]
    return desk


def test_the_queue_ahead_trades_first(desk: Desk) -> None:
    resting(desk, qty=3)
    assert desk.paper.ahead(1) == 5
    assert desk.feed(trade(11, 100, 4, SELL)) == []
    assert desk.paper.ahead(1) == 1
    assert brief(desk.feed(trade(12, 100, 2, SELL))) == [("partial", 1, 100)]
    assert brief(desk.feed(trade(13, 100, 9, SELL))) == [("filled", 2, 100)]


#: Surveillance, expit, exercise, over the counter, term, index, lending, on behalf, block, RFQ, midpoint, at close, at
#: average, update, mid, off the exchange.
OFF_THE_BOOK = (*range(5, 13), *range(14, 19), 33, 34, 35)


@pytest.mark.parametrize("print_", [
    trade(11, 100, 99, BUY), trade(11, 101, 99, SELL), trade(11, 100, 99), trade(11, 99, 99, code=TradeType.RLP),
    trade(11, 99, 99, SELL, code=TradeType.CROSS), trade(11, 99, 99, code=TradeType.AUCTION),
    trade(11, 99, 99, SELL, flags=Flag.EDIT), *(trade(11, 99, 99, code=code) for code in OFF_THE_BOOK),
], ids=["our side", "better price", "no aggressor", "rlp", "cross", "auction", "correction", *map(str, OFF_THE_BOOK)])
def test_prints_that_do_not_reach_us(desk: Desk, print_: np.ndarray) -> None:
    assert resting(desk).feed(print_) == []
    assert desk.paper.ahead(1) == 5


def test_a_print_beyond_the_limit_fills_at_the_limit(desk: Desk) -> None:
    assert brief(resting(desk, qty=3).feed(trade(11, 99, 2, SELL))) == [("partial", 2, 100)]
    assert desk.paper.ahead(1) == 0


def test_an_opposite_quote_at_the_limit_fills_at_the_limit(desk: Desk) -> None:
    assert brief(resting(desk, qty=3).feed(quote(11, 98, 1, 99, 2))) == [("partial", 2, 100)]


def test_cancellations_ahead_never_help_the_pessimist(desk: Desk) -> None:
    resting(desk)
    desk.feed(quote(11, 100, 1, 101, 5))
    assert desk.paper.ahead(1) == 5
    assert desk.feed(trade(12, 100, 1, SELL)) == []


def test_an_unknown_queue_is_learnt_when_the_touch_arrives(desk: Desk) -> None:
    resting(desk, price=98)
    assert desk.paper.ahead(1) is None
    assert desk.feed(trade(11, 98, 1, SELL)) == []
    desk.feed(quote(12, 98, 7, 99, 1))
    assert desk.paper.ahead(1) == 7


def test_a_better_price_than_the_touch_has_nobody_ahead() -> None:
    desk = Desk()
    desk.feed(quote(0, 100, 5, 105, 5))
    resting(desk, price=102)
    assert desk.paper.ahead(1) == 0


def test_the_ladder_tells_the_queue_away_from_the_touch() -> None:
    desk = Desk()
    desk.feed(image(0, {100: 3, 98: 8}, {101: 2}))
    resting(desk, price=98)
    assert desk.paper.ahead(1) == 8


# cancels

def test_a_cancel_wins_from_its_arrival_on(desk: Desk) -> None:
    resting(desk)
    assert desk.cancel(1, ms=11)
    assert brief(desk.feed(trade(21, 99, 5, SELL))) == [("cancelled", 0, None)]


def test_a_fill_before_the_cancel_arrives_stands(desk: Desk) -> None:
    resting(desk, qty=2)
    desk.cancel(1, ms=11)
    assert brief(desk.feed(trade(20, 99, 1, SELL), clock(21))) == [("partial", 1, 100), ("cancelled", 0, None)]
    assert desk.reports[-1].traded == 1


def test_a_cancel_does_not_overtake_its_order() -> None:
    desk = Desk(latency_ms=50, cancel_ms=1)
    desk.feed(quote(0, 100, 5, 101, 5))
    desk.submit(1, BUY, 7, 101, ms=0)
    desk.cancel(1, ms=1)
    assert desk.feed(clock(2), clock(49)) == []
    assert brief(desk.feed(clock(50))) == [("accepted", 0, None), ("partial", 5, 101), ("cancelled", 0, None)]


def test_cancelling_what_is_not_live_says_so(desk: Desk) -> None:
    assert not desk.cancel(1, ms=0)


# stops

@pytest.mark.parametrize(("side", "stop", "print_"), [
    (SELL, 98, trade(20, 98, 1, SELL)), (BUY, 104, trade(20, 104, 1, BUY)),
])
def test_a_print_at_the_stop_fires_it_and_it_fills_after_the_latency(desk: Desk, side: int, stop: int, print_) -> None:
    desk.submit(1, side, 1, None, ms=0, stop=stop)
    assert brief(desk.feed(clock(10))) == [("accepted", 0, None)]
    assert brief(desk.feed(print_, clock(29))) == [("triggered", 0, None)]
    assert brief(desk.feed(clock(30))) == [("filled", 1, 100 if side == SELL else 101)]


def test_a_gap_fills_beyond_the_stop(desk: Desk) -> None:
    desk.submit(1, SELL, 1, None, ms=0, stop=98)
    desk.feed(clock(10))
    assert brief(desk.feed(quote(20, 90, 1, 91, 1), clock(30))) == [("triggered", 0, None), ("filled", 1, 90)]


def test_a_stop_limit_does_not_fill_beyond_its_limit(desk: Desk) -> None:
    desk.submit(1, SELL, 1, 95, ms=0, stop=98)
    assert brief(desk.feed(clock(10), quote(20, 90, 1, 91, 1), clock(30)))[1:] == [("triggered", 0, None)]
    assert brief(desk.feed(quote(31, 95, 1, 96, 1))) == [("filled", 1, 95)]


@pytest.mark.parametrize(("ask", "fires"), [(98, True), (99, False)])
def test_a_market_that_is_wholly_at_the_stop_fires_it(desk: Desk, ask: int, fires: bool) -> None:
    desk.submit(1, SELL, 1, None, ms=0, stop=98)
    assert len(desk.feed(clock(10), quote(20, 90, 1, ask, 1))) == 1 + fires


def test_a_wide_spread_alone_fires_no_stop(desk: Desk) -> None:
    desk.submit(1, SELL, 1, None, ms=0, stop=98)
    assert brief(desk.feed(clock(10), quote(20, 90, 1, 101, 1))) == [("accepted", 0, None)]


def test_a_stop_that_is_reached_on_arrival_fires_at_once(desk: Desk) -> None:
    desk.submit(1, SELL, 1, None, ms=0, stop=98)
    assert brief(desk.feed(quote(10, 95, 1, 96, 1))) == [("accepted", 0, None), ("triggered", 0, None)]


def test_a_fired_stop_can_still_be_cancelled_before_it_arrives() -> None:
    desk = Desk(latency_ms=10, cancel_ms=3)
    desk.feed(quote(0, 100, 5, 101, 5))
    desk.submit(1, SELL, 1, None, ms=0, stop=98)
    desk.feed(clock(10), trade(20, 98, 1, SELL))
    desk.cancel(1, ms=20)
    assert brief(desk.feed(clock(31))) == [("cancelled", 0, None)]


def test_a_cancel_that_arrives_with_the_fired_stop_wins(desk: Desk) -> None:
    desk.submit(1, SELL, 1, None, ms=0, stop=98)
    desk.feed(clock(10), trade(20, 98, 1, SELL))
    desk.cancel(1, ms=20)
    assert brief(desk.feed(clock(30))) == [("cancelled", 0, None)]


# phases and sessions

def test_nothing_fills_in_an_auction_and_the_place_in_the_queue_is_lost(desk: Desk) -> None:
    resting(desk)
    desk.feed(phase(11, Phase.AUCTION))
    assert desk.feed(trade(12, 90, 9, SELL), quote(13, 90, 1, 91, 1)) == []
    desk.feed(quote(14, 100, 8, 101, 1), phase(15, Phase.OPEN))
    assert desk.paper.ahead(1) == 8


def test_an_order_that_arrives_in_an_auction_waits(desk: Desk) -> None:
    desk.feed(phase(1, Phase.AUCTION))
    desk.submit(1, BUY, 1, None, ms=1)
    assert brief(desk.feed(clock(11))) == [("accepted", 0, None)]
    assert brief(desk.feed(phase(12, Phase.OPEN))) == [("filled", 1, 101)]


def test_no_stop_fires_in_an_auction(desk: Desk) -> None:
    desk.submit(1, SELL, 1, None, ms=0, stop=98)
    desk.feed(clock(10), phase(11, Phase.AUCTION))
    assert desk.feed(trade(12, 97, 1, SELL), quote(13, 90, 1, 91, 1)) == []


def test_the_session_end_cancels_and_later_orders_are_rejected() -> None:
    desk = Desk(close_ms=100)
    desk.feed(quote(0, 100, 5, 101, 5))
    resting(desk)
    desk.submit(2, BUY, 1, None, ms=95)
    assert [(r.order_id, r.status, r.text) for r in desk.feed(trade(100, 99, 9, SELL), clock(105))] == [
        (1, "cancelled", "SESSION_CLOSED"), (2, "rejected", "SESSION_CLOSED")]


def test_a_closed_phase_ends_orders_too(desk: Desk) -> None:
    assert [r.text for r in resting(desk).feed(phase(11, Phase.CLOSED))] == ["SESSION_CLOSED"]


# the three figures

def test_three_prices_of_a_walk_after_latency(desk: Desk) -> None:
    """Sent at 101; on arrival the touch is 102 x 1, the ladder goes on at 103."""
    desk.submit(1, BUY, 2, 110, ms=0)
    desk.feed(image(5, {100: 3}, {102: 1, 103: 4}))
    fills = [r for r in desk.feed(clock(10)) if r.last_qty]
    assert [r.price for r in fills] == [102, 103]
    assert sum(r.cost_probable for r in fills) == 2 * 102
    assert sum(r.cost_optimistic for r in fills) == 2 * 101


def test_a_resting_order_costs_its_limit_in_all_three(desk: Desk) -> None:
    report, = resting(desk).feed(trade(11, 99, 1, SELL))
    assert (report.price, report.cost_probable, report.cost_optimistic) == (100, 100, 100)


def test_shadows_count_what_was_missed(desk: Desk) -> None:
    """A print at the limit fills the optimist; half the queue cancels and six lots print: the probable fills two."""
    resting(desk, qty=4)
    desk.feed(quote(11, 100, 10, 101, 5))   # five join behind us
    desk.feed(quote(12, 100, 5, 101, 5))    # half of the level is cancelled
    desk.feed(trade(13, 100, 4, SELL))
    desk.cancel(1, ms=14)
    last = desk.feed(clock(24))[-1]
    assert (last.status, last.traded, last.traded_probable, last.traded_optimistic) == ("cancelled", 0, 1, 4)


# bad input and capacity

@pytest.mark.parametrize(("args", "named"), [
    ((1, 0, 1, 100, NO_PRICE, T0), "side 0"), ((1, BUY, 0, 100, NO_PRICE, T0), "quantity 0"),
    ((1, BUY, -1, 100, NO_PRICE, T0), "quantity -1"), ((1, BUY, 1, 0, NO_PRICE, T0), "price 0"),
    ((1, BUY, 1, 100, -5, T0), "price -5"),
])
def test_impossible_orders_are_refused(desk: Desk, args: tuple[int, ...], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        desk.paper.submit(*args)


def test_an_id_is_used_once_and_the_pool_is_bounded(desk: Desk) -> None:
    for i in range(64):
        desk.submit(i, BUY, 1, 90, ms=0)
    with pytest.raises(ValueError, match="64 orders are live"):
        desk.submit(64, BUY, 1, 90, ms=0)
    with pytest.raises(ValueError, match="order 3 is live already"):
        desk.submit(3, BUY, 1, 90, ms=0)


def test_undrained_reports_put_orders_off_and_lose_nothing(desk: Desk) -> None:
    for i in range(64):
        desk.submit(i, BUY, 40, 100, ms=0)
    desk.paper.feed(clock(10))
    for k in range(20):
        desk.paper.feed(trade(11 + k, 99, 1, SELL))
    assert desk.paper.deferred > 0
    reports = desk.paper.reports()
    assert len(reports) <= 512
    assert [sum(r.last_qty for r in reports if r.order_id == i) for i in range(64)] == [
        max(r.traded for r in reports if r.order_id == i) for i in range(64)]


def test_a_negative_latency_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        PaperMatcher(Market(window_bits=12, order_bits=6), latency_ns=-1)


# a slow, obvious model

PRICES = st.integers(96, 106)
SIDES = st.sampled_from([BUY, SELL])
QUOTES = st.tuples(st.just("quote"), st.integers(97, 104), st.integers(0, 4), st.integers(1, 3), st.integers(0, 4))
LEVELS = st.tuples(st.just("level"), SIDES, st.integers(0, 4), st.integers(0, 4))
TRADES = st.tuples(st.just("trade"), PRICES, st.integers(1, 6), st.sampled_from([BUY, SELL, 0]))
PHASES = st.tuples(st.just("phase"), st.sampled_from([Phase.OPEN, Phase.OPEN, Phase.OPEN, Phase.AUCTION]))
SUBMITS = st.tuples(st.just("submit"), SIDES, st.integers(1, 6), st.none() | PRICES, st.none() | st.none() | PRICES)
CANCELS = st.tuples(st.just("cancel"), st.integers(0, 5))
CLOCKS = st.tuples(st.sampled_from(["clock", "advance"]))


def steps(market: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(st.tuples(st.integers(0, 8), market | TRADES | PHASES | SUBMITS | CANCELS | CLOCKS), max_size=40)


def play(script: list, start: list[np.ndarray]) -> tuple[Desk, SlowPaper]:
    """Runs a script through both; time is in ms, latency 5 ms for orders and 7 ms for cancels."""
    desk, slow = Desk(latency_ms=5, cancel_ms=7), SlowPaper(5 * MS, 7 * MS)
    for rows in start:
        desk.feed(rows)
        slow.feed(rows)
    now, orders = 1, 0
    for wait, (kind, *args) in script:
        now += wait
        if kind == "submit":
            side, qty, price, stop = args
            desk.submit(orders, side, qty, price, now, stop)
            slow.submit(orders, side, qty, price, stop, T0 + now * MS)
            orders += 1
        elif kind == "advance":
            desk.paper.advance(T0 + now * MS)
            desk.feed()
            slow.advance(T0 + now * MS)
        elif kind == "cancel":
            desk.cancel(args[0], now)
            slow.cancel(args[0], T0 + now * MS)
        else:
            rows = make_level(now, args, slow) if kind == "level" else make_event(kind, now, args)
            desk.feed(rows)
            slow.feed(rows)
    return desk, slow


def make_event(kind: str, now: int, args: list) -> np.ndarray:
    if kind == "quote":
        bid, bid_qty, spread, ask_qty = args
        return quote(now, bid, bid_qty, bid + spread, ask_qty)
    if kind == "trade":
        return trade(now, *args)
    return phase(now, *args) if kind == "phase" else clock(now)


def make_level(now: int, args: list, slow: SlowPaper) -> np.ndarray:
    """A row that fits the book: add, edit, or delete of a level that is there."""
    side, distance, qty = args
    price = 100 - distance if side == BUY else 101 + distance
    if price not in slow.books[side]:
        return level(now, side, price, qty or 1, BookAction.ADD)
    return level(now, side, price, qty, BookAction.EDIT if qty else BookAction.DELETE)


def check(desk: Desk, slow: SlowPaper) -> None:
    assert [(r.order_id, r.status, r.last_qty, r.price, r.traded) for r in desk.reports] == slow.reports
    for order_id in {r.order_id for r in desk.reports}:
        mine = [r for r in desk.reports if r.order_id == order_id]
        side = slow.side[order_id]
        assert sum(r.last_qty for r in mine) == mine[-1].traded
        for r in mine:
            assert r.traded <= r.traded_probable <= r.traded_optimistic
            if r.last_qty:
                assert side * r.cost_optimistic <= side * r.cost_probable <= side * r.last_qty * r.price


@pytest.mark.lengthy
@settings(max_examples=150, derandomize=True)
@given(steps(QUOTES))
def test_equals_the_slow_model_on_quotes(script: list) -> None:
    check(*play(script, [quote(0, 100, 2, 101, 2)]))


@pytest.mark.lengthy
@settings(max_examples=150, derandomize=True)
@given(steps(LEVELS))
def test_equals_the_slow_model_on_a_ladder(script: list) -> None:
    check(*play(script, [image(0, {100: 2, 99: 3, 97: 1}, {101: 1, 102: 2, 105: 4})]))
