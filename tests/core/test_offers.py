"""The positional offer book: against the vendor's list arithmetic, and its resolved rows against a fresh book."""
from __future__ import annotations

import numpy as np
import pytest
from book_kit import (
    ADD,
    ASK,
    BID,
    DELETE,
    DELETE_FROM,
    EDIT,
    FIRST,
    IMAGE,
    LAST,
    Events,
    book_levels,
    join,
    level_list,
    offer,
    totals,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_core._types import NO_PRICE, Flag, Kind, Refusal
from qt_core.book import Book
from qt_core.offers import Offers

HAS_PRICE, HAS_QTY = int(Flag.HAS_PRICE), int(Flag.HAS_QTY)
HAS_ID, HAS_AGENT = int(Flag.HAS_ID), int(Flag.HAS_AGENT)

Entry = tuple[int, int, int]   # price, lots, agent


class Vendor:
    """The interface's arithmetic, word by word: best last, index = size - 1 - position."""

    def __init__(self) -> None:
        self.sides: dict[int, list[Entry]] = {BID: [], ASK: []}

    def price_between(self, side: int, index: int, wish: int) -> int:
        """A price that keeps the list in order at an index: bids rise towards the best, asks fall."""
        entries = self.sides[side]
        below = entries[index - 1][0] if index > 0 else side * -10_000
        above = entries[index][0] if index < len(entries) else side * 10_000
        low, high = min(below, above), max(below, above)
        return min(max(wish, low), high)

    def apply(self, row: np.void) -> None:
        entries, pos, size = self.sides[int(row["side"])], int(row["pos"]), len(self.sides[int(row["side"])])
        price, qty, agent = int(row["price"]), int(row["qty"]), int(row["a"])
        if row["code"] == ADD:
            entries.insert(size - pos, (price, qty, agent))
        elif row["code"] == EDIT:
            old, flags = entries[size - 1 - pos], row["flags"]
            entries[size - 1 - pos] = (price if flags & HAS_PRICE else old[0], old[1] + (qty if flags & HAS_QTY else 0),
                                       agent if flags & HAS_AGENT else old[2])
        elif row["code"] == DELETE:
            del entries[size - 1 - pos]
        elif row["code"] == DELETE_FROM:
            del entries[size - 1 - pos:]


def entries(offers: Offers, side: int) -> list[Entry]:
    return [(price, qty, agent) for _, price, qty, agent in offers.entries(side)]


def check(offers: Offers, book: Book, vendor: Vendor) -> None:
    for side in (BID, ASK):
        assert entries(offers, side) == vendor.sides[side][::-1]
        assert book_levels(book, side) == level_list(side, totals((p, q) for p, q, _ in vendor.sides[side]))


STEPS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from([BID, ASK]), st.integers(0, 10_000), st.integers(-60, 60),
                           st.integers(1, 9), st.integers(0, 15), st.integers(0, 3)), max_size=120)


@pytest.mark.lengthy
@settings(max_examples=120)
@given(STEPS)
def test_random_changes_equal_the_vendor_arithmetic_and_replay_alike(steps: list[tuple[int, ...]]) -> None:
    book, vendor, resolved = Book(), Vendor(), list[Events]()
    offers = Offers(book)
    for what, side, pick, distance, qty, flags, order_id in steps:
        size = len(vendor.sides[side])
        pos = pick % (size + 1) if what <= 2 else pick % max(size, 1)
        index = size - pos
        if what <= 2:
            price = vendor.price_between(side, index, 5_000 - 50 * side + distance)
            row = offer(side, ADD, pos, price, qty, a=pick % 3 + 1, id=order_id * 1000 + pick)
        elif size == 0:
            continue
        elif what <= 4:
            index -= 1
            vendor_entry = vendor.sides[side].pop(index)
            price = vendor.price_between(side, index, 5_000 - 50 * side + distance)
            vendor.sides[side].insert(index, vendor_entry)
            delta = max(qty - 5, 1 - vendor_entry[1])
            row = offer(side, EDIT, pos, price, delta, flags=flags << 3, a=pick % 3 + 1, id=order_id * 1000 + pick)
        else:
            row = offer(side, DELETE if what == 5 or pos > 3 else DELETE_FROM, pos)
        vendor.apply(row[0])
        rows, codes = offers.apply(row)
        assert not codes.any() and len(rows)
        resolved.append(rows)
        check(offers, book, vendor)
    assert not offers.needs_resync and book.refused == 0
    again = Book()
    assert not again.feed(join(*resolved) if resolved else np.zeros(0, offer(BID, ADD).dtype)).any()
    assert [book_levels(again, s) for s in (BID, ASK)] == [book_levels(book, s) for s in (BID, ASK)]
    assert again.is_ready == book.is_ready and again.order_count == book.order_count


