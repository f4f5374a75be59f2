"""The offline door: recorded trades or candles in, rows of the 65 features out, by the engine that runs live."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.replay import grid
from qt_app.replay.atomic import written_file
from qt_app.replay.hours import SessionSpec
from qt_app.replay.reader import Recording, read_candles, read_events, refuse_crossed
from qt_app.replay.schema import feature_schema
from qt_app.replay.source import Source
from qt_core.candles import Candles
from qt_core.engine import Engine
from qt_core.features.registry import NAMES, SCHEMA, schema_id
from qt_core.features.set import FeatureSet
from qt_core.tape import Tape

Progress = Callable[[int, int], None]

_EVENTS_PER_STEP = 65_536


@dataclass(frozen=True, slots=True)
class Sampling:
    """When a row is written: ``close`` of a candle, after each ``trade``, or every ``interval_ns`` of event time."""

    at: Literal["close", "trade", "interval"]
    interval_ns: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """``ts_ns`` (n,) int64 and ``rows`` (n, 65) float64, NaN where invalid; ``meta`` goes into the file."""

    ts_ns: NDArray[np.int64]
    rows: NDArray[np.float64]
    meta: Mapping[str, str]


def parse_sampling(text: str) -> Sampling:
    """``close``, ``trade`` or ``interval:MS``. Raises ValueError for anything else."""
    if text == "close":
        return Sampling("close")
    if text == "trade":
        return Sampling("trade")
    name, _, milliseconds = text.partition(":")
    if name != "interval" or not milliseconds.isdigit() or int(milliseconds) == 0:
        raise ValueError(f"{text!r} is neither close, trade nor an interval in milliseconds such as interval:1000")
    return Sampling("interval", int(milliseconds) * 1_000_000)


def features_of_files(trades: Path, book: Path | None, l1: Path | None, *, session: SessionSpec, candle_ns: int,
                      sampling: Sampling, symbol: str | None = None, progress: Progress | None = None) -> FeatureTable:
    """Rows of recorded files. Raises DataError before anything is computed when a file cannot be used."""
    recording = read_events(trades, book, l1, symbol=symbol)
    return features_of(recording, session=session, candle_ns=candle_ns, sampling=sampling, progress=progress)


def features_of(recording: Recording, *, session: SessionSpec, candle_ns: int, sampling: Sampling,
                progress: Progress | None = None) -> FeatureTable:
    """Rows of recorded events. Raises DataError when its book is crossed inside a session."""
    sessions = session.sessions(recording.symbol, *recording.span)
    refuse_crossed(recording, sessions)
    engine = Engine(tick=recording.tick, qty_step=recording.qty_step, sessions=sessions, candle_ns=candle_ns,
                    sample=sampling.at, interval_ns=sampling.interval_ns, features=True, readings=False)
    ts_ns, rows = _run(engine, recording.events, progress)
    return FeatureTable(ts_ns, rows, {**_meta(candle_ns, session), "symbol": recording.symbol,
                                      "synthetic": "true" if recording.synthetic else "false",
                                      "at": sampling.at, "tick": grid.format_step(recording.tick)})


def features_of_candles(path: Path, *, session: SessionSpec, candle_ns: int,
                        symbol: str | None = None) -> FeatureTable:
    """One row per candle of the file, as the candles stand. Raises DataError when one cannot be used."""
    source = read_candles(path, candle_ns)
    columns = source.columns
    starts = columns["ts_ns"]
    symbol = symbol or grid.symbol_of(path, source.metadata)
    steps = _candle_grid(source, symbol)
    features = FeatureSet(Tape(), Candles(candle_ns), steps.tick, steps.qty_step)
    try:
        ts_ns, rows = features.candles_to_rows(
            starts, columns["open"], columns["high"], columns["low"], columns["close"], columns["volume"],
            columns["buy_volume"], columns["sell_volume"], columns["trades"],
            sessions=session.sessions(symbol, int(starts[0]), int(starts[-1])))
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error
    return FeatureTable(ts_ns, rows, {**_meta(candle_ns, session), "symbol": symbol, "at": "close",
                                      "synthetic": source.metadata.get("synthetic", "false"),
                                      "tick": grid.format_step(steps.tick)})


def write_features(table: FeatureTable, path: Path) -> None:
    """The rows as Parquet; the file appears complete or not at all."""
    layout = feature_schema(NAMES).with_metadata(dict(table.meta))
    columns = [pa.array(table.ts_ns), *(pa.array(np.ascontiguousarray(column)) for column in table.rows.T)]
    with written_file(path) as temporary:
        pq.write_table(pa.table(columns, layout), temporary, compression="zstd")


def describe(table: FeatureTable, path: Path) -> str:
    """One line for people: how many rows, how much of the last one is valid, and where."""
    if not len(table.ts_ns):
        return f"{path}: no rows; no event lies inside the session: try --session none or HH:MM-HH:MM"
    valid = int(np.isfinite(table.rows[-1]).sum())
    return f"{path}: {len(table.ts_ns):,} rows; {valid} of {len(NAMES)} features are valid in the last one"


def _run(engine: Engine, events: NDArray[Any],
         progress: Progress | None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """All rows that fall due. The engine stops when its output is full; then it goes on where it stopped."""
    ts_out, rows_out = np.empty(_EVENTS_PER_STEP, np.int64), np.empty((_EVENTS_PER_STEP, len(NAMES)))
    kept: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    done = 0
    while done < len(events):
        upto = min(done + _EVENTS_PER_STEP, len(events))
        done, written = engine.rows(events[:upto], ts_out, rows_out, done)
        kept.append((ts_out[:written].copy(), rows_out[:written].copy()))
        if progress is not None:
            progress(done, len(events))
    return np.concatenate([ts for ts, _ in kept]), np.concatenate([rows for _, rows in kept])


def _candle_grid(source: Source, symbol: str) -> grid.Grid:
    known = grid.contract(symbol)
    columns = source.columns
    found = (grid.Grid(known.tick, known.qty_step, "instrument") if known else
             grid.inferred([columns[name] for name in ("open", "high", "low", "close")],
                           [columns[name] for name in ("volume", "buy_volume", "sell_volume")]))
    if found is None:
        raise DataError(f"{source.files[0]}: no tick size fits its prices; round them to at most eight decimals")
    return found


def _meta(candle_ns: int, session: SessionSpec) -> dict[str, str]:
    seconds = candle_ns / 1e9
    return {"schema": SCHEMA, "schema_id": schema_id(seconds, session.calendar_id), "candle_seconds": f"{seconds:g}",
            "calendar": session.calendar_id}
