"""The book: orders against a dictionary, images and groups, readiness, and recorded books."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from book_kit import (
    ADD,
    ASK,
    BID,
    DELETE,
    EDIT,
    FIRST,
    IMAGE,
    LAST,
    book_levels,
    codes,
    event,
    join,
    level,
    level_list,
    order,
    recorded_book,
    totals,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_core._types import NO_PRICE, Kind, Refusal
from qt_core.book import Book

STEPS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10_000), st.sampled_from([BID, ASK]),
                           st.integers(-900, 900), st.integers(1, 9)), max_size=150)


@pytest.mark.lengthy
@settings(max_examples=80)
@given(STEPS, st.integers(-30, 30))
def test_orders_equal_a_dictionary_while_the_market_drifts(
        steps: list[tuple[int, int, int, int, int]], drift: int) -> None:
    book, naive, middle, new_id = Book(12, 6), dict[int, tuple[int, int, int]](), 50_000, 1
    for what, pick, side, distance, qty in steps:
        middle += drift
        chosen = sorted(naive)[pick % len(naive)] if naive else 0
        if what == 0 and chosen:
            book.feed(order(naive[chosen][0], chosen, 1, 0, DELETE))
            del naive[chosen]
        elif what == 1 and chosen:
            old = naive[chosen]
            book.feed(order(old[0], chosen, old[1] + 1, qty, EDIT))    # an edit's price is not looked at
            naive[chosen] = (old[0], old[1], qty)
        elif len(naive) < 64:
            book.feed(order(side, new_id, middle + distance, qty))
            naive[new_id] = (side, middle + distance, qty)
            new_id += 7919
        low, high = book.window
        for each in (BID, ASK):
            inside = totals((p, q) for s, p, q in naive.values() if s == each and low <= p < high)
            assert book_levels(book, each) == level_list(each, inside)
    assert book.order_count == len(naive)
    assert all(book.order_of(i) == naive[i] for i in naive)


def test_a_full_order_table_refuses_and_breaks_the_side() -> None:
    book = Book(12, 4)
    got = codes(book, *(order(BID, i + 1, 100, 1) for i in range(17)))
    assert got == [0] * 16 + [Refusal.BAD_POSITION]
    assert book.refused == 1


@pytest.mark.lengthy
def test_the_table_survives_ten_thousand_deletions_without_growing_old() -> None:
    rng, book, live = np.random.default_rng(5), Book(12, 8), list[int]()
    for i in range(1, 10_000):
        if len(live) > 200 or (live and rng.random() < 0.4):
            victim = live.pop(int(rng.integers(len(live))))
            assert codes(book, order(BID, victim, 0, 0, DELETE)) == [0]
        else:
            assert codes(book, order(BID, i * 4096, 100 + i % 7, 1)) == [0]
            live.append(i * 4096)
    assert book.order_count == len(live) and sum(q for _, q in book_levels(book, BID)) == len(live)


def test_orders_are_counted_per_level() -> None:
    book = Book()
    codes(book, order(BID, 1, 100, 5), order(BID, 2, 100, 7), order(BID, 2, 100, 3, EDIT))
    assert book.levels(BID, 5).tolist() == [[100, 8, 2]]
    codes(book, order(BID, 1, 100, 0, EDIT))
    assert book.levels(BID, 5).tolist() == [[100, 3, 1]]
    codes(book, order(BID, 1, 100, 0, DELETE), order(BID, 2, 100, 0, DELETE))
    assert book.best_bid is None


@pytest.mark.parametrize(("row", "code"), [
    (order(BID, 9, 100, 1, EDIT), Refusal.BAD_POSITION),
    (order(BID, 9, 100, 0, DELETE), Refusal.BAD_POSITION),
    (order(ASK, 1, 100, 0, DELETE), Refusal.BAD_POSITION),
    (order(BID, 1, 100, 1), Refusal.BAD_POSITION),
    (order(BID, 5, 100, -1), Refusal.BAD_QTY),
    (order(BID, 5, 100, 0), Refusal.BAD_QTY),
    (order(BID, 0, 100, 1), Refusal.BAD_TYPE),
    (order(BID, 5, NO_PRICE, 1), Refusal.BAD_TYPE),
    (order(BID, 5, 100, 1, 3), Refusal.BAD_TYPE),
    (order(0, 5, 100, 1), Refusal.BAD_TYPE),
    (level(BID, 100, 1), Refusal.BAD_TYPE),
    (event(Kind.TRADE, side=1), Refusal.BAD_TYPE),
])
def test_rows_that_do_not_fit_are_refused_and_break_the_book(row: np.ndarray, code: int) -> None:
    book = Book()
    codes(book, order(BID, 1, 100, 5), order(ASK, 2, 101, 5))
    assert book.is_ready
    assert codes(book, row) == [code]
    assert not book.is_ready and book.refused == 1


def test_without_images_a_broken_side_heals_with_the_next_clean_group() -> None:
    book = Book()
    codes(book, order(BID, 1, 100, 5), order(ASK, 2, 101, 5))
    codes(book, order(BID, 9, 100, 0, DELETE, flags=0), order(BID, 3, 99, 1))
    assert not book.is_ready
    codes(book, order(BID, 4, 98, 1, flags=0))
    assert not book.is_ready
    codes(book, order(BID, 5, 98, 1))
    assert book.is_ready


def test_with_images_a_broken_side_waits_for_the_next_image() -> None:
    book = Book()
    image = join(level(BID, 100, 5, IMAGE, FIRST), level(BID, 99, 5, IMAGE, 0), level(ASK, 101, 5, IMAGE, LAST))
    codes(book, image)
    assert book.is_ready
    codes(book, level(ASK, 150, 0, DELETE), level(BID, 98, 1))
    assert not book.is_ready
    codes(book, image[:1])
    assert not book.is_ready and book_levels(book, BID) == [(100, 5)]
    codes(book, image[1:])
    assert book.is_ready


def test_an_edit_of_an_unknown_level_sets_it() -> None:
    book = Book()
    codes(book, level(BID, 100, 5), level(ASK, 101, 5), level(BID, 99, 3, EDIT))
    assert book.is_ready and book_levels(book, BID) == [(100, 5), (99, 3)]


def test_an_image_of_an_empty_book_clears_it() -> None:
    book = Book()
    codes(book, level(BID, 100, 5), level(ASK, 101, 5))
    empty = event(Kind.LEVEL, code=IMAGE, price=NO_PRICE, flags=FIRST | LAST)
    assert codes(book, empty) == [0]
    assert book.is_ready and book.best_bid is None and book.best_ask is None


def test_ready_begins_with_both_sides_at_the_end_of_a_group() -> None:
    book = Book()
    for row, ready in ((level(BID, 100, 5), False), (level(ASK, 101, 5, flags=0), False), (level(ASK, 102, 5), True),
                       (level(ASK, 103, 5, flags=0), False), (level(ASK, 104, 5), True)):
        book.feed(row)
        assert book.is_ready is ready


def test_a_crossed_group_is_not_ready_and_counted() -> None:
    book = Book()
    codes(book, level(BID, 100, 5), level(ASK, 101, 5), level(BID, 102, 1))
    assert book.is_crossed and not book.is_ready and book.crossings == 1
    codes(book, level(BID, 102, 0, DELETE, flags=0), level(BID, 101, 1))
    assert not book.is_crossed and book.is_ready     # locked is not crossed


def test_clear_is_as_new() -> None:
    book = Book()
    codes(book, order(BID, 1, 100, 5), order(ASK, 2, 101, 5))
    book.clear()
    assert not book.is_ready and book.order_count == 0 and book.best_bid is None
    assert codes(book, level(BID, 100, 5), level(ASK, 101, 5)) == [0, 0]
    assert book.is_ready


class Slow:
    """Levels and orders in dictionaries, by the schema's own words."""

    def __init__(self) -> None:
        self.orders: dict[int, tuple[int, int, int]] = {}
        self.levels: dict[int, dict[int, int]] = {BID: {}, ASK: {}}

    def apply(self, row: np.void) -> None:
        if row["flags"] & FIRST:
            self.__init__()
        side, price, qty, order_id = int(row["side"]), int(row["price"]), int(row["qty"]), int(row["id"])
        if row["kind"] == Kind.ORDER:
            before = self.orders.pop(order_id, (side, price, 0))
            if row["code"] != DELETE:
                self.orders[order_id] = (side, before[1], qty)
            price = before[1]
            qty = self.levels[side].get(price, 0) + (qty if row["code"] != DELETE else 0) - before[2]
        if row["code"] == DELETE and row["kind"] == Kind.LEVEL:
            qty = 0
        self.levels[side][price] = qty
        if qty == 0:
            del self.levels[side][price]