def image(side: int, *prices: int, first: int = FIRST, last: int = LAST) -> Events:
    """An image of one lot per price, worst first, as the vendor sends it."""
    rows = join(*(offer(side, IMAGE, -1, price, 1, id=abs(price)) for price in prices))
    rows["flags"][0] |= first
    rows["flags"][-1] |= last
    return rows


def loaded() -> tuple[Offers, Book]:
    book = Book()
    offers = Offers(book)
    offers.apply(join(image(ASK, 105, 104, 103), image(BID, 98, 99, 100)))
    return offers, book


def test_an_image_of_both_sides_makes_the_book_ready() -> None:
    book = Book()
    offers = Offers(book)
    offers.apply(image(ASK, 105, 104, 103))
    assert not book.is_ready
    offers.apply(image(BID, 98, 99, last=0))
    assert offers.loading and not book.is_ready
    offers.apply(image(BID, 100, first=0))
    assert not offers.loading and book.is_ready
    assert entries(offers, BID) == [(100, 1, -1), (99, 1, -1), (98, 1, -1)]
    assert book_levels(book, ASK) == [(103, 1), (104, 1), (105, 1)]


def test_pages_without_a_first_mark_begin_anew_when_none_is_open() -> None:
    offers, book = loaded()
    offers.apply(image(BID, 90, 91, first=0, last=0))
    offers.apply(image(BID, 92, first=0))
    assert book_levels(book, BID) == [(92, 1), (91, 1), (90, 1)] and book.is_ready


def test_an_empty_image_clears_its_side_only() -> None:
    offers, book = loaded()
    offers.apply(offer(BID, IMAGE, -1, NO_PRICE, 0, FIRST | LAST))
    assert entries(offers, BID) == [] and len(entries(offers, ASK)) == 3
    assert book.best_bid is None and book.best_ask == 103


def test_adds_to_an_empty_book_and_at_the_worst_end_count() -> None:
    book = Book()
    offers = Offers(book)
    _, codes = offers.apply(join(offer(BID, ADD, 0, 100, 1), offer(BID, ADD, 1, 99, 2), offer(BID, ADD, 2, 98, 3),
                                 offer(ASK, ADD, 0, 101, 1)))
    assert not codes.any()
    assert entries(offers, BID) == [(100, 1, -1), (99, 2, -1), (98, 3, -1)] and book.is_ready


def test_each_position_outside_the_list_makes_the_side_stale_until_an_image() -> None:
    for row in (offer(BID, ADD, 4, 97, 1), offer(BID, EDIT, 3, qty=1, flags=HAS_QTY), offer(BID, DELETE, 3),
                offer(BID, DELETE_FROM, 3), offer(BID, DELETE, -1), offer(BID, ADD, -1, 97, 1)):
        offers, book = loaded()
        rows, codes = offers.apply(row)
        assert codes.tolist() == [Refusal.BAD_POSITION] and offers.needs_resync and not book.is_ready
        assert len(rows) == 1 and rows["kind"][0] == Kind.ORDER
        offers.apply(join(offer(BID, ADD, 0, 101, 1), offer(ASK, ADD, 3, 106, 1)))
        assert len(entries(offers, BID)) == 3 and len(entries(offers, ASK)) == 4 and not book.is_ready
        offers.apply(image(BID, 98, 99))
        assert not offers.needs_resync and book.is_ready and book_levels(book, BID) == [(99, 1), (98, 1)]


