"""Rows and quotes of a recording, by the engine that runs live: what is known at T depends on events before T alone."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qt_app.data.digest import digest_of
from qt_app.dataset.session import Floats, Ints, Quotes, SessionRows
from qt_app.errors import DataError
from qt_app.instruments import Instrument
from qt_app.replay.hours import SessionSpec
from qt_app.replay.reader import Recording, refuse_crossed
from qt_app.replay.run import instrument_of, sessions_of
from qt_app.zone import local_time
from qt_core.engine import Engine
from qt_core.features.registry import NAMES, schema_id
from qt_core.quote_path import QuotePath
from qt_core.readings.registry import NAMES as READINGS

#: (events done, events in all).
Progress = Callable[[int, int], None]

_ROWS_AT_ONCE = 4096
_EVENTS_AT_ONCE = 1 << 17


@dataclass(frozen=True, slots=True)
class Instants:
    """When a row falls due, as the run's configuration has it: candles of one length, a decision each ``every_ns``."""

    candle_ns: int
    every_ns: int


def build(recording: Recording, instants: Instants, *, session: SessionSpec | None = None,
          contract: Instrument | None = None, source: str | None = None,
          progress: Progress | None = None) -> list[SessionRows]:
    """The sessions of a recording that have a row, in the order of time.

    ``session`` and ``contract`` default to what was recorded. Raises DataError for a recording that cannot be trusted:
    one with missing events, a crossed book, no quotes, or nothing inside a session.
    """
    name = source or _source(recording)
    if recording.missing:
        raise DataError(f"{name}: {recording.missing} events are missing, so its rows would not be what the run saw; "
                        "leave this recording out")
    hours, calendar = sessions_of(recording, session)
    refuse_crossed(recording, hours)
    run = _run(recording, instants, hours, progress)
    found = _facts(recording, contract or instrument_of(recording), schema_id(instants.candle_ns / 1e9, calendar), name)
    made = [_session(run, found, bounds) for bounds in _bounds(recording, hours)]
    kept = [one for one in made if len(one)]
    if not kept:
        raise DataError(f"{name}: no decision instant lies inside a session; give its hours with --session")
    if not any(len(one.quotes.ts_ns) > 1 for one in kept):
        raise DataError(f"{name}: no quote stood inside a session, and labels need prices that one could trade at; "
                        "give book or L1 files beside the trades")
    return kept


# -- through the engine


@dataclass(frozen=True, slots=True)
class _Run:
    """All that the engine said, whatever session it belongs to."""

    ts_ns: Ints
    rows: Floats
    readings: Floats
    quotes: Quotes


def _run(recording: Recording, instants: Instants, hours: Ints | None, progress: Progress | None) -> _Run:
    engine = Engine(tick=recording.tick, qty_step=recording.qty_step, sessions=hours, candle_ns=instants.candle_ns,
                    sample="interval", interval_ns=instants.every_ns)
    engine.path = QuotePath()
    if recording.warm_started:
        engine.begin_backfill()
    parts = list(_parts(engine, recording.events, progress))
    ts_ns, rows, readings = (np.concatenate([part[at] for part in parts]) for at in range(3))
    return _Run(ts_ns, rows, readings, Quotes(*engine.path.take()))


def _parts(engine: Engine, events: Any, progress: Progress | None) -> Iterator[tuple[Ints, Floats, Floats]]:
    """The engine stops when its output is full; then it goes on where it stopped."""
    ts_ns = np.empty(_ROWS_AT_ONCE, np.int64)
    rows, readings = np.empty((_ROWS_AT_ONCE, len(NAMES))), np.empty((_ROWS_AT_ONCE, len(READINGS)))
    done = 0
    while True:
        upto = min(done + _EVENTS_AT_ONCE, len(events))
        done, written = engine.rows(events[:upto], ts_ns, rows, done, readings)
        yield ts_ns[:written].copy(), rows[:written].copy(), readings[:written].copy()
        if progress is not None:
            progress(done, len(events))
        if done == len(events):
            return


# -- one session of it


@dataclass(frozen=True, slots=True)
class _Facts:
    recording: Recording
    contract: Instrument
    schema_id: str
    source: str


def _facts(recording: Recording, contract: Instrument, schema: str, source: str) -> _Facts:
    if (contract.tick, contract.qty_step) != (recording.tick, recording.qty_step):
        raise DataError(f"{source}: recorded on the grid {recording.tick}, {recording.qty_step}, not that of "
                        f"{contract.symbol}; name the contract that was recorded")
    return _Facts(recording, contract, schema, source)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """One session. Its events are those from ``since_ns``, the close before it, on; None: all of the recording."""

    open_ns: int
    close_ns: int
    since_ns: int | None
    known: bool = True      # by a calendar


def _bounds(recording: Recording, hours: Ints | None) -> list[_Bounds]:
    """Sessions that the events reach; without hours there is one, from the first event to the last."""
    first, last = recording.span
    if hours is None:
        return [_Bounds(first, last + 1, None, known=False)]
    reached = [(int(opened), int(closed)) for opened, closed in hours if opened <= last and first < closed]
    since = [first, *(closed for _, closed in reached)] if len(reached) > 1 else [None]
    return [_Bounds(*one, begun) for one, begun in zip(reached, since, strict=False)]


def _session(run: _Run, facts: _Facts, bounds: _Bounds) -> SessionRows:
    recording, contract = facts.recording, facts.contract
    inside = (run.ts_ns > bounds.open_ns) & (run.ts_ns <= bounds.close_ns)
    return SessionRows(
        symbol=recording.symbol, day=local_time(bounds.open_ns)[:10], open_ns=bounds.open_ns, close_ns=bounds.close_ns,
        tick=contract.tick, tick_value_brl=contract.tick_value_brl, schema_id=facts.schema_id,
        synthetic=recording.synthetic, digest=digest_of(_part(recording, bounds)), source=facts.source,
        ts_ns=run.ts_ns[inside], rows=run.rows[inside], readings=run.readings[inside],
        quotes=_quotes(run.quotes, bounds, recording.span[1] + 1), bounded=bounds.known)


def _quotes(path: Quotes, bounds: _Bounds, end_ns: int) -> Quotes:
    """The changes inside the session; after the close, or the last event, nobody knows a price."""
    inside = (path.ts_ns >= bounds.open_ns) & (path.ts_ns < bounds.close_ns)
    return Quotes(np.append(path.ts_ns[inside], min(bounds.close_ns, end_ns)),
                  np.append(path.bid[inside], np.int32(0)), np.append(path.ask[inside], np.int32(0)))


def _part(recording: Recording, bounds: _Bounds) -> Recording:
    """The recording as far as the session depends on it."""
    if bounds.since_ns is None:
        return recording
    ts_ns = recording.events["ts_ns"]
    return replace(recording, events=recording.events[(ts_ns >= bounds.since_ns) & (ts_ns < bounds.close_ns)])


def _source(recording: Recording) -> str:
    """Where it came from, for people."""
    return str(recording.sources[0].files[0].parent) if recording.sources else recording.symbol
