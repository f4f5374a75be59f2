"""Candles, tape, footprint and features against slow and obvious counts."""
from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from engine_told import NS, START, Engine, told

from qt_app.monitor.board import COURSE, ENOUGH, Features
from qt_core.features.registry import NAMES

DAY = 86_400 * NS


def test_overlapping_candles_are_kept_once_and_in_points() -> None:
    engine = Engine()
    rows = [(START + i * 5 * NS, 10_800 + i, 10_806 + i, 10_797 + i, 10_801 + i) for i in range(30)]
    monitor = told(engine.market(rows[:20]), engine.market(rows[10:25]), engine.market(rows[:30]))
    kept = monitor.candles.last(100)
    assert [c.start_ns for c in kept] == [row[0] for row in rows]
    assert [(c.open, c.high, c.low, c.close) for c in kept] == [tuple(v / 2 for v in row[1:]) for row in rows]


def test_footprints_are_the_sums_of_the_prints_and_say_when_some_are_missing() -> None:
    rng, engine = np.random.default_rng(4), Engine()
    times = np.sort(rng.integers(START + 5 * NS, START + 25 * NS, 300))
    prints = [(int(ts), int(rng.integers(10_800, 10_806)), int(rng.integers(1, 9)), int(rng.integers(-1, 2)))
              for ts in times]
    told_prints = [engine.market(prints=prints[max(0, end - 60):end], count=end) for end in range(40, 301, 20)]
    monitor = told(*told_prints)
    expected: dict[int, dict[float, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for ts, ticks, qty, side in prints:
        if side:
            expected[ts // (5 * NS) * 5 * NS][ticks / 2][side > 0] += qty
    assert {f.start_ns: f.levels for f in monitor.tape.footprints} == expected
    assert [f.whole for f in monitor.tape.footprints] == [False, True, True, True]   # joined within the first
    assert monitor.tape.missed == 0 and [p.ts_ns for p in monitor.tape.prints] == times.tolist()
    late = [(START + 26 * NS + i, 10_800, 1, 1) for i in range(60)]
    monitor = told(engine.market(prints=late, count=460), monitor=monitor)
    assert monitor.tape.missed == 100 and not monitor.tape.footprints[-1].whole


def test_a_new_session_counts_its_prints_from_the_beginning() -> None:
    engine = Engine()
    monitor = told(engine.market(prints=[(START + i, 10_800, 1, 1) for i in range(50)], count=900),
                   engine.market(prints=[(START + DAY + i, 10_800, 2, -1) for i in range(20)], count=20))
    assert monitor.tape.missed == 0 and sum(p.qty for p in monitor.tape.prints) == 90


def test_the_share_of_retail_prints() -> None:
    engine = Engine()
    monitor = told(engine.market(prints=[(START, 10_800, 3, 0), (START, 10_800, 9, 1)]))
    assert monitor.tape.rlp_share(13) == 0.25 and told(engine.market()).tape.rlp_share(13) is None


def test_distance_is_from_the_features_own_day() -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, (80, len(NAMES)))
    board = Features()
    for i, row in enumerate(values):
        board.take(NAMES, row.tolist(), START + i * NS)
    expected = (values[-1] - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    assert [board.tracks[name].z for name in NAMES] == pytest.approx(expected.tolist())
    assert len(board.tracks["returns_1"].course) == COURSE
    board.take(NAMES, values[0].tolist(), START + DAY)
    assert board.tracks["returns_1"].z is None


def test_too_little_or_nothing_that_moves_has_no_distance() -> None:
    board = Features()
    for i in range(ENOUGH + 5):
        board.take(NAMES, [float(i), *([1.0] * (len(NAMES) - 1))], START + i * NS)
        assert (board.tracks[NAMES[0]].z is None) == (i + 1 < ENOUGH)
    assert board.tracks[NAMES[1]].z is None


def test_unknown_values_are_holes_and_age_counts_from_the_last_change() -> None:
    board = Features()
    for i, value in enumerate((1.0, 1.0, None, None, 2.0, 2.0)):
        board.take(NAMES, [value] * len(NAMES), START + i * NS)
        assert board.unknown == (len(NAMES) if value is None else 0)
    track = board.tracks["hour"]
    assert list(track.course) == [1.0, 1.0, None, None, 2.0, 2.0] and track.changed_ns == START + 4 * NS
    assert track.spread.count == 4 and track.spread.mean == 1.5