def test_a_replay_of_the_resolved_rows_breaks_and_heals_where_the_live_book_did() -> None:
    offers, book = Offers(Book()), Book()
    steps = [image(ASK, 105, 104), image(BID, 99, 100), offer(BID, DELETE, 9), offer(ASK, ADD, 0, 103, 1),
             image(BID, 98, 99, last=0), image(BID, 100, first=0), offer(BID, DELETE, 0)]
    live = Book()
    offers, seen = Offers(live), []
    for step in steps:
        rows, _ = offers.apply(step)
        book.feed(rows)
        seen.append(live.is_ready)
        assert book.is_ready == live.is_ready
        assert [book_levels(book, s) for s in (BID, ASK)] == [book_levels(live, s) for s in (BID, ASK)]
    assert seen == [False, True, False, False, False, True, True]


def test_a_price_out_of_order_means_that_events_were_lost() -> None:
    offers, book = loaded()
    _, codes = offers.apply(offer(BID, ADD, 0, 97, 1))
    assert codes.tolist() == [Refusal.BAD_POSITION] and offers.needs_resync and not book.is_ready


def test_an_edit_below_zero_is_refused() -> None:
    offers, _ = loaded()
    _, codes = offers.apply(offer(ASK, EDIT, 0, qty=-2, flags=HAS_QTY))
    assert codes.tolist() == [Refusal.BAD_QTY] and offers.needs_resync


def test_an_edit_without_flags_changes_nothing() -> None:
    offers, book = loaded()
    rows, codes = offers.apply(offer(ASK, EDIT, 0, price=90, qty=50, a=7, id=12))
    assert not codes.any() and entries(offers, ASK)[0] == (103, 1, -1) and len(rows) == 1
    assert book_levels(book, ASK)[0] == (103, 1)


def test_ids_that_are_missing_or_in_use_become_our_own() -> None:
    offers, _ = loaded()
    offers.apply(join(*(offer(BID, ADD, 0, 100, 1, id=order_id) for order_id in (0, 99, 7))))    # 99 is in the image
    ids = [e[0] for e in offers.entries(BID)]
    assert ids[0] == 7 and ids[1] < 0 and ids[2] < 0 and len(set(ids)) == len(ids)


def test_orders_without_a_price_keep_their_place_but_not_in_the_book() -> None:
    offers, book = loaded()
    rows, codes = offers.apply(offer(BID, ADD, 0, NO_PRICE, 5))
    assert not codes.any() and len(rows) == 0
    offers.apply(join(offer(BID, DELETE, 1), offer(BID, EDIT, 0, 99, 2, HAS_PRICE | HAS_QTY)))
    assert book_levels(book, BID) == [(99, 8), (98, 1)] and book.is_ready


def test_a_locked_moment_ends_no_group() -> None:
    offers, book = loaded()
    rows, _ = offers.apply(offer(BID, ADD, 0, 103, 1))
    assert rows["flags"].tolist() == [0] and not book.is_ready
    rows, _ = offers.apply(offer(BID, DELETE, 0))
    assert rows["flags"].tolist() == [LAST] and book.is_ready and book.crossings == 0


def test_lost_events_put_both_sides_out_of_step() -> None:
    offers, book = loaded()
    offers.lost()
    assert offers.needs_resync and not book.is_ready
    offers.apply(image(BID, 98, 99))
    assert offers.needs_resync and not book.is_ready
    offers.apply(image(ASK, 104, 103))
    assert not offers.needs_resync and book.is_ready


def test_the_rest_of_an_image_that_did_not_fit_is_skipped() -> None:
    offers, book = loaded()
    offers.apply(join(image(BID, 98, 97, last=0), image(BID, 99, first=0)))    # 97 after 98 is out of order
    assert offers.needs_resync and not book.is_ready
    offers.apply(image(BID, 98, 99, first=0))
    assert not offers.needs_resync and book.is_ready


def test_other_kinds_are_refused() -> None:
    offers, _ = loaded()
    row = offer(BID, ADD, 0, 101, 1)
    row["kind"] = Kind.ORDER
    assert offers.apply(row)[1].tolist() == [Refusal.BAD_TYPE]
    assert offers.apply(offer(0, ADD, 0, 101, 1))[1].tolist() == [Refusal.BAD_TYPE]
