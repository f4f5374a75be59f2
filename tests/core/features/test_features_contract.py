"""What every feature promises, found by introspection over the registry."""
from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from oracle.doors import candle_rows, candles, feature_set, tape_rows
from oracle.features_oracle import NAMES as ORACLE_NAMES
from oracle.synthetic import HOUR, OPEN_NS, SECOND, clock, events, session

from qt_core.features.registry import FEATURES, NAMES, Feature

MINUTE = 60 * SECOND
TAPE = [f for f in FEATURES if f.warmup_unit == "trades"]
CANDLES = [f for f in FEATURES if f.warmup_unit == "candles"]


@pytest.fixture(scope="module")
def trades() -> pd.DataFrame:
    """A lively session: prints every second or so, never silent for a whole candle in its first minutes."""
    return session(trades=6000, hours=1.0)


@pytest.fixture(scope="module")
def rows(trades: pd.DataFrame) -> pd.DataFrame:
    return tape_rows(trades, bounds=(OPEN_NS, OPEN_NS + HOUR))


def test_oracle_and_registry_name_the_same_columns() -> None:
    assert list(NAMES) == list(ORACLE_NAMES)


@pytest.mark.parametrize("feature", CANDLES, ids=lambda f: f.name)
def test_candle_warmup_is_exact(feature: Feature, rows: pd.DataFrame) -> None:
    first = rows[feature.name].first_valid_index()
    assert first == feature.warmup - 1
    assert rows[feature.name].iloc[first:].notna().all()


@pytest.mark.lengthy
@pytest.mark.parametrize("feature", TAPE, ids=lambda f: f.name)
def test_trade_warmup_is_exact(feature: Feature, trades: pd.DataFrame) -> None:
    known = trades[trades["trade_type"].isin([1, 2, 3, 13])]
    values = tape_rows(known.head(300), at_trade=True)[feature.name]
    assert values.first_valid_index() == feature.warmup - 1
    assert values.iloc[feature.warmup - 1:].notna().all()


def test_intensity_warmup_is_a_minute_after_the_first_trade(trades: pd.DataFrame, rows: pd.DataFrame) -> None:
    first = int(trades.loc[trades["trade_type"] != 4, "ts_ns"].iloc[0])
    warm = rows["ts_ns"] >= first + MINUTE
    assert (rows["trade_intensity"].notna() == warm).all()
    assert rows["trade_intensity_ratio"].first_valid_index() == warm.idxmax() + 99


@pytest.mark.parametrize("feature", [f for f in FEATURES if f.warmup_unit == "none"], ids=lambda f: f.name)
def test_calendar_has_no_warmup(feature: Feature, rows: pd.DataFrame) -> None:
    assert rows[feature.name].notna().all()


def test_reset_equals_new(trades: pd.DataFrame) -> None:
    used = feature_set()
    tape_rows(session(seed=9, trades=2000), features=used)
    pd.testing.assert_frame_equal(tape_rows(trades, features=used), tape_rows(trades), check_exact=True)


def test_no_window_crosses_a_session(trades: pd.DataFrame) -> None:
    features = feature_set()
    tape_rows(trades, features=features)
    again = tape_rows(session(seed=2, trades=30, hours=0.02), features=features)
    assert again["volatility_10"].iloc[:10].isna().all() and again["top_buyers_count"].isna().all()


def test_auction_prints_enter_nothing(trades: pd.DataFrame) -> None:
    without = trades[trades["trade_type"] != 4]
    pd.testing.assert_frame_equal(tape_rows(without), tape_rows(trades), check_exact=True)


@pytest.mark.lengthy
@pytest.mark.parametrize("factor", [2, 3, 10])
def test_scaled_prices_leave_the_first_24(factor: int, trades: pd.DataFrame) -> None:
    scaled = trades.assign(price=trades["price"] * factor)
    want, got = tape_rows(trades), tape_rows(scaled, tick=(factor, 2))
    np.testing.assert_array_equal(got[list(NAMES[:24])], want[list(NAMES[:24])])
    finer = tape_rows(scaled, tick=(1, 2))
    np.testing.assert_allclose(finer[list(NAMES[:24])], want[list(NAMES[:24])], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("factor", [2, 7, 1000])
def test_scaled_volumes_leave_the_ratios(factor: int, trades: pd.DataFrame) -> None:
    kept = [NAMES[i - 1] for i in (*range(21, 26), 27, *range(29, 35))]
    got = tape_rows(trades.assign(qty=trades["qty"] * factor))
    np.testing.assert_allclose(got[kept], tape_rows(trades)[kept], rtol=1e-9, atol=1e-12)


def test_signed_volume_is_in_contracts(trades: pd.DataFrame) -> None:
    scaled = tape_rows(trades.assign(qty=trades["qty"] / 8), step=(1, 8))
    np.testing.assert_array_equal(scaled["signed_volume"], tape_rows(trades)["signed_volume"] / 8)


def test_no_column_is_constant_but_the_exempt(rows: pd.DataFrame) -> None:
    constant = {name for name in NAMES if rows[name].dropna().nunique() < 2}
    assert constant <= {f.name for f in FEATURES if f.exempt}


def test_the_four_imbalances_differ(rows: pd.DataFrame) -> None:
    tail = rows.iloc[200:]
    names = [f"order_flow_imbalance_{n}" for n in (10, 20, 50, 100)]
    for i, one in enumerate(names):
        for other in names[i + 1:]:
            assert (tail[one] != tail[other]).mean() > 0.9


@pytest.mark.lengthy
@pytest.mark.parametrize("feature", [f for f in CANDLES if f.limit is not None], ids=lambda f: f.name)
def test_degenerate_windows_have_their_limit_and_are_counted(feature: Feature) -> None:
    features = feature_set(60)
    got = candle_rows(candles(np.full(260, 5000.0), 0.0, 0.0, 0.0, 0), features=features)[feature.name]
    assert (got.dropna() == feature.limit).all()
    assert features.degenerate()[feature.name] == got.notna().sum() == 260 - feature.warmup + 1


def test_lively_session_has_no_degenerate_window(trades: pd.DataFrame) -> None:
    features = feature_set()
    features.open()
    features.trades_to_rows(events(trades.head(2000)))
    counted = features.degenerate()
    assert set(counted) == {f.name for f in FEATURES if f.limit is not None}
    assert counted["volatility_ratio_100"] == 0


def test_bounded_statistics_stay_within_their_bounds(rows: pd.DataFrame) -> None:
    for n in (20, 50, 100):
        assert rows[f"volume_zscore_{n}"].abs().max() <= (n - 1) / np.sqrt(n) + 1e-12
        assert rows[f"order_flow_imbalance_{n}"].abs().max() <= 1
    assert rows["agent_turnover"].between(0, 2)[rows["agent_turnover"].notna()].all()
    assert rows["time_normalized"].between(0, 1).all()


def test_clock_closes_candles_without_prints(trades: pd.DataFrame) -> None:
    features = feature_set()
    features.open()
    ts, _ = features.trades_to_rows(np.concatenate([events(trades.head(1)), clock(OPEN_NS + 30 * SECOND)]))
    assert ts.tolist() == [OPEN_NS + 5 * SECOND * i for i in range(1, 7)]
