"""Exports cut into sessions: one contract, one day of Sao Paulo."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from qt_app import calendar
from qt_app.data.candles import candle_digest
from qt_app.data.digest import digest_of
from qt_app.data.entry import is_of
from qt_app.data.exports import Export
from qt_app.errors import DataError
from qt_app.replay import checks, grid
from qt_app.replay.grid import Step, symbol_of
from qt_app.replay.hours import SessionSpec
from qt_app.replay.reader import Recording, Sessions, recording_of, refuse_crossed
from qt_app.replay.source import Source
from qt_app.zone import SAO_PAULO

_NS = 1_000_000_000
#: How platforms call the series of all contracts of a future: WDOFUT, WDO$, WDO$N, WDO@D.
_CONTINUOUS = re.compile(r"(WDO|WIN|DOL|IND)(FUT|[$@].*)")


@dataclass(frozen=True, slots=True)
class Session:
    """Events of one contract on one day, from one export or several that follow each other."""

    symbol: str
    day: dt.date
    recording: Recording
    digest: str
    sessions: Sessions | None     # trading hours, as the engine will be told
    calendar: str                 # their name
    format: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Candles:
    """A file of candles, which is kept as it is: candles cannot be replayed."""

    symbol: str
    source: Source
    digest: str
    period_s: float
    format: str
    files: tuple[Path, ...]


def candles_of(export: Export, symbol: str | None) -> Candles:
    """Raises DataError for candles that overlap, run backwards or contradict themselves."""
    source = export.sources[0]
    source.refuse_disorder("ts_ns", strict=True)
    period_ns = int(np.diff(source.columns["ts_ns"]).min()) if len(source) > 1 else 60 * _NS
    checks.check_candles(source, period_ns)
    return Candles(_name_of(export, symbol), source, candle_digest(source), period_ns / _NS, export.format,
                   source.files)


def sessions_of(export: Export, hours: SessionSpec, *, symbol: str | None = None, tick: Step | None = None,
                qty_step: Step | None = None) -> Iterator[Session]:
    """The export's sessions, oldest first. Raises DataError for anything that a replay could not use."""
    name = _name_of(export, symbol)
    first = int(export.sources[0].columns["ts_ns"][0])
    recording = recording_of(export.sources, symbol=contract_on(name, _day(first)), tick=tick, qty_step=qty_step)
    _refuse_crossed_book(recording, hours.sessions(recording.symbol, *recording.span))
    for day, part in _by_day(recording):
        contract = contract_on(name, day)
        trading = hours.sessions(contract, *part.span)
        yield Session(contract, day, replace(part, symbol=contract), digest_of(part), trading, hours.calendar_id,
                      export.format, tuple(file for source in export.sources for file in source.files))


def joined(sessions: Sequence[Session]) -> list[Session]:
    """One session for each contract and day. Raises DataError when two files tell of the same hours."""
    days: dict[tuple[dt.date, str], list[Session]] = {}
    for session in sessions:
        days.setdefault((session.day, session.symbol), []).append(session)
    return [_join(sorted(days[key], key=lambda one: one.recording.span)) for key in sorted(days)]


def contract_on(name: str, day: dt.date) -> str:
    """A root becomes the calendar's contract of the day. Raises DataError for a platform's continuous series."""
    found = _CONTINUOUS.fullmatch(name)
    if found is not None:
        contract = calendar.front_contract(found[1], day)
        raise DataError(f"{name} is a platform's series of changing contracts; name the contract that its prices are "
                        f"of with --symbol (on {day} the calendar's is {contract}; --symbol {found[1]} takes the "
                        "calendar's contract of each day)")
    return calendar.resolve_symbol(name, day)


def _name_of(export: Export, symbol: str | None) -> str:
    """What the user calls it, else the file. Raises DataError when the file names a contract that is another one."""
    own = export.symbol or symbol_of(export.sources[0].files[0], {})
    if symbol is not None and grid.contract(own) and not is_of(own, symbol):
        raise DataError(f"{export.sources[0].files[0]}: holds {own}, not {symbol}; leave --symbol out")
    return symbol or own


def _join(parts: Sequence[Session]) -> Session:
    first = parts[0]
    for before, after in pairwise(parts):
        grids = {(one.recording.tick, one.recording.qty_step) for one in (before, after)}
        if before.recording.span[1] >= after.recording.span[0] or len(grids) > 1:
            raise DataError(f"{before.files[0]} and {after.files[0]} both tell of {first.symbol} on {first.day} at the "
                            "same time or on other grids; import one of them, or name a market's Parquet files alike "
                            "(X_trades, X_book, X_l1)")
    if len(parts) == 1:
        return first
    events = np.concatenate([part.recording.events for part in parts])
    recording = replace(first.recording, events=events, seq=np.arange(len(events)))
    hours = [part.sessions for part in parts if part.sessions is not None]
    trading = np.unique(np.concatenate(hours), axis=0) if hours else None
    return replace(first, recording=recording, digest=digest_of(recording), sessions=trading,
                   files=tuple(file for part in parts for file in part.files))


def _by_day(recording: Recording) -> Iterator[tuple[dt.date, Recording]]:
    ts_ns = recording.events["ts_ns"]
    first = 0
    while first < len(ts_ns):
        day = _day(int(ts_ns[first]))
        end = int(np.searchsorted(ts_ns, calendar.local_ns(day + dt.timedelta(1), dt.time())))
        yield day, replace(recording, events=recording.events[first:end], seq=recording.seq[first:end])
        first = end


def _refuse_crossed_book(recording: Recording, trading: Sessions | None) -> None:
    """Of best quotes a platform may show two that cross for a moment; a book that stays crossed has lost orders."""
    refuse_crossed(replace(recording, sources=tuple(one for one in recording.sources if one.kind == "book")), trading)


def _day(ts_ns: int) -> dt.date:
    return dt.datetime.fromtimestamp(ts_ns // _NS, SAO_PAULO).date()
