"""A recording as a file that the simulated exchange plays: the header and events of ``include/qt_play.h``."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.instruments import Instrument, generic
from qt_app.replay import grid
from qt_app.replay.atomic import written_file
from qt_app.replay.reader import Events, Recording
from qt_app.replay.run import instrument_of
from qt_core._types import EVENT_DTYPE, Kind

#: ``qt_play_header_t``; every field is where the C compiler puts it.
HEADER_DTYPE = np.dtype([
    ("magic", "S8"), ("header_bytes", "<u4"), ("event_bytes", "<u4"), ("count", "<i8"), ("open_ns", "<i8"),
    ("close_ns", "<i8"), ("multiplier", "<f8"), ("tick_num", "<i4"), ("tick_den", "<i4"), ("lot", "<i4"),
    ("touch", "<i4"), ("symbol", "S32"), ("alias", "S24"), ("exchange", "S1"), ("zero", "V3"), ("multiple", "<i4")])
MAGIC = b"QTPLAY1"
#: What a recording can tell an exchange; connection notices and controls belong to the run that was recorded.
PLAYED = (Kind.TRADE, Kind.HISTORY, Kind.LEVEL, Kind.ORDER, Kind.QUOTE, Kind.PHASE)
#: Contracts assumed at a best price whose size was not recorded, and in front of an order when there is a tape alone.
TOUCH = 10
_ALIASED = ("WDO", "WIN", "DOL", "IND")

Header = NDArray[Any]   # of HEADER_DTYPE, one element


def play_header(contract: Instrument, count: int, session: tuple[int, int] | None = None, *, touch: int = TOUCH,
                exchange: str | None = None) -> Header:
    """The header of ``count`` events of a contract; ``session`` is its continuous trading, UTC ns.

    The interface counts whole contracts: where a lot is a fraction of one, a lot takes its place and money follows.
    Raises DataError when the symbol is too long for the interface.
    """
    if len(contract.symbol) > 15 or not contract.symbol.isascii():
        raise DataError(f"symbol {contract.symbol!r} is longer than 15 ASCII characters: rename it to play it")
    num, den = contract.qty_step
    opened, closed = session or (0, 0)
    alias = f"{contract.root}FUT" if contract.root in _ALIASED else ""
    header = np.zeros(1, HEADER_DTYPE)
    header[0] = (MAGIC, HEADER_DTYPE.itemsize, EVENT_DTYPE.itemsize, count, opened, closed,
                 contract.point_value_brl / den, *contract.tick, num, touch, contract.symbol.encode(), alias.encode(),
                 (exchange or contract.exchange or "B").encode(), b"", contract.min_lots * num)
    return header


def play_events(recording: Recording) -> Events:
    """What of a recording can be played, in the order of time: a backfill's prints come first, none of them twice.

    Raises DataError when nothing is left.
    """
    events = _sound(recording)
    events = events[np.isin(events["kind"], PLAYED)]
    if not len(events):
        raise DataError(f"{recording.symbol}: the recording holds neither prints, nor book rows, nor quotes to play")
    ordered = events[np.argsort(events["ts_ns"], kind="stable")].copy()
    ordered["recv_ns"] = 0
    ordered["symbol"] = 0
    return ordered[~_repeated(ordered)]


def _sound(recording: Recording) -> Events:
    """Without the rows that no market table could hold, such as the end of a backfill, or what the run's own book
    refused: they lie in the control table, where phases lie too."""
    numbers = [source.columns["seq"] for source in recording.sources if source.kind == "control"]
    if not numbers:
        return recording.events
    sound: Events = recording.events[~np.isin(recording.seq, numbers) | (recording.events["kind"] == Kind.PHASE)]
    return sound


def _repeated(events: Events) -> NDArray[np.bool_]:
    """Live prints that the backfill holds as well."""
    past = events["kind"] == Kind.HISTORY
    known = events["id"][past & (events["id"] > 0)]
    repeated: NDArray[np.bool_] = (events["kind"] == Kind.TRADE) & np.isin(events["id"], known)
    return repeated


def write_play(path: Path, recording: Recording, session: tuple[int, int] | None = None, *, touch: int = TOUCH,
               exchange: str | None = None, contract: Instrument | None = None) -> int:
    """Write the recording as a file for the exchange's key ``play``; returns the number of events.

    ``session`` defaults to the one that the recording noted around its first event, else to all of its time.
    ``contract`` defaults to the B3 contract of its symbol, ``exchange`` to the contract's letter, else "B".
    """
    events = play_events(recording)
    header = play_header(contract or instrument_of(recording), len(events), session or _noted(recording, events),
                         touch=touch, exchange=exchange)
    with written_file(path) as temporary, temporary.open("wb") as out:
        out.write(header.tobytes())
        out.write(events.tobytes())
    return len(events)


def _noted(recording: Recording, events: Events) -> tuple[int, int] | None:
    first, last = int(events["ts_ns"][0]), int(events["ts_ns"][-1])
    sessions = recording.sessions
    for opened, closed in () if sessions is None else sessions:
        if opened <= last and first < closed:
            return int(opened), int(closed)
    return None


@dataclass(frozen=True, slots=True)
class PlayFile:
    """What a file for the key ``play`` says of itself; times are UTC ns."""

    contract: Instrument
    session: tuple[int, int] | None    # None: from its first to its last event
    first_ns: int
    last_ns: int


def read_play(path: Path) -> PlayFile:
    """The head of a file that the exchange took, and its first and last event. Raises DataError when it is none."""
    try:
        header = np.fromfile(path, HEADER_DTYPE, 1)
        stamps = np.memmap(path, EVENT_DTYPE, "r", HEADER_DTYPE.itemsize)["ts_ns"]
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not a file to play: {error}; write it with write_play") from error
    if not len(header) or header[0]["magic"] != MAGIC:
        raise DataError(f"{path}: not a file to play: it does not begin with {MAGIC.decode()}; write it with "
                        "write_play")
    hours = int(header[0]["open_ns"]), int(header[0]["close_ns"])
    return PlayFile(_contract(header[0]), hours if all(hours) else None, int(stamps[0]), int(stamps[-1]))


def _contract(head: np.void) -> Instrument:
    """The contract as the interface tells it: whole contracts, in lots of as many."""
    symbol, exchange = head["symbol"].decode(), head["exchange"].decode()
    tick, step = (int(head["tick_num"]), int(head["tick_den"])), (int(head["lot"]), 1)
    known = grid.contract(symbol)
    if known is not None and (known.tick, known.qty_step, known.point_value_brl) == (tick, step, head["multiplier"]):
        return replace(known, exchange=exchange)
    made = generic(symbol, tick, step, float(head["multiplier"]))
    return replace(made, exchange=exchange, min_lots=max(1, int(head["multiple"]) // step[0]))
