"""A generated session as a feed of its own, for training and measurements: held until everything is subscribed."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qt_app.feed.profit import ProfitFeed, Subscription, exchange_library
from qt_app.instruments import Instrument

#: Events that must fit while a fast market runs ahead of its reader.
RING = 1 << 17


@contextmanager
def simulated_feed(instrument: Instrument, *, day: str, seed: int, start: str, speed: float, until: str,
                   activity: float = 1.0) -> Iterator[ProfitFeed]:
    """Started when entered, stopped when left. ``start`` and ``until`` are HH:MM:SS of the market's own clock."""
    settings = {"seed": str(seed), "day": day, "start": start, "speed": f"{speed:g}", "until": until,
                "activity": f"{activity:g}", "symbol": instrument.symbol, "hold": "1"}
    feed = ProfitFeed(exchange_library(), instrument, settings=settings, subscription=Subscription(),
                      ring_capacity=RING)
    feed.start()
    try:
        assert feed.dll is not None
        feed.dll.sim_release()
        yield feed
    finally:
        feed.stop()
