"""The kill switch's bench: each trigger cancels everything that rests; how fast is for its figures to tell."""
from __future__ import annotations

from pathlib import Path

import pytest
from bench.kill_switch import ORDERS, measure


@pytest.mark.slow
def test_each_trigger_cancels_all_that_rests(tmp_path: Path) -> None:
    found = measure(6, tmp_path)
    assert [t.kind for t in found] == ["breaker", "halt"] * 3
    assert all(len(t.cancels) == ORDERS for t in found)
    assert all(t.took_ms > 0 for t in found)
