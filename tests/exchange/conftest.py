"""A fresh session of the simulated exchange for each test, with the settings put back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from exchange_harness import Exchange

DEFAULTS = {
    "seed": 1,
    "day": "2026-11-18",
    "open": "09:00",
    "close": "18:30",
    "start": "10:30",
    "until": "close",
    "symbol": "WDOZ26",
    "start_price": 0,
    "speed": 0,
    "activity": 1,
    "pages": 500,
    "hold": 1,
}


@pytest.fixture
def sim() -> Iterator[Exchange]:
    """Held at `start` and as fast as it can, unless the test says otherwise."""
    exchange = Exchange()
    exchange.set(**DEFAULTS)
    yield exchange
    exchange.finish()
    assert exchange.stat("overflow") == 0
    assert exchange.stat("freepointer_faults") == 0
