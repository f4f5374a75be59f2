"""The search for leaky columns: honest ones pass, whatever they know of the past; planted ones are named."""
from __future__ import annotations

import numpy as np
import pytest
from tape_kit import later_mid, walk

from qt_app.validation.columns import Sample, Target, examine, move_targets, suspects
from qt_core.features.registry import NAMES

HONEST = ("returns_1", "returns_5", "returns_20", "order_flow_imbalance_10")


def table(sessions: list, extra: dict[str, list[np.ndarray]]) -> tuple[list[str], np.ndarray, np.ndarray, list[Target]]:
    columns = np.concatenate([s.rows[:, [NAMES.index(n) for n in HONEST]] for s in sessions])
    planted = [np.concatenate(parts) for parts in extra.values()]
    session = np.repeat(np.arange(len(sessions)), [len(s) for s in sessions])
    targets = move_targets([(s, np.arange(len(s))) for s in sessions])
    return [*HONEST, *extra], np.column_stack([columns, *planted]), session, targets


def named(sessions: list, **extra: list[np.ndarray]) -> list[str]:
    names, columns, session, targets = table(sessions, extra)
    return suspects(examine(names, columns, Sample(session, np.ones(len(session))), targets, seed=1))


def test_honest_columns_of_a_random_walk_pass() -> None:
    assert named([walk(seed) for seed in range(8)]) == []


def test_honest_columns_with_an_edge_pass_because_they_know_the_past_as_well() -> None:
    assert named([walk(seed, drive=0.7) for seed in range(8)]) == []


@pytest.mark.parametrize(("seconds", "noise"), [(1, 1.5), (5, 3.0), (20, 10.0)])
def test_a_column_that_peeks_is_named_and_no_other(seconds: float, noise: float) -> None:
    sessions = [walk(seed) for seed in range(8)]
    random = np.random.default_rng(9)
    peek = [later_mid(s, seconds) - later_mid(s, 0) + random.normal(0, noise, len(s)) for s in sessions]
    assert named(sessions, peek=peek) == ["peek"]


def test_a_column_that_sees_one_second_ahead_beside_its_past_is_named() -> None:
    """The commonest leak: the candle that still forms."""
    sessions = [walk(seed) for seed in range(8)]
    forming = [later_mid(s, 2) - later_mid(s, -1) for s in sessions]
    assert named(sessions, forming=forming) == ["forming"]


def test_a_peek_that_tells_too_little_is_beyond_this_test() -> None:
    sessions = [walk(seed) for seed in range(8)]
    random = np.random.default_rng(9)
    weak = [later_mid(s, 1) - later_mid(s, 0) + random.normal(0, 8.0, len(s)) for s in sessions]
    assert named(sessions, weak=weak) == []


def test_missing_values_and_constant_columns_are_examined_too() -> None:
    sessions = [walk(seed) for seed in range(4)]
    holes = [np.where(np.arange(len(s)) % 3 == 0, np.nan, later_mid(s, 5) - later_mid(s, 0)) for s in sessions]
    assert named(sessions, holes=holes, constant=[np.ones(len(s)) for s in sessions]) == ["holes"]
