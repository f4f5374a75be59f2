"""The whole proof, at its smallest: every world is seen for what it is."""
from __future__ import annotations

import numpy as np
import pytest
from tape_kit import walk

from qt_app.validation import self_check


@pytest.mark.slow
def test_every_truth_is_seen() -> None:
    checks = self_check.run(small=True, progress=lambda line: None)
    assert len(checks) == 5
    assert all(one.passed for one in checks), self_check.describe(checks)


def test_dealt_rows_are_the_same_rows_at_other_instants_of_any_session() -> None:
    sessions = [walk(seed, instants=50) for seed in range(3)]
    dealt = self_check.deal(sessions, 1)
    before, after = (np.concatenate([one.rows for one in some]) for some in (sessions, dealt))
    assert not (before == after).all()
    assert sorted(before[:, 0]) == sorted(after[:, 0])
    assert [one.quotes for one in dealt] == [one.quotes for one in sessions]
