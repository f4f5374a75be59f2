"""The tape: order, capacity, aggressor, brokers' totals, ranks and changes, against naive counting."""
from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracle.synthetic import OPEN_NS, SECOND, events, session

from qt_core._types import EVENT_DTYPE, Kind, TradeType
from qt_core.tape import PRINT_DTYPE, Tape


def prints(parties: list[tuple[int, int, int]]) -> NDArray[np.void]:
    out = np.zeros(len(parties), EVENT_DTYPE)
    out["ts_ns"] = OPEN_NS + np.arange(len(parties)) * SECOND
    out["kind"], out["code"], out["side"], out["price"] = Kind.TRADE, TradeType.BUY, 1, 10_000
    if parties:
        out["a"], out["b"], out["qty"] = np.array(parties).T
    return out


def naive_top(parties: list[tuple[int, int, int]], side: int) -> list[tuple[int, int, int]]:
    totals: Counter[int] = Counter()
    net: Counter[int] = Counter()
    for buyer, seller, qty in parties:
        totals[buyer if side > 0 else seller] += qty
    for buyer, seller, qty in parties[-100:]:
        net[buyer] += qty
        net[seller] -= qty
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:5]
    return [(code, total, net[code]) for code, total in ranked]


def test_prints_come_back_in_order() -> None:
    tape = Tape(128)
    stream = events(session(trades=50))
    tape.extend(stream)
    got = tape.recent_prints(1000)
    assert got.dtype == PRINT_DTYPE and tape.count == 50 and tape.first_ns == stream["ts_ns"][0]
    for name, source in (("ts_ns", "ts_ns"), ("qty", "qty"), ("price", "price"), ("buyer", "a"), ("seller", "b")):
        np.testing.assert_array_equal(got[name], stream[source])


def test_full_tape_keeps_the_newest() -> None:
    tape = Tape(128)
    stream = events(session(trades=500))
    tape.extend(stream)
    np.testing.assert_array_equal(tape.recent_prints(128)["ts_ns"], stream["ts_ns"][-128:])
    assert tape.count == 500 and len(tape.recent_prints(500)) == 128


@pytest.mark.parametrize("code, side, kept", [(2, 1, 1), (3, -1, -1), (1, 1, 0), (13, -1, 0), (32, 1, 0), (5, 1, 0)])
def test_only_aggression_types_have_a_side(code: int, side: int, kept: int) -> None:
    tape = Tape(128)
    stream = prints([(1, 2, 3)])
    stream["code"], stream["side"] = code, side
    tape.extend(stream)
    assert tape.recent_prints(1)["side"][0] == kept


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 9)), max_size=260))
def test_ranks_and_nets_match_naive_counting(parties: list[tuple[int, int, int]]) -> None:
    tape = Tape(128)
    tape.extend(prints(parties))
    assert tape.top(1) == naive_top(parties, 1)
    assert tape.top(-1) == naive_top(parties, -1)


def test_ranks_match_after_every_print_with_scattered_codes() -> None:
    rng = np.random.default_rng(5)
    codes = np.concatenate([rng.integers(1, 2**31 - 1, 60), [1, 8193, 16385]])
    parties = [tuple(int(x) for x in row) for row in zip(rng.choice(codes, 400), rng.choice(codes, 400),
                                                         rng.integers(1, 50, 400), strict=True)]
    tape = Tape(128)
    for i, event in enumerate(prints(parties)):
        tape.extend(np.array([event]))
        assert tape.top(1) == naive_top(parties[: i + 1], 1)
        assert tape.top(-1) == naive_top(parties[: i + 1], -1)


def test_equal_totals_rank_the_lower_code_first() -> None:
    tape = Tape(128)
    tape.extend(prints([(9, 1, 5), (4, 1, 5), (7, 1, 5)]))
    assert [code for code, _, _ in tape.top(1)] == [4, 7, 9]


def test_changes_count_over_the_last_hundred() -> None:
    rng = np.random.default_rng(2)
    parties = [(int(a), int(b), 1) for a, b in rng.integers(1, 4, (350, 2))]
    tape = Tape(128)
    tape.extend(prints(parties))
    buyers, sellers = (np.array([p[i] for p in parties]) for i in (0, 1))
    assert tape.buyer_changes == int((buyers[-100:] != buyers[-101:-1]).sum())
    assert tape.seller_changes == int((sellers[-100:] != sellers[-101:-1]).sum())


def test_unknown_broker_is_remembered_and_takes_no_place() -> None:
    tape = Tape(128)
    tape.extend(prints([(1, 2, 3), (0, 2, 3), (1, -1, 3), (1, 2, 3)]))
    assert tape.unknown_broker == 3
    assert [code for code, _, _ in tape.top(1)] == [1]
    assert tape.broker_count == 2


def test_too_many_brokers_count_as_unknown() -> None:
    tape = Tape(128)
    tape.extend(prints([(i, 1, 1) for i in range(1, 2049)]))
    assert tape.unknown_broker == 0 and tape.broker_overflows == 0
    tape.extend(prints([(5000, 1, 1)]))
    assert tape.unknown_broker == 2049 and tape.broker_overflows == 1


def test_cleared_tape_equals_a_new_one() -> None:
    used, new = Tape(128), Tape(128)
    used.extend(events(session(trades=300)))
    used.clear()
    parties = [(3, 4, 5), (4, 3, 2)] * 60
    for tape in (used, new):
        tape.extend(prints(parties))
    assert used.top(1) == new.top(1) and used.buyer_changes == new.buyer_changes and used.count == new.count


@pytest.mark.parametrize("capacity", [0, 64, 100, 1000])
def test_capacity_must_be_a_power_of_two(capacity: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        Tape(capacity)
