"""Sessions that the simulated exchange generates, through the same door as recorded ones; all of them synthetic."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import orjson

from qt_app.calendar import bounds, session_on_or_after, sessions_between
from qt_app.dataset.build import Instants, build
from qt_app.dataset.session import SessionRows
from qt_app.feed.simulated import simulated_feed
from qt_app.fees import as_date
from qt_app.instruments import Instrument
from qt_app.replay.reader import Events, Recording
from qt_core._types import EVENT_DTYPE
from qt_core.engine import Engine
from qt_core.ring import Ring

#: Resolved events between two looks into the ring; a call of the engine makes fewer than that.
_RING = 1 << 16


def generated_sessions(contract: Instrument, day: str, seeds: Sequence[int], instants: Instants, *,
                       until: str = "18:30:00", activity: float = 1.0,
                       progress: Callable[[int, int], None] | None = None) -> Iterator[SessionRows]:
    """One session per seed, from the open, on successive trading days from ``day`` on; ``until`` HH:MM:SS of each."""
    days = trading_days(day, len(seeds))
    for at, (seed, date) in enumerate(zip(seeds, days, strict=True)):
        recording = generated_recording(contract, date.isoformat(), seed, until=until, activity=activity)
        yield from build(recording, instants, contract=contract, source=f"simulated exchange, seed {seed}")
        if progress is not None:
            progress(at + 1, len(seeds))


def generated_recording(contract: Instrument, day: str, seed: int, *, until: str, activity: float = 1.0) -> Recording:
    """The resolved events of one generated session, as a recorder would have kept them."""
    grid = np.array([bounds(contract.root, dt.date.fromisoformat(day))], np.int64)
    engine = Engine(tick=contract.tick, qty_step=contract.qty_step, sessions=grid, features=False, readings=False)
    engine.sink = Ring(_RING)
    kept: list[Events] = []
    with simulated_feed(contract, day=day, seed=seed, start="09:00:00", speed=0.0, until=until,
                        activity=activity) as feed:
        while not feed.finished():
            engine.drain(feed.ring)
            engine.notices()
            if engine.sink.fill > _RING // 2:
                kept.append(engine.sink.pop(_RING))
        kept.append(engine.sink.pop(_RING))
    events = _joined(kept)
    events["recv_ns"] = events["symbol"] = 0    # of this process, not of the market
    metadata = {"sessions": orjson.dumps(grid.tolist()).decode(), "calendar": "b3"}
    return Recording(events, np.arange(1, len(events) + 1), contract.symbol, contract.tick, contract.qty_step,
                     "generated", True, metadata, (), "seq", engine.sink.dropped)


def _joined(parts: list[Events]) -> Events:
    """The parts in one array; each is let go as soon as it is copied, for a day has some hundred megabytes."""
    at = sum(map(len, parts))
    events: Events = np.empty(at, EVENT_DTYPE)
    while parts:
        part = parts.pop()
        at -= len(part)
        events[at:at + len(part)] = part
    return events


def trading_days(first: str, count: int) -> list[dt.date]:
    """``count`` trading days of B3, from the first on or after a day."""
    day = session_on_or_after(as_date(first))
    return list(sessions_between(day, day + dt.timedelta(days=2 * count + 15)))[:count]
