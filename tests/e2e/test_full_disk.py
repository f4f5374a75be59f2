"""The whole program on a disk that gets full: entries stop, the position is closed and recorded, the end is clean."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from child import environment, on_a_small_disk

pytestmark = pytest.mark.slow


def test_a_disk_that_gets_full_while_a_position_is_open(tmp_path: Path) -> None:
    command = [*on_a_small_disk(tmp_path, 40), sys.executable, "-m", "e2e.full_disk", str(tmp_path)]
    done = subprocess.run(command, env=environment(), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "stopped 0"
