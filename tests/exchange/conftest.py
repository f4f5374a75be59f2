"""A fresh session of the simulated exchange for each test, with the settings put back."""

from __future__ import annotations

from collections.abc import Iterator

import exchange_records  # noqa: F401 - adds its callbacks to the harness
import pytest
from exchange_harness import DEFAULTS, Exchange


@pytest.fixture
def sim() -> Iterator[Exchange]:
    """Held at `start` and as fast as it can, unless the test says otherwise."""
    exchange = Exchange()
    exchange.set(**DEFAULTS)
    exchange.faults("")
    yield exchange
    exchange.finish()
    exchange.faults("")
    assert exchange.stat("overflow") == 0
    assert exchange.stat("freepointer_faults") == 0
