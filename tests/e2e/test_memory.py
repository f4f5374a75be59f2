"""A long session needs no more memory than a short one."""
from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from e2e.installation import UNBROKEN, Installation, until

from qt_app.services.lock import running

#: What an hour may add after its first quarter. It is a bound on growth, not a goal: the figures are printed.
GROWTH_MB = 20.0


@pytest.mark.slow
def test_memory_stays_flat_over_a_simulated_hour(install: Callable[..., Installation], capsys: Any) -> None:
    qt = install(MIN_CONFIDENCE="0.40", MAX_DAILY_TRADES="500", **UNBROKEN)
    qt.start("--speed", 60, "--until", "11:45")
    samples: dict[str, tuple[float, float]] = {}

    def over() -> bool:
        if qt.home.metrics.exists():
            document = json.loads(qt.home.metrics.read_bytes())
            if document["event_time"]:
                samples[document["written_at"]] = (minutes(document["event_time"]), document["process"]["rss_mb"])
        return running(qt.home) is None

    until("the session's end", over, 300)
    warm = [rss for at, rss in samples.values() if at >= 15]
    quarters = [[rss for at, rss in samples.values() if low <= at < low + 15] for low in range(0, 75, 15)]
    with capsys.disabled():
        print("\nresident MB per quarter of an hour (median, max):",
              ", ".join(f"{sorted(q)[len(q) // 2]:.0f}, {max(q):.0f}" for q in quarters if q))
    assert len(warm) >= 20
    third = len(warm) // 3
    assert median(warm[-third:]) - median(warm[:third]) < GROWTH_MB
    assert max(warm) - median(warm[:third]) < 2 * GROWTH_MB


def minutes(event_time: str) -> float:
    """Market minutes since the session was joined at 10:30."""
    at = dt.datetime.fromisoformat(event_time)
    return at.hour * 60 + at.minute + at.second / 60 - 630


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
