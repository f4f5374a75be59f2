"""The matching engine alone, against a slow and obvious book in Python, over random streams of operations."""

from __future__ import annotations

import ctypes as c
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.native
CENTRE, NONE = 10_800, -(2**31)


class Change(c.Structure):
    _fields_ = [
        ("id", c.c_int64),
        ("ts", c.c_int64),
        ("position", c.c_int32),
        ("price", c.c_int32),
        ("qty", c.c_int32),
        ("broker", c.c_int32),
        ("level", c.c_int32),
        ("action", c.c_uint8),
        ("side", c.c_uint8),
        ("level_action", c.c_uint8),
    ]


class Fill(c.Structure):
    _fields_ = [
        ("price", c.c_int32),
        ("qty", c.c_int32),
        ("broker", c.c_int32),
        ("owner", c.c_int32),
        ("id", c.c_int64),
        ("left", c.c_int32),
    ]


class Book(c.Structure):
    _fields_ = [
        ("levels", c.c_void_p * 2),
        ("queues", c.c_void_p * 2),
        ("n_levels", c.c_int32),
        ("room", c.c_int32),
        ("orders", c.c_void_p),
        ("free", c.c_int32),
        ("apart_head", c.c_int32),
        ("base", c.c_int32),
        ("best", c.c_int32 * 2),
        ("worst", c.c_int32 * 2),
        ("live", c.c_int32 * 2),
        ("next_id", c.c_int64),
        ("next_place", c.c_int64),
        ("apart", c.c_int),
        ("positions", c.c_int),
        ("changes", c.POINTER(Change)),
        ("n_changes", c.c_int),
        ("fills", c.POINTER(Fill)),
        ("n_fills", c.c_int),
    ]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, repo: Path) -> Any:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler here")
    library = tmp_path_factory.mktemp("book") / "book.so"
    source = repo / "qt_core" / "exchange" / "sim_book.c"
    subprocess.run(
        [compiler, "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source],
        check=True,
    )
    dll = c.CDLL(str(library))
    book = Book()
    assert dll.sim_book_open(c.byref(book), CENTRE - 4096, 8192, 1024) == 0
    yield dll, book
    dll.sim_book_close(c.byref(book))


class NaiveBook:
    """Orders as [id, side, price, qty, index]; everything by sorting."""

    def __init__(self) -> None:
        self.orders: list[list[int]] = []

    def side(self, side: int) -> list[list[int]]:
        return sorted((o for o in self.orders if o[1] == side), key=lambda o: (-o[2] if side == 0 else o[2], o[0]))

    def levels(self, side: int) -> list[int]:
        return list(dict.fromkeys(o[2] for o in self.side(side)))

    def match(self, side: int, price: int, qty: int) -> tuple[list[tuple[int, int, int]], int]:
        fills = []
        for maker in self.side(1 - side):
            crosses = price == NONE or (maker[2] <= price if side == 0 else maker[2] >= price)
            if qty == 0 or not crosses:
                break
            traded = min(qty, maker[3])
            qty -= traded
            maker[3] -= traded
            fills.append((maker[0], maker[2], traded))
        self.orders = [o for o in self.orders if o[3]]
        return fills, qty


operation = st.tuples(
    st.sampled_from(["limit", "limit", "limit", "market", "cancel", "reduce"]),
    st.integers(0, 1),
    st.integers(-12, 12),
    st.integers(1, 30),
    st.integers(0, 10**6),
)


@pytest.mark.lengthy
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(operation, max_size=120))
def test_the_engine_agrees_with_the_naive_book(engine: Any, operations: list[tuple[str, int, int, int, int]]) -> None:
    dll, book = engine
    ref, naive = c.byref(book), NaiveBook()
    dll.sim_book_clear(ref)
    book.positions = 1
    replica: list[list[list[int]]] = [[], []]  # id, price, qty: kept from the changes alone, best first
    for what, side, offset, qty, pick in operations:
        book.n_changes = book.n_fills = 0
        if what in ("limit", "market"):
            price = NONE if what == "market" else CENTRE + offset
            expected, rest = naive.match(side, price, qty)
            left = dll.sim_book_match(ref, side, price, qty, 0)
            assert left == rest
            assert [(f.id, f.price, f.qty) for f in book.fills[: book.n_fills]] == expected
            if left and what == "limit":
                number = book.next_id
                index = dll.sim_book_rest(ref, side, price, left, 3, 0, c.c_int64(0))
                assert index >= 0
                naive.orders.append([number, side, price, left, index])
        elif naive.orders:
            order = naive.orders[pick % len(naive.orders)]
            if what == "cancel":
                dll.sim_book_cancel(ref, order[4])
                naive.orders.remove(order)
            elif order[3] > 1:
                order[3] = 1 + pick % (order[3] - 1)
                dll.sim_book_reduce(ref, order[4], order[3])
        follow(replica, book)
        compare(dll, ref, book, naive, replica)


def follow(replica: list[list[list[int]]], book: Book) -> None:
    for change in book.changes[: book.n_changes]:
        side = replica[change.side]
        prices = list(dict.fromkeys(row[1] for row in side))
        if change.action == 0:
            side.insert(change.position, [change.id, change.price, change.qty])
            assert (change.level_action == 0) == (change.price not in prices)
        elif change.action == 1:
            assert side[change.position][0] == change.id and prices[change.level] == change.price
            side[change.position][2] += change.qty
        else:
            assert side.pop(change.position)[0] == change.id and prices[change.level] == change.price
            assert (change.level_action == 2) == (change.price not in [row[1] for row in side])


def compare(dll: Any, ref: Any, book: Book, naive: NaiveBook, replica: list[list[list[int]]]) -> None:
    for side in (0, 1):
        orders, levels = naive.side(side), naive.levels(side)
        assert replica[side] == [[o[0], o[2], o[3]] for o in orders]
        assert book.live[side] == len(orders)
        assert book.best[side] == (levels[0] if levels else NONE)
        assert dll.sim_book_level_count(ref, side) == len(levels)
        assert [dll.sim_book_level_at(ref, side, i) for i in range(len(levels) + 1)] == [*levels, NONE]
    if NONE not in book.best[:]:
        assert book.best[0] < book.best[1]


def test_a_full_level_and_a_price_off_the_ladder_are_refused(engine: Any) -> None:
    dll, book = engine
    ref = c.byref(book)
    dll.sim_book_clear(ref)
    for _ in range(1024):
        book.n_changes = 0
        assert dll.sim_book_rest(ref, 0, CENTRE, 1, 3, 0, c.c_int64(0)) >= 0
    assert dll.sim_book_rest(ref, 0, CENTRE, 1, 3, 0, c.c_int64(0)) == -1
    assert dll.sim_book_rest(ref, 0, CENTRE - 5000, 1, 3, 0, c.c_int64(0)) == -1
    assert dll.sim_book_rest(ref, 1, CENTRE + 5000, 1, 3, 0, c.c_int64(0)) == -1
    assert book.live[0] == 1024 and book.live[1] == 0
