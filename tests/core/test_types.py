"""The event record and the price grid as Python sees them."""
import math

import numpy as np
import pytest

from qt_core import _types as t


def test_event_is_one_cache_line_without_holes() -> None:
    assert t.EVENT_DTYPE.itemsize == 64
    ends = [t.EVENT_DTYPE.fields[n][1] + t.EVENT_DTYPE.fields[n][0].itemsize for n in t.EVENT_DTYPE.names]
    starts = [t.EVENT_DTYPE.fields[n][1] for n in t.EVENT_DTYPE.names]
    assert starts == [0, *ends[:-1]]
    assert ends[-1] == 64


def test_no_price_cannot_be_a_price() -> None:
    assert np.iinfo(np.int32).min == t.NO_PRICE


@pytest.mark.parametrize(("points", "num", "den", "ticks"), [
    (5400.5, 1, 2, 10801), (130005.0, 5, 1, 26001), (31.07, 1, 100, 3107), (0.01, 1, 100, 1)])
def test_points_become_ticks_and_come_back(points: float, num: int, den: int, ticks: int) -> None:
    assert t.to_ticks(points, num, den) == ticks
    assert t.to_points(ticks, num, den) == points


@pytest.mark.parametrize("points", [0.0, -1.0, math.nan, math.inf, -math.inf, 1e300])
def test_what_is_no_price_is_named(points: float) -> None:
    with pytest.raises(ValueError, match="not a positive number"):
        t.to_ticks(points, 1, 2)


def test_price_off_the_grid_is_named() -> None:
    with pytest.raises(ValueError, match="off the tick grid 1/2"):
        t.to_ticks(5400.3, 1, 2)


def test_clocks_run() -> None:
    first = t.mono_ns()
    assert t.mono_ns() >= first
    assert t.wall_ns() > 1_600_000_000_000_000_000


def test_stub_names_the_same_numbers() -> None:
    for enum in (t.Kind, t.TradeType, t.BookAction, t.Phase, t.Control, t.Flag, t.Refusal):
        assert len({int(m) for m in enum}) == len(list(enum))
