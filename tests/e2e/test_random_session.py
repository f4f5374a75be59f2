"""A random session ends equal to the exchange's own ledger, whatever happens to calls, channels and callbacks."""
from __future__ import annotations

import json
import subprocess
import sys

import child
import pytest
from e2e.random_session import FAULTS

#: What tells that a fault without a count of its own took place.
MARKS = {"the broker takes no orders",
         "position adopted from the broker: the broker's position is not explained by the orders"}
#: Not an occurrence but a way of writing: nothing counts it.
UNCOUNTED = ("none", "full_records")


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_books_and_exchange_end_equal(name: str) -> None:
    """In a process of its own: a library is used once."""
    done = subprocess.run([sys.executable, "-m", "e2e.random_session", "--orders", "1200", "--faults", name],
                          cwd=child.TESTS, env=child.environment(), capture_output=True, text=True, timeout=600,
                          check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["differences"] == [] and figures["exchange"]["orders"] >= 1200
    assert figures["exchange"]["reentrant"] == 0
    met = figures["exchange"]["faults"] or MARKS & figures["alerts"].keys()
    assert bool(met) is (name not in UNCOUNTED)
