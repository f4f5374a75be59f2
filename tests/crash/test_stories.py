"""Random sessions of several lives; by hand ten thousand of them: ``python -m crash.stories``."""
from __future__ import annotations

import os
import sys

import pytest
from crash.jobs import apart
from crash.stories import made_up, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its lives are forks")


def test_a_seed_tells_one_story() -> None:
    assert made_up(7) == made_up(7) != made_up(8)


@pytest.mark.slow
def test_two_targets_alike_are_told_apart_after_a_death() -> None:
    """Both were sent, neither was named, and the broker took only the second."""
    (told,) = apart(run, 9278, 1, 1)
    assert told.broken == [] and told.died == 1


@pytest.mark.slow
def test_random_stories_keep_every_promise() -> None:
    told = apart(run, 1, 60, os.cpu_count() or 1)
    assert [t for t in told if t.broken] == []
    assert sum(t.died for t in told) > 30
    assert max(t.naked_s for t in told) < 10
    assert max(t.orphan_s for t in told) <= 1
