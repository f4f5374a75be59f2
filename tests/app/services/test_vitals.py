"""Figures of the process and its machine, and a clock that jumps."""
from __future__ import annotations

from pathlib import Path

import pytest

from qt_app.home import Home
from qt_app.services.vitals import EVERY, Vitals


class Clocks:
    """Wall and monotonic time in a test's hands."""

    def __init__(self) -> None:
        self.mono_s, self.ahead_s = 100.0, 1_000_000.0

    def vitals(self, root: Path) -> Vitals:
        return Vitals(Home(root), lambda: self.mono_s + self.ahead_s, lambda: self.mono_s)


def test_memory_and_disk_are_known(tmp_path: Path) -> None:
    health = Clocks().vitals(tmp_path).read()
    assert health["rss_mb"] and health["disk_free_mb"] and health["rss_mb"] > 1
    assert (health["wrong_tokens"], health["recorder_failed"]) == (0, 0)


def test_a_folder_that_is_gone_leaves_the_disk_unknown(tmp_path: Path) -> None:
    assert Clocks().vitals(tmp_path / "gone").read()["disk_free_mb"] is None


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_a_clock_that_jumps_by_an_hour_shows_at_one_look(tmp_path: Path, jump_s: float) -> None:
    clocks = Clocks()
    vitals = clocks.vitals(tmp_path)
    seen = []
    for look in range(2 * EVERY):
        clocks.mono_s += 0.25
        clocks.ahead_s += jump_s if look == 3 else 0.0
        seen.append(vitals.read()["clock_jump_ms"])
    assert seen == [0.0] * 3 + [3_600_000.0] + [0.0] * 4
