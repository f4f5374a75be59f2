"""The real program on a simulator account, killed again and again: its books end equal to the exchange's."""
from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from crash.day import EAGER, spend
from e2e.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="the supervisor's signals")]


def test_an_hour_with_kills_ends_equal_to_the_exchange(install: Callable[..., Installation]) -> None:
    """The whole day is run by hand: ``python -m crash.day``."""
    day = spend(install(**EAGER), "11:30", 60, seed=1, every_s=10)
    assert day.differences == []
    assert day.kills >= 2
    assert day.ours is not None and day.ours.lots > 10
