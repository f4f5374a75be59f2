"""The ladder under the book: levels against a dictionary, next and best against sorting, the moving window."""
from __future__ import annotations

import numpy as np
import pytest
from book_kit import ADD, ASK, BID, DELETE, book_levels, codes, join, level, level_list
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_core._types import Refusal
from qt_core.book import Book

SIDES = st.sampled_from([BID, ASK])
SMALL = 12   # a window of 4096 ticks
BASES = st.integers(1000, 3_000_000) | st.integers(-9000, -2000)
CHANGES = st.lists(st.tuples(SIDES, st.integers(-700, 700), st.integers(0, 5)), min_size=1, max_size=200)


@pytest.mark.parametrize("sizes", [(11, 17), (19, 17), (17, 3), (17, 23)])
def test_sizes_out_of_range_are_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="window_bits"):
        Book(*sizes)


@settings(max_examples=60)
@given(BASES, st.lists(st.tuples(SIDES, st.integers(-1000, 1000), st.integers(0, 9)), max_size=120))
def test_levels_equal_a_dictionary(base: int, changes: list[tuple[int, int, int]]) -> None:
    book = Book(SMALL)
    naive: dict[int, dict[int, int]] = {BID: {}, ASK: {}}
    for side, distance, qty in changes:
        price = base + distance
        book.feed(level(side, price, qty, ADD))
        naive[side][price] = qty
        naive[side] = {p: q for p, q in naive[side].items() if q}
        for each in (BID, ASK):
            assert book_levels(book, each) == level_list(each, naive[each])
    assert (book.best_bid, book.best_ask) == (max(naive[BID], default=None), min(naive[ASK], default=None))


@pytest.mark.lengthy
@settings(max_examples=60)
@given(CHANGES, st.integers(-40, 40))
def test_levels_survive_while_the_window_follows_a_drifting_market(
        changes: list[tuple[int, int, int]], drift: int) -> None:
    book = Book(SMALL)
    naive: dict[int, dict[int, int]] = {BID: {}, ASK: {}}
    middle = 100_000
    for side, distance, qty in changes:
        middle += drift
        price = middle + distance
        if codes(book, level(side, price, qty)) == [0]:
            naive[side][price] = qty
        low, high = book.window
        for each in (BID, ASK):
            naive[each] = {p: q for p, q in naive[each].items() if q and low <= p < high}
            assert book_levels(book, each) == level_list(each, naive[each])


def test_a_far_price_is_refused_counted_and_breaks_nothing() -> None:
    book = Book(SMALL)
    got = codes(book, level(BID, 10_000, 5), level(ASK, 10_001, 5), level(ASK, 20_000, 5))
    assert got == [0, 0, Refusal.OUTSIDE_LADDER]
    assert book.outside == 1 and book.is_ready
    assert codes(book, level(ASK, 20_000, 0, DELETE)) == [Refusal.OUTSIDE_LADDER]
    assert book.is_ready


def test_positive_prices_keep_a_window_of_positive_ticks() -> None:
    book = Book()
    codes(book, level(BID, 11_000, 5))
    assert book.window == (0, 1 << 17)


def test_the_window_moves_and_forgets_only_what_it_leaves() -> None:
    book = Book(SMALL)
    codes(book, level(BID, 10_000, 1), level(ASK, 10_002, 1))
    low = book.window[0]
    codes(book, level(BID, low + 1, 7), level(ASK, 11_900, 3))
    codes(book, level(ASK, 10_002, 0, DELETE), level(BID, 11_880, 2))   # the market jumps towards the window's edge
    assert book.moves == 1 and book.window[0] > low + 1
    assert book_levels(book, BID) == [(11_880, 2), (10_000, 1)]
    assert book_levels(book, ASK) == [(11_900, 3)]
    assert book.is_ready


def test_a_level_that_the_window_left_may_end_without_breaking_the_book() -> None:
    book = Book(SMALL)
    codes(book, level(BID, 10_000, 1), level(ASK, 10_002, 1))
    low = book.window[0]
    codes(book, level(BID, low + 1, 7), level(ASK, 11_900, 3))
    codes(book, level(ASK, 10_002, 0, DELETE), level(BID, 11_880, 2))
    codes(book, level(BID, 11_880, 0, DELETE), level(ASK, 10_002, 1), level(ASK, 11_900, 0, DELETE))
    codes(book, level(BID, 9_000, 1), level(ASK, 9_100, 1))
    codes(book, level(BID, 10_000, 0, DELETE), level(ASK, 10_002, 0, DELETE))
    assert book.moves >= 2 and book.window[0] <= low + 1
    assert codes(book, level(BID, low + 1, 0, DELETE)) == [0]
    assert book.is_ready


def test_an_empty_ladder_goes_where_the_next_price_is() -> None:
    book = Book(SMALL)
    assert codes(book, level(BID, 5_000, 1), level(BID, 5_000, 0, DELETE), level(BID, 900_000, 4)) == [0, 0, 0]
    assert book.best_bid == 900_000


def test_delete_from_takes_the_best_levels() -> None:
    book = Book()
    codes(book, *(level(ASK, 100 + i, i + 1) for i in range(5)), level(BID, 90, 1))
    assert codes(book, level(ASK, 0, 0, 3, pos=2)) == [0]
    assert book_levels(book, ASK) == [(103, 4), (104, 5)]
    assert codes(book, level(ASK, 0, 0, 3, pos=2)) == [Refusal.BAD_POSITION]
    assert not book.is_ready


def test_feed_wants_events() -> None:
    with pytest.raises(ValueError, match="EVENT_DTYPE"):
        Book().feed(np.zeros(3))
    assert len(Book().feed(join(level(BID, 1, 1))[:0])) == 0
