"""The name of a recording's content: equal for the same events, wherever they lie and however they were split."""
from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.replay.grid import Step, to_values
from qt_app.replay.reader import Recording
from qt_core._types import NO_PRICE, Kind

#: Begins every hash, so that another choice of columns can never give the same name.
FORMAT = b"qt-events/1\n"
_MARKET = (Kind.TRADE, Kind.HISTORY, Kind.LEVEL, Kind.ORDER, Kind.QUOTE)
_ROWS_AT_ONCE = 1 << 16

#: What counts of an event, little-endian and without gaps. ``price``, ``qty``, ``id`` and ``a`` hold the bits of a
#: float64 in points or contracts where they are a price or a quantity, so that the grid does not matter.
_CONTENT = np.dtype([("ts_ns", "<i8"), ("exch_ns", "<i8"), ("price", "<i8"), ("qty", "<i8"), ("id", "<i8"),
                     ("a", "<i8"), ("b", "<i4"), ("pos", "<i4"), ("kind", "u1"), ("code", "u1"), ("side", "i1"),
                     ("flags", "u1")])


def digest_of(recording: Recording) -> str:
    """SHA-256, in hex, over the events in their order.

    Names of files, parts, runs and symbols, numbers of rows (``seq``) and the grid that the prices were read on do not
    count; every time, price, quantity, side, broker, id and flag does.
    """
    found = hashlib.sha256(FORMAT)
    for first in range(0, len(recording.events), _ROWS_AT_ONCE):
        some = recording.events[first:first + _ROWS_AT_ONCE]
        found.update(_content(some, recording.tick, recording.qty_step).tobytes())
    return found.hexdigest()


def _content(events: NDArray[Any], tick: Step, qty_step: Step) -> NDArray[Any]:
    content = np.empty(len(events), _CONTENT)
    for name in _CONTENT.names or ():
        content[name] = events[name]
    market, quotes = np.isin(events["kind"], _MARKET), events["kind"] == Kind.QUOTE
    for name, rows, step in (("price", market, tick), ("a", quotes, tick), ("qty", market, qty_step),
                             ("id", quotes, qty_step)):
        content[name][rows] = _bits(events[name][rows], step)
    return content


def _bits(steps: NDArray[Any], step: Step) -> NDArray[np.int64]:
    """The float64 of each value as its bits; ``NO_PRICE`` stays what it is, which no positive price's bits are."""
    return np.where(steps == NO_PRICE, NO_PRICE, to_values(steps, step).view(np.int64))
