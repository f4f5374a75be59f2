"""The journal's measurement measures; what it says depends on the disk."""
from __future__ import annotations

from pathlib import Path

import pytest
from bench.journal_pace import measure


@pytest.mark.slow
def test_the_pace_is_told(tmp_path: Path) -> None:
    lines = measure(tmp_path)
    assert [line.split()[0] for line in lines] == ["put", "barrier", "many"]
