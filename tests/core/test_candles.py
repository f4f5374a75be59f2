"""Candles: the UTC grid, flat filling, sides, and a pandas rebuild of a whole tape."""
from __future__ import annotations

import numpy as np
import pytest
from oracle.features_oracle import build_bars
from oracle.synthetic import OPEN_NS, SECOND, events, session

from qt_core.candles import CANDLE_DTYPE, Candles


def test_candles_match_a_pandas_rebuild() -> None:
    trades = session(trades=800)
    trades = trades[trades["trade_type"] != 4].reset_index(drop=True)
    candles = Candles(5 * SECOND, 1024)
    candles.extend(events(trades))
    got = candles.recent(10_000)
    bars = build_bars(trades.assign(lots=trades["qty"]), 5 * SECOND, int(trades["ts_ns"].iloc[-1]))
    assert got.dtype == CANDLE_DTYPE and len(got) == len(bars.end) == candles.count
    np.testing.assert_array_equal(got["start_ns"] + 5 * SECOND, bars.end)
    for name in ("open", "high", "low", "close"):
        np.testing.assert_array_equal(got[name] * 0.5, getattr(bars, name))
    for name in ("volume", "buy", "sell"):
        np.testing.assert_array_equal(got[name], getattr(bars, name))
    assert (got["start_ns"] % (5 * SECOND) == 0).all()


def test_no_candle_before_the_first_print() -> None:
    candles = Candles(5 * SECOND)
    assert candles.count == 0 and len(candles.recent(10)) == 0


def test_silence_fills_flat_candles_at_the_last_close() -> None:
    candles = Candles(5 * SECOND)
    pair = session(trades=2)
    pair["ts_ns"], pair["trade_type"] = [OPEN_NS + SECOND, OPEN_NS + 21 * SECOND], 2
    candles.extend(events(pair))
    flat = candles.recent(3)
    assert candles.count == 4
    price = events(pair)["price"][0]
    for name in ("open", "high", "low", "close"):
        assert (flat[name] == price).all()
    for name in ("volume", "buy", "sell", "trades"):
        assert (flat[name] == 0).all()


def test_a_print_at_the_boundary_belongs_to_the_next_candle() -> None:
    candles = Candles(5 * SECOND)
    pair = session(trades=2)
    pair["ts_ns"], pair["trade_type"] = [OPEN_NS + 5 * SECOND - 1, OPEN_NS + 5 * SECOND], 2
    candles.extend(events(pair))
    assert candles.count == 1 and candles.recent(1)["trades"][0] == 1


def test_cross_rlp_and_unknown_add_to_volume_only() -> None:
    candles = Candles(5 * SECOND)
    tape = session(trades=5)
    tape["ts_ns"], tape["qty"] = OPEN_NS + np.arange(5), [1.0, 2.0, 4.0, 8.0, 16.0]
    tape["trade_type"], tape["aggressor"] = [2, 3, 1, 13, 32], [1, -1, 0, 1, -1]
    candles.extend(events(tape))
    late = events(tape)[:1].copy()
    late["ts_ns"] = OPEN_NS + 5 * SECOND
    candles.extend(late)
    closed = candles.recent(1)[0]
    assert (closed["volume"], closed["buy"], closed["sell"], closed["trades"]) == (31, 1, 2, 5)


def test_cleared_candles_start_anew() -> None:
    candles = Candles(5 * SECOND)
    candles.extend(events(session(trades=100)))
    candles.clear()
    assert candles.count == 0
    candles.extend(events(session(trades=1)))
    assert candles.count == 0


@pytest.mark.parametrize("period, capacity", [(0, 512), (-5, 512), (SECOND, 100), (SECOND, 128)])
def test_bad_sizes_are_refused(period: int, capacity: int) -> None:
    with pytest.raises(ValueError):
        Candles(period, capacity)
