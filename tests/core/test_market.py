"""The market state: which source speaks for the quote, which prints count, what a session changes."""
from __future__ import annotations

import numpy as np
import pytest
from book_kit import ASK, BID, DELETE, T0, event, level, quote, trade

from qt_core._types import NO_PRICE, Flag, Kind, Phase, TradeType
from qt_core.market import Market


def touch(market: Market) -> tuple[int, int, int, int]:
    return market.bid, market.bid_qty, market.ask, market.ask_qty


def test_a_new_market_knows_nothing() -> None:
    assert set(Market().snapshot().values()) == {None, 0}
    assert touch(Market()) == (NO_PRICE, 0, NO_PRICE, 0)


def test_the_source_that_moved_last_speaks_for_the_quote() -> None:
    market = Market()
    market.feed(level(BID, 100, 5, ts_ns=T0))
    market.feed(level(ASK, 101, 6, ts_ns=T0 + 1))
    assert touch(market) == (100, 5, 101, 6) and market.quote_ns == T0 + 1
    market.feed(quote(T0 + 2, 99, 1, 101, 2))
    assert touch(market) == (99, 1, 101, 2)
    market.feed(level(BID, 90, 1, ts_ns=T0 + 3))                  # the book's touch did not move
    assert touch(market) == (99, 1, 101, 2) and market.book_ns == T0 + 3 and market.quote_ns == T0 + 2
    market.feed(level(ASK, 101, 9, ts_ns=T0 + 4))
    assert touch(market) == (100, 5, 101, 9)


def test_only_a_consistent_book_speaks() -> None:
    market = Market()
    market.feed(np.concatenate([level(BID, 100, 5), level(ASK, 101, 6)]))
    market.feed(level(BID, 101, 3, flags=0, ts_ns=T0 + 5))
    assert touch(market)[0] == 100
    market.feed(level(BID, 102, 3, ts_ns=T0 + 6))                 # ends crossed
    assert touch(market)[0] == 100 and market.book_ns == T0 and not market.book_ready
    market.feed(level(ASK, 101, 0, DELETE, ts_ns=T0 + 7))
    assert touch(market) == (102, 3, NO_PRICE, 0) and market.book_ns == T0 + 7


def test_a_crossed_quote_is_counted_and_not_taken() -> None:
    market = Market()
    market.feed(np.concatenate([quote(T0, 100, 1, 101, 1), quote(T0 + 1, 102, 1, 101, 1)]))
    assert touch(market) == (100, 1, 101, 1) and market.quote_ns == T0 and market.crossed_quotes == 1


def test_a_locked_or_one_sided_quote_is_taken() -> None:
    market = Market()
    market.feed(np.concatenate([quote(T0, 101, 1, 101, 1), quote(T0 + 1, NO_PRICE, 0, 101, 1)]))
    assert touch(market) == (NO_PRICE, 0, 101, 1) and market.snapshot()["bid"] is None


def test_prints_count_inside_the_session_only() -> None:
    market = Market()
    market.feed(trade(T0, 100))
    assert market.tape.count == 0 and market.last_price == NO_PRICE and not market.is_open
    market.begin_session(T0, T0 + 10)
    market.feed(trade(T0 + 1, 100))
    market.feed(trade(T0 + 2, 101, flags=int(Flag.EDIT)))
    market.feed(trade(T0 + 3, 102, code=TradeType.AUCTION))
    market.feed(trade(T0 + 10, 103))
    assert market.tape.count == 1 and market.last_price == 100 and market.trade_ns == T0 + 1


def test_a_new_session_restarts_the_tape_and_keeps_the_book() -> None:
    market = Market()
    market.begin_session(T0)
    market.feed(np.concatenate([level(BID, 100, 5), level(ASK, 101, 6), trade(T0 + 1, 100)]))
    market.begin_session(T0 + 100, T0 + 200)
    assert market.tape.count == 0 and market.last_price == NO_PRICE and market.trade_ns == 0
    assert market.book_ready and market.bid == 100


def test_the_phase_is_the_last_one_told() -> None:
    market = Market()
    assert market.phase == Phase.OPEN
    market.feed(event(Kind.PHASE, code=Phase.AUCTION))
    assert market.phase == Phase.AUCTION


def test_depth_gives_both_sides_best_first() -> None:
    market = Market()
    market.feed(np.concatenate([level(BID, 99, 4, b=2), level(BID, 100, 5), level(ASK, 101, 6), level(ASK, 103, 7)]))
    bids, asks = market.depth(1)
    assert bids.tolist() == [[100, 5, 0]] and asks.tolist() == [[101, 6, 0]]
    bids, asks = market.depth(9)
    assert bids.tolist() == [[100, 5, 0], [99, 4, 2]] and asks.tolist() == [[101, 6, 0], [103, 7, 0]]


def test_feed_counts_refusals_and_wants_events() -> None:
    assert Market().feed(np.concatenate([level(BID, 99, 0, DELETE), level(BID, 99, 1)])) == 1
    with pytest.raises(ValueError, match="EVENT_DTYPE"):
        Market().feed(np.zeros(2))
