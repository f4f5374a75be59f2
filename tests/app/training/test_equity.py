"""Money beside the log-loss: one position at a time, costs always on, equal to a slow and obvious loop."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.training.equity import NEVER, best_threshold, by_session, sharpe, trade
from qt_app.training.samples import Sample


def sample(seed: int, rows: int = 60, long: float | None = None) -> tuple[Sample, np.ndarray]:
    rng = np.random.default_rng(seed)
    ts = np.cumsum(rng.integers(1, 5, rows))
    gains = rng.integers(-5, 6, (2, rows)).astype(np.float64)
    if long is not None:
        gains[0], gains[1] = long, -long
    made = Sample(ts, np.zeros((rows, 1), np.float32), np.ones(rows, np.int64), np.ones(rows),
                  ts + rng.integers(1, 20, rows), gains[0], gains[1])
    return made, rng.dirichlet([0.5, 0.5, 0.5], rows)


def slow(s: Sample, p: np.ndarray, threshold: float, cost: float) -> list[tuple[int, float]]:
    done, free_at = [], 0
    for i in range(len(s)):
        side = int(p[i].argmax())
        if side != 1 and p[i].max() >= threshold and s.ts_ns[i] >= free_at:
            done.append((i, (s.long_ticks if side == 2 else s.short_ticks)[i] - cost))
            free_at = s.end_ns[i]
    return done


@pytest.mark.lengthy
@given(seed=st.integers(0, 10_000), threshold=st.floats(0.3, 1.0), cost=st.floats(0.0, 3.0))
def test_trades_equal_the_slow_loop(seed: int, threshold: float, cost: float) -> None:
    s, p = sample(seed)
    found = trade(s, p, threshold, cost)
    assert list(zip(found.row.tolist(), found.net.tolist(), strict=True)) == slow(s, p, threshold, cost)


def test_nothing_is_traded_above_every_probability() -> None:
    s, p = sample(1)
    assert len(trade(s, p, NEVER, 0.5).row) == 0
    assert by_session([s, s], [p, p], NEVER, 0.5).tolist() == [0.0, 0.0]


def test_the_sharpe_ratio_is_by_session() -> None:
    assert sharpe(np.array([1.0, 2.0, 3.0])) == pytest.approx(2.0)
    assert sharpe(np.array([1.0])) is None
    assert sharpe(np.array([1.0, 1.0])) is None


def test_the_threshold_is_where_trades_pay_or_nowhere() -> None:
    pays, p = sample(2, long=2.0)
    long_only = np.column_stack([np.zeros(60), 1 - p.max(axis=1), p.max(axis=1)])
    assert best_threshold([pays, pays], [long_only, long_only], 0.5) < 1.0
    assert best_threshold([pays, pays], [long_only, long_only], 2.5) == NEVER
    assert best_threshold([pays, pays], [long_only[:, ::-1], long_only[:, ::-1]], 0.5) == NEVER
