"""The course of a day against slow and obvious counts, and that it stays small."""
from __future__ import annotations

import numpy as np
import pytest

from qt_app.services.course import BAR_NS, BARS, POINTS, Bars, Curve, Spreads
from qt_app.services.day import COURSE, Day
from qt_core.features.registry import NAMES

NS = 1_000_000_000
START = 1_795_095_000 * NS      # 19/11/2026 10:30:00 in Sao Paulo


def test_spreads_are_those_of_all_known_values_and_changes_are_seen() -> None:
    rows = np.random.default_rng(2).normal(3.0, 2.0, (300, len(NAMES))).round(1)
    rows[np.random.default_rng(3).random(rows.shape) < 0.2] = np.nan
    rows[:, 0], rows[40:, 1] = np.nan, 5.0
    spreads = Spreads()
    for i, row in enumerate(rows):
        spreads.add(i, row)
    told = spreads.told()
    assert told["count"].tolist() == np.isfinite(rows).sum(axis=0).tolist()
    known = rows[:, 1:]
    for name, expected in (("mean", np.nanmean(known, axis=0)), ("min", np.nanmin(known, axis=0)),
                           ("max", np.nanmax(known, axis=0)),
                           ("squares", np.nanvar(known, axis=0) * np.isfinite(known).sum(axis=0))):
        assert told[name][1:] == pytest.approx(expected)
    assert told["changed_ns"][:2].tolist() == [0, 40] and np.isnan(told["min"][0])


@pytest.mark.parametrize("count", [1, 2, POINTS, 5 * POINTS + 3])
def test_a_curve_is_thinned_evenly_and_ends_with_the_newest(count: int) -> None:
    curve = Curve()
    for i in range(count):
        curve.add(i, i / 2)
    told = curve.told()
    assert told[0] == (0, 0.0) and told[-1] == (count - 1, (count - 1) / 2) and len(told) <= 2 * POINTS
    assert len(set(np.diff([ts for ts, _ in told[:-1]]).tolist())) <= 1


def test_bars_are_the_candles_of_their_minutes_however_often_those_come() -> None:
    rng = np.random.default_rng(5)
    first = START // BAR_NS * BAR_NS
    candles = {name: rng.integers(1, 100, 60).tolist() for name in Bars.COLUMNS} | {
        "start_ns": [first + i * 5 * NS for i in range(60)]}
    bars = Bars()
    for end in range(7, 61, 7):
        bars.add({name: column[max(0, end - 20):end] for name, column in candles.items()})
    bars.add(candles, since_ns=0)
    rows = {name: np.array(column).reshape(5, 12) for name, column in candles.items()}
    expected = [rows["start_ns"][:, 0], rows["open"][:, 0], rows["high"].max(1), rows["low"].min(1),
                rows["close"][:, -1], *(rows[name].sum(1) for name in ("volume", "buy", "sell"))]
    assert bars.rows() == [tuple(row) for row in np.array(expected).T.tolist()]
    other = Bars()
    other.take(bars.told(), bars.until_ns)
    other.add(candles)
    assert other.rows() == bars.rows()


def test_a_long_day_stays_small() -> None:
    bars = Bars()
    for minute in range(BARS + 50):
        bars.add({name: [minute * BAR_NS] for name in Bars.COLUMNS})
    assert len(bars.rows()) == BARS and bars.rows()[-1][0] == (BARS + 49) * BAR_NS


def test_another_day_begins_anew() -> None:
    day, row = Day(), np.ones(len(NAMES))
    candles = np.zeros(1, dtype=[(name, np.int64) for name in Bars.COLUMNS])
    candles["start_ns"] = START
    for i in range(COURSE + 10):
        day.row(START + i * NS, row)
    day.look(START, 2.5, candles)
    fill = {"ts_ns": START}
    told = day.told([fill])
    assert told["spread"]["count"][0] == COURSE + 10 and len(told["rows"]["ts_ns"]) == COURSE
    assert told["fills"] == [fill]
    assert told["curve"] == [(START, 2.5)] and told["bars"]["start_ns"] == [START // BAR_NS * BAR_NS]
    day.row(START + 86_400 * NS, row)
    day.look(START + 86_400 * NS, None, candles)    # yesterday's candle again
    told = day.told([fill])
    assert told["spread"]["count"][0] == 1 and not (told["fills"] or told["curve"] or told["bars"]["start_ns"])
