"""The set's doors: recorded candles, the watchdog, bad input."""
from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from oracle.doors import candle_rows, candles, feature_set, tape_rows
from oracle.synthetic import OPEN_NS, SECOND, events, session

from qt_core.features.registry import FEATURES, NAMES
from qt_core.features.set import FeatureSet


def warm(trades: pd.DataFrame) -> tuple[FeatureSet, int]:
    features = feature_set()
    tape_rows(trades, features=features)
    return features, int(trades["ts_ns"].iloc[-1])


# -- recorded candles -------------------------------------------------------------------------------------------------

def test_tape_columns_of_recorded_candles_are_nan() -> None:
    rows = candle_rows(candles(np.arange(100.0, 400.0)))
    for name in (NAMES[27], *NAMES[43:59]):
        assert rows[name].isna().all()


def test_unknown_split_makes_flow_nan_and_leaves_the_rest() -> None:
    rows = candle_rows(candles(np.arange(100.0, 400.0), buy=np.nan, sell=np.nan))
    assert rows[list(NAMES[20:26])].isna().all().all()
    assert rows["volume_weighted_return"].notna().sum() == 280


def test_intensity_of_recorded_candles_is_trades_per_second() -> None:
    rows = candle_rows(candles(np.arange(100.0, 400.0), trades=np.arange(300)))
    np.testing.assert_allclose(rows["trade_intensity"], np.arange(300) / 60)
    assert rows["trade_intensity_ratio"].first_valid_index() == 99


def test_each_session_of_recorded_candles_starts_anew() -> None:
    recorded = candles(np.arange(100.0, 160.0))
    first = int(recorded["ts_ns"][0])
    bounds = np.array([[first, first + 1200 * SECOND], [first + 1800 * SECOND, first + 3600 * SECOND]])
    rows = candle_rows(recorded, sessions=bounds)
    assert len(rows) == 20 + 30
    assert rows["returns_1"].isna().to_numpy().nonzero()[0].tolist() == [0, 20]
    assert rows["time_normalized"].iloc[0] == pytest.approx(0.05)


@pytest.mark.lengthy
def test_batch_of_candles_equals_one_by_one() -> None:
    recorded = candles(100 + np.cumsum(np.resize([0.5, -0.5, 1.0, 0.0, -0.5], 260)))
    batch, single = candle_rows(recorded), feature_set(60)
    single.open()
    for i, row in enumerate(recorded.itertuples(index=False)):
        single.push_candle(*row)
        np.testing.assert_array_equal(single.row(row.ts_ns + 60 * SECOND), batch[list(NAMES)].iloc[i])


@pytest.mark.lengthy
@pytest.mark.parametrize("change, message", [
    ({"high": 100.0}, "outside low and high"), ({"low": 102.0}, "outside low and high"), ({"open": 100.3}, "tick"),
    ({"close": np.nan}, "tick"), ({"low": -1.0}, "tick"), ({"volume": -1.0}, "volume"), ({"volume": np.nan}, "volume"),
    ({"volume": 1.5}, "volume"), ({"buy_volume": -2.0}, "volume"),
])
def test_impossible_candles_are_refused_with_their_row(change: dict[str, float], message: str) -> None:
    recorded = candles([100.0, 101.0, 102.0]).astype({"volume": float, "buy_volume": float})
    for name, value in change.items():
        recorded.loc[1, name] = value
    with pytest.raises(ValueError, match=rf"row 1: .*{message}"):
        candle_rows(recorded)


def test_candles_out_of_order_are_refused() -> None:
    recorded = candles([100.0, 101.0]).iloc[::-1].reset_index(drop=True)
    with pytest.raises(ValueError, match=r"row 1: .*start after"):
        candle_rows(recorded)


