"""The worlds are what they say: an edge where one was planted, none where not, and always synthetic."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qt_app.dataset.labels import label
from qt_app.dataset.session import SessionRows
from qt_app.errors import DataError
from qt_app.research.worlds import World, leaking, minute_rule, planted, random_walk
from qt_core.features.registry import NAMES

SMALL = World(seconds=4_000)
FLOW = NAMES.index("order_flow_imbalance_10")


def gains(sessions: list[SessionRows]) -> tuple[np.ndarray, np.ndarray]:
    """(order-flow imbalance, half the difference of a purchase's and a sale's gain) of every row."""
    rule = minute_rule()
    x = np.concatenate([one.rows[:, FLOW] for one in sessions])
    y = np.concatenate([(lambda o: (o.long_ticks - o.short_ticks) / 2)(label(one, rule)) for one in sessions])
    known = np.isfinite(x) & np.isfinite(y)
    return x[known], y[known]


def test_a_session_has_valid_rows_and_unique_days() -> None:
    made = planted(3, 1, world=SMALL)
    assert [one.day for one in made] == ["2026-08-03", "2026-08-04", "2026-08-05"]
    assert all(one.synthetic and len(one) == 799 for one in made)
    assert all(np.isfinite(one.rows[210:]).all() for one in made)
    assert len({one.digest for one in made}) == 3


def test_the_same_seed_makes_the_same_world() -> None:
    one, other, third = (random_walk(1, seed, SMALL)[0] for seed in (4, 4, 5))
    assert one.digest == other.digest != third.digest
    assert one.rows.tobytes() == other.rows.tobytes() and one.quotes.bid.tobytes() == other.quotes.bid.tobytes()


@pytest.mark.slow
def test_flow_leads_the_price_where_an_edge_was_planted_and_nowhere_else() -> None:
    x, y = gains(planted(4, 2, edge=8.0))
    assert np.corrcoef(x, y)[0, 1] > 0.4
    strong = y[x > np.quantile(x, 0.9)]
    assert strong.mean() > 1 + minute_rule().cost_ticks + 1    # beats spread, fees and a tick more
    x, y = gains(random_walk(4, 2))
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.1


def test_a_leak_is_the_future_and_only_in_its_column() -> None:
    made = random_walk(1, 3, SMALL)[0]
    leaky = leaking(made, "sharpe_20", minute_rule())
    outcome = label(made, minute_rule())
    at = NAMES.index("sharpe_20")
    known = outcome.resolved
    np.testing.assert_array_equal(leaky.rows[known, at], (outcome.long_ticks - outcome.short_ticks)[known] / 2)
    rest = np.delete(np.arange(len(NAMES)), at)
    np.testing.assert_array_equal(leaky.rows[:, rest], made.rows[:, rest])
    with pytest.raises(DataError, match="none of the 65"):
        leaking(made, "sharpe_21", minute_rule())


@pytest.mark.parametrize("edge", [-1.0, 31.0, float("nan")])
def test_an_edge_beyond_every_step_is_refused(edge: float) -> None:
    with pytest.raises(DataError, match="give 0 to 30"):
        replace(SMALL, edge=edge)
