"""Regimes and their weights."""
from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from qt_app.agents.coordinator import AGENTS, WEIGHTS, Coordinator, regime
from qt_app.errors import ConfigError
from qt_app.replay.reader import read_events
from qt_core.engine import Engine
from qt_core.features.registry import NAMES


@pytest.mark.parametrize(("ratio", "trend", "expected"), [
    (0.8, 0.2, "quiet"), (1.0, 0.2, "normal"), (1.0, 1.5, "trending"), (0.5, -2.0, "trending"), (1.3, 0.0, "volatile"),
    (2.0, 3.0, "volatile"), (math.nan, 0.0, "unknown"), (1.0, math.nan, "unknown"),
])
def test_regime_by_rule(ratio: float, trend: float, expected: str) -> None:
    assert regime(ratio, trend) == expected
    assert regime(ratio, -trend) == expected


def test_every_row_of_the_table_sums_to_one_and_unknown_is_the_default() -> None:
    for row in WEIGHTS.values():
        assert math.fsum(row) == pytest.approx(1.0, abs=1e-12)
        assert min(row) > 0.0
    assert WEIGHTS["unknown"] == WEIGHTS["normal"] == (0.30, 0.20, 0.25, 0.25)


def test_weights_follow_the_order_of_the_agents() -> None:
    values = [1.0] * len(NAMES)
    values[NAMES.index("sharpe_20")] = 2.0
    backwards = Coordinator(AGENTS[::-1], NAMES).weights(values)
    assert backwards == WEIGHTS["trending"][::-1]


def test_agents_outside_the_table_share_equally() -> None:
    assert Coordinator(("one", "two"), NAMES).weights([math.nan] * len(NAMES)) == (0.5, 0.5)


def test_missing_feature_stops_the_boot() -> None:
    with pytest.raises(ConfigError, match="volatility_ratio_20"):
        Coordinator(AGENTS, ["returns_1"])


@pytest.mark.realdata
def test_every_regime_occurs_in_a_recorded_session_and_normal_prevails(realdata: Path) -> None:
    recording = read_events(trades=realdata / "b3_dolk20_20200402_trades.parquet")
    engine = Engine(tick=(1, 2), sessions=None, sample="close", readings=False)
    rows = np.empty((10_000, len(NAMES)))
    _, written = engine.rows(recording.events, np.empty(10_000, dtype=np.int64), rows)
    ratio, trend = (rows[:written, NAMES.index(name)] for name in Coordinator.inputs)
    seen = [regime(*pair) for pair in zip(ratio.tolist(), trend.tolist(), strict=True)]
    assert set(seen) == set(WEIGHTS)
    assert max(WEIGHTS, key=seen.count) == "normal"
