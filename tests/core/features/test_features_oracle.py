"""Every value of every row against the pandas oracle, on made-up and on recorded markets."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from oracle.doors import candle_rows, candles, feature_set, frame, tape_rows
from oracle.features_oracle import assert_rows_equal, oracle_candles, oracle_rows, session_bounds
from oracle.synthetic import SECOND, events, session

SAO_PAULO = "America/Sao_Paulo"


def bounds_of(trades: pd.DataFrame, hours: str) -> tuple[int, int]:
    (opens, closes), = session_bounds(trades["ts_ns"].to_numpy(), hours, SAO_PAULO)
    assert opens is not None and closes is not None
    return opens, closes


@pytest.mark.slow
def test_rows_at_close_of_a_synthetic_session() -> None:
    trades = session(trades=2500, hours=0.5)
    got = tape_rows(trades, until=int(trades["ts_ns"].iloc[-1]))
    assert_rows_equal(got, oracle_rows(trades))


@pytest.mark.lengthy
def test_rows_at_close_within_session_hours() -> None:
    trades = session(trades=1500, hours=0.5)
    bounds = bounds_of(trades, "09:03-09:20")
    got = tape_rows(trades, bounds=bounds, until=bounds[1])
    assert_rows_equal(got, oracle_rows(trades, "09:03-09:20"))


@pytest.mark.lengthy
def test_rows_after_each_trade() -> None:
    trades = session(seed=3, trades=1200, hours=0.3)
    got = tape_rows(trades, at_trade=True)
    assert_rows_equal(got.iloc[::5].reset_index(drop=True), oracle_rows(trades, at="trade", every=5))


@pytest.mark.lengthy
def test_rows_of_a_tape_that_sometimes_lacks_brokers() -> None:
    trades = session(seed=4, trades=900, hours=0.3)
    trades.loc[700, "buyer"] = 0
    got = tape_rows(trades, until=int(trades["ts_ns"].iloc[-1]))
    assert_rows_equal(got, oracle_rows(trades))
    assert got["top_buyers_count"].notna().any() and got["top_buyers_count"].iloc[-1:].isna().all()


@pytest.mark.lengthy
def test_rows_of_a_quiet_tape_with_degenerate_windows() -> None:
    trades = session(seed=6, trades=60, hours=0.5)
    got = tape_rows(trades, until=int(trades["ts_ns"].iloc[-1]))
    assert_rows_equal(got, oracle_rows(trades))


def test_rows_of_recorded_candles_with_a_price_that_doubles() -> None:
    rng = np.random.default_rng(8)
    closes = 100 + 0.5 * np.cumsum(rng.integers(-3, 4, 500))
    closes[250:] *= 3
    recorded = candles(closes, rng.integers(0, 50, 500), rng.integers(0, 20, 500), rng.integers(0, 20, 500),
                       rng.integers(0, 30, 500))
    assert_rows_equal(candle_rows(recorded), oracle_candles(recorded, 60))


def test_rows_of_recorded_candles_with_gaps_in_what_is_known() -> None:
    rng = np.random.default_rng(9)
    recorded = candles(5000 + 0.5 * np.cumsum(rng.integers(-3, 4, 300)), rng.integers(1, 50, 300) * 1e6)
    recorded["buy_volume"], recorded["trades"] = recorded["buy_volume"].astype(float), recorded["trades"].astype(int)
    recorded.loc[40, "buy_volume"] = np.nan
    recorded.loc[130, "trades"] = -1
    assert_rows_equal(candle_rows(recorded), oracle_candles(recorded, 60))


@pytest.mark.lengthy
def test_rows_of_fractional_quantities() -> None:
    trades = session(seed=10, trades=600, hours=0.3)
    trades["qty"] /= 1000
    got = tape_rows(trades, until=int(trades["ts_ns"].iloc[-1]), step=(1, 1000))
    assert_rows_equal(got, oracle_rows(trades))


@pytest.mark.realdata
@pytest.mark.slow
def test_every_close_of_the_dollar_session(realdata: Path) -> None:
    trades = pd.read_parquet(realdata / "b3_dolk20_20200402_trades.parquet")
    got = tape_rows(trades, bounds=bounds_of(trades, "09:00-18:00"), until=int(trades["ts_ns"].iloc[-1]))
    assert_rows_equal(got, oracle_rows(trades, "09:00-18:00"))


@pytest.mark.realdata
@pytest.mark.slow
def test_every_close_of_an_option_tape_with_brokers(realdata: Path) -> None:
    trades = pd.read_parquet(realdata / "b3_petrl80_20151126_trades.parquet")
    bounds = bounds_of(trades, "10:00-17:00")
    got = tape_rows(trades, bounds=bounds, until=min(bounds[1], int(trades["ts_ns"].iloc[-1])), tick=(1, 100))
    assert_rows_equal(got, oracle_rows(trades, "10:00-17:00"))


@pytest.mark.lengthy
@pytest.mark.realdata
def test_every_trade_of_a_fractional_stock(realdata: Path) -> None:
    trades = pd.read_parquet(realdata / "b3_petr4f_20151103_trades.parquet")
    got = tape_rows(trades, at_trade=True, tick=(1, 100))
    assert_rows_equal(got, oracle_rows(trades, at="trade"))


@pytest.mark.realdata
@pytest.mark.parametrize("hours", ["none", "09:00-18:00"])
@pytest.mark.parametrize("name", ["b3_dolk20_20200402_m1", "b3_dolk20_m1_20200401_20200407"])
def test_every_recorded_minute_candle(realdata: Path, name: str, hours: str) -> None:
    recorded = pd.read_parquet(realdata / f"{name}.parquet")
    sessions = None
    if hours != "none":
        sessions = np.array(session_bounds(recorded["ts_ns"].to_numpy(), hours, SAO_PAULO), np.int64)
    assert_rows_equal(candle_rows(recorded, sessions=sessions), oracle_candles(recorded, 60, hours))


def test_batch_equals_streaming_bit_for_bit() -> None:
    stream = events(session(trades=1500, hours=0.5))
    whole, parts = feature_set(), feature_set()
    expected = frame(*whole.trades_to_rows(stream))
    pieces = [frame(*parts.trades_to_rows(piece)) for piece in np.array_split(stream, 37)]
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), expected, check_exact=True)


@pytest.mark.lengthy
@pytest.mark.parametrize("cut", [200, 777, 1200])
def test_poisoned_future_changes_nothing_before_it(cut: int) -> None:
    trades = session(trades=1500, hours=0.5)
    clean = tape_rows(trades)
    poison = trades.copy()
    poison.loc[cut:, ["price", "qty", "buyer", "trade_type", "aggressor"]] = [9000.0, 999.0, 77, 3, -1]
    before = clean["ts_ns"] <= trades["ts_ns"][cut]
    pd.testing.assert_frame_equal(tape_rows(poison)[before], clean[before], check_exact=True)
    assert not tape_rows(poison).equals(clean)


def test_whole_weeks_leave_everything_but_the_calendar() -> None:
    trades = session(trades=1500, hours=0.5)
    week = 7 * 86_400 * SECOND
    moved = trades.assign(ts_ns=trades["ts_ns"] + 3 * week)
    bounds = bounds_of(trades, "09:00-09:30")
    want = tape_rows(trades, bounds=bounds)
    got = tape_rows(moved, bounds=(bounds[0] + 3 * week, bounds[1] + 3 * week))
    pd.testing.assert_frame_equal(got.drop(columns="ts_ns"), want.drop(columns="ts_ns"), check_exact=True)
