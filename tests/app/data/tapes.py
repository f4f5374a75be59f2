"""Recordings for the tests of the catalogue: invented events, as the recorder writes them."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from app.replay import files
from numpy.typing import NDArray

from qt_app.data.digest import digest_of
from qt_app.replay.reader import Recording
from qt_app.replay.recorder import Recorder
from qt_core._types import EVENT_DTYPE, Flag, Kind
from qt_core.ring import Ring

__all__ = ["digest_of", "history", "market", "record", "recording", "rest_of"]

Events = NDArray[Any]


def record(folder: Path, events: Events, symbol: str = "DOLK20", *, run: str = "r1", synthetic: bool = False,
           part_events: int = 100_000, capacity: int = 1 << 14, **options: Any) -> None:
    """The events as one recorded run below ``folder``, in parts of ``part_events``."""
    ring = Ring(capacity)
    meta = {"run_id": run, **options.pop("meta", {})}
    recorder = Recorder(folder, symbol, ring, tick=(1, 2), qty_step=(1, 1), synthetic=synthetic, meta=meta,
                        part_events=part_events, **options)
    for first in range(0, len(events), part_events):
        ring.push(events[first:first + part_events])
        recorder.drain()
    recorder.flush()


def rest_of(recording: Recording) -> tuple[Any, ...]:
    """The fields after events and seq, to build a changed copy."""
    return (recording.symbol, recording.tick, recording.qty_step, recording.grid_source, recording.synthetic,
            recording.metadata, recording.sources, recording.merged_by, recording.missing)


def market(n: int = 60, *, at_s: int = 0) -> Events:
    """Trades, quotes and clock events in turn, one a second, the same every time."""
    k = np.arange(n)
    events = np.zeros(n, EVENT_DTYPE)
    events["pos"] = -1
    events["ts_ns"] = events["exch_ns"] = files.T0 + (at_s + k) * files.SECOND
    events["kind"] = np.array([Kind.TRADE, Kind.QUOTE, Kind.CLOCK])[k % 3]
    traded, quoted = events["kind"] == Kind.TRADE, events["kind"] == Kind.QUOTE
    for name, values in (("price", 10_500 + k % 7), ("qty", 1 + k % 5), ("code", 2 + k % 2), ("side", 1 - 2 * (k % 2)),
                         ("a", 3), ("b", 8), ("id", 10 * (k + 1))):
        events[name] = np.where(traded, values, 0)
    for name, values in (("price", 10_499 + k % 7), ("a", 10_501 + k % 7), ("qty", 5), ("id", 6)):
        events[name] = np.where(quoted, values, events[name])
    return events


def history(events: Events) -> Events:
    """The prints of the events as the answer to a history request, with its end marker."""
    past = events[events["kind"] == Kind.TRADE].copy()
    past["kind"] = Kind.HISTORY
    past["flags"][-1] |= Flag.DONE
    return past


def recording(events: Events) -> Recording:
    """The events as if they had been read, without any file."""
    return Recording(events, np.arange(len(events)) + 1, "DOLK20", (1, 2), (1, 1), "metadata", False, {}, (), "seq", 0)