def replay(events: np.ndarray, checks: int) -> tuple[Book, int]:
    """Feeds the book between sampled group ends, comparing it with the slow one there."""
    book, slow, done = Book(), Slow(), 0
    ends = np.flatnonzero(events["flags"] & LAST)
    sampled = np.unique(ends[np.linspace(0, len(ends) - 1, min(checks, len(ends))).astype(int)])
    for end in sampled:
        for row in events[done:end + 1]:
            slow.apply(row)
        assert not book.feed(events[done:end + 1]).any()
        done = end + 1
        for side in (BID, ASK):
            assert book_levels(book, side) == level_list(side, slow.levels[side])
    return book, len(sampled)


@pytest.mark.lengthy
@pytest.mark.realdata
def test_recorded_b3_order_book_equals_an_independent_one(realdata: Path) -> None:
    events = recorded_book(realdata, "b3_petr4f_20151103", 0.01, 1)
    book, checked = replay(events, 1000)
    assert checked > 900 and book.refused == 0 and book.outside == 0


@pytest.mark.lengthy
@pytest.mark.realdata
def test_recorded_cme_order_book_equals_an_independent_one(realdata: Path) -> None:
    events = recorded_book(realdata, "cme_esm4_20240508", 0.25, 1)
    book, checked = replay(events, 500)
    assert checked > 100 and book.refused == 0 and book.outside == 0 and book.crossings == 0 and book.is_ready