def test_huge_volumes_stay_exact() -> None:
    volume = np.resize([9e14, 9e14 + 1, 9e14 - 1], 120)
    rows = candle_rows(candles(np.arange(100.0, 220.0), volume))
    exact = [int(v) for v in volume[100:120]]
    mean = sum(exact) / 20
    spread = (20 * sum(v * v for v in exact) - sum(exact) ** 2) / (20 * 19)
    assert rows["volume_zscore_20"].iloc[-1] == pytest.approx((exact[-1] - mean) / spread**0.5, rel=1e-9)


# -- the watchdog -----------------------------------------------------------------------------------------------------

def test_nothing_is_frozen_in_a_lively_session() -> None:
    features, last = warm(session(trades=3000, hours=0.5))
    assert features.frozen(last) == []


def test_flow_without_aggressor_flags_is_frozen_after_a_minute_and_200_trades() -> None:
    lively = session(trades=3000, hours=0.5)
    unplugged = lively.assign(aggressor=0, trade_type=32)
    features, last = warm(unplugged)
    assert features.frozen(last) == [*NAMES[20:26]]


def test_a_market_at_one_price_freezes_no_price_column() -> None:
    features, last = warm(session(trades=3000, hours=0.5).assign(price=5000.0))
    assert not set(features.frozen(last)) & {f.name for f in FEATURES if f.moves_with == "close"}


def test_too_few_trades_freeze_nothing() -> None:
    features, last = warm(session(trades=150, hours=0.5).assign(aggressor=0, trade_type=32))
    assert features.frozen(last) == []


def test_flags_and_clock_are_never_frozen() -> None:
    one_sided = session(trades=3000, hours=0.5).assign(aggressor=1, trade_type=2, buyer=3, seller=8)
    features, last = warm(one_sided)
    assert not set(features.frozen(last)) & {f.name for f in FEATURES if f.exempt}


# -- the tape's edges -------------------------------------------------------------------------------------------------

def test_a_minute_with_more_prints_than_the_tape_is_unknown() -> None:
    trades = session(trades=3000, hours=0.1)
    small, large = feature_set(capacity=512), feature_set()
    gaps = np.diff(trades["ts_ns"], prepend=OPEN_NS) // np.resize([1] * 500 + [4] * 500, 3000)
    trades["ts_ns"] = OPEN_NS + np.cumsum(gaps)
    until = int(trades["ts_ns"].iloc[-1]) + 90 * SECOND
    got = tape_rows(trades, features=small, until=until)
    want = tape_rows(trades, features=large, until=until)
    lost = got["trade_intensity"].isna() & want["trade_intensity"].notna()
    assert lost.any() and small.overflows > 0 and large.overflows == 0
    kept = got["trade_intensity"].notna()
    np.testing.assert_array_equal(got["trade_intensity"][kept], want["trade_intensity"][kept])


def test_unknown_aggressor_is_nan_and_cross_is_neither() -> None:
    trades = session(trades=4)
    trades["trade_type"], trades["aggressor"] = [2, 1, 13, 32], [1, 0, 0, 0]
    rows = tape_rows(trades, at_trade=True)
    np.testing.assert_array_equal(rows["is_buyer_aggressor"], [1, 0, 0, np.nan])
    np.testing.assert_array_equal(rows["is_seller_aggressor"], [0, 0, 0, np.nan])


def test_fewer_than_five_brokers_leave_the_last_ranks_at_zero() -> None:
    rows = tape_rows(session(trades=400, hours=0.1, brokers=3))
    tail = rows.dropna(subset=["top_buyers_count"])
    assert len(tail) and (tail[["top_buyer_3_active", "top_buyer_4_active", "top_seller_3_active"]] == 0).all().all()
    assert (tail["top_buyers_count"] == tail[[f"top_buyer_{i}_active" for i in range(5)]].sum(axis=1)).all()


def test_no_trades_no_rows() -> None:
    features = feature_set()
    ts, rows = features.trades_to_rows(events(session(trades=1))[:0])
    assert len(ts) == 0 and rows.shape == (0, 65)
    assert np.isnan(features.row(OPEN_NS)[:59]).all()
