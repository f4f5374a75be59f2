"""``qt start --faults``: the whole system on a hostile exchange."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.installation import Installation

SCRIPT = """seed = 3
[[fault]]
kind = "drop"
callback = "trade"
{when}

[[fault]]
kind = "duplicate"
callback = "tiny"
every = 5
"""


def trades(qt: Installation, tmp_path: Path, when: str) -> int:
    path = tmp_path / "faults.toml"
    path.write_text(SCRIPT.format(when=when))
    done = qt.qt("start", "--speed", "0", "--start-time", "09:05", "--until", "09:06", "--faults", path)
    assert done.returncode == 0, done.stderr
    return int(json.loads((qt.run_folder() / "summary.json").read_text())["counters"]["trades"])


@pytest.mark.slow
def test_a_run_meets_the_faults_of_its_script(install: Callable[..., Installation], tmp_path: Path) -> None:
    qt = install()
    none = trades(qt, tmp_path, 'from = "18:00"')
    half = trades(qt, tmp_path, 'from = "09:05"\nevery = 2')
    assert none > half > 0