@pytest.mark.realdata
def test_recorded_wdo_top_of_book_is_never_crossed(realdata: Path) -> None:
    book, checked = replay(recorded_book(realdata, "b3_wdou25_20250811", 0.5, 1), 2000)
    assert checked > 500 and book.refused == 0 and book.crossings == 0


@pytest.mark.lengthy
@pytest.mark.realdata
def test_recorded_binance_book_agrees_with_the_exchange_own_best_quotes(realdata: Path) -> None:
    name, tick, step = "binance_usdm_btcusdt_20240808", 0.1, 0.001
    events = recorded_book(realdata, name, tick, step)
    seq = pq.read_table(realdata / f"{name}_book.parquet", columns=["seq"])["seq"].to_numpy()
    l1 = pq.read_table(realdata / f"{name}_l1.parquet").to_pandas()
    stamps = pq.read_table(realdata / f"{name}_book.parquet", columns=["exch_ts_ns"])["exch_ts_ns"].to_numpy()
    ends = np.flatnonzero(events["flags"] & LAST)
    book, done, agree, compared = Book(), 0, 0, 0
    quotes = l1.drop_duplicates("exch_ts_ns", keep="last").set_index("exch_ts_ns")
    times = quotes.index.to_numpy()
    for end in ends:
        assert not book.feed(events[done:end + 1]).any()
        done = end + 1
        k = np.searchsorted(times, stamps[end], side="right") - 1
        if k < 0:
            continue
        row = quotes.iloc[k]
        compared += 1
        agree += (book.best_bid == round(row.bid / tick)) and (book.best_ask == round(row.ask / tick))
    assert len(seq) == done
    assert book.crossings == 0 and book.refused == 0 and book.is_ready
    assert compared > 3000 and agree >= 0.99 * compared


@pytest.mark.realdata
def test_recorded_positions_follow_from_the_levels(realdata: Path) -> None:
    """The position that the file names is the level's rank on its side after an add or edit."""
    events = recorded_book(realdata, "binance_usdm_btcusdt_20240808", 0.1, 0.001)[:40_000]
    book, done, right, seen = Book(), 0, 0, 0
    for i in range(2_500, 40_000, 97):
        book.feed(events[done:i + 1])
        done, row = i + 1, events[i]
        if row["code"] in (ADD, EDIT):
            ranks = book.levels(int(row["side"]), 1 << 20)[:, 0].tolist()
            seen += 1
            right += ranks[int(row["pos"])] == int(row["price"])
    assert seen > 200 and right == seen
