"""A short spell of the exchange's full load; tests/stress/exchange_load.py runs the long one."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import child
import pytest
from c import build as tools

LOAD = Path(__file__).with_name("exchange_load.py")
#: limits that a busy machine keeps: this proves that nothing is lost and nothing hangs, not how fast it is
LENIENT = ("--rate", "1000", "--budget-us", "200", "--patience", "60")


def run(*arguments: str) -> dict[str, object]:
    command = [sys.executable, str(LOAD), *LENIENT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=child.environment(LOAD.parent))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
def test_nothing_is_lost_while_python_burns_the_lock_and_orders_flow() -> None:
    found = run("--seconds", "15", "--speed", "2")  # the ring then bridges five seconds in which others have the cores
    assert (found["dropped"], found["refused"], found["arrays_kept"], found["reentrant"]) == (0, 0, 0, 0)


@pytest.mark.slow
@pytest.mark.native
def test_exchange_and_binding_have_no_data_race() -> None:
    if not tools.have("setarch"):
        pytest.skip("TSan needs fixed addresses: no setarch here")
    assert run("--seconds", "5", "--sanitize", "thread", "--speed", "2")["wrong"] == []
