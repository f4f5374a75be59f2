"""One replay from files to files: read, check, run the pipeline, write."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.calendar import SAO_PAULO
from qt_app.config import Config
from qt_app.instruments import Instrument, generic
from qt_app.replay import grid
from qt_app.replay.grid import Step
from qt_app.replay.hours import SessionSpec
from qt_app.replay.outputs import Format, RunWriter, run_meta
from qt_app.replay.reader import Recording, read_events, refuse_crossed
from qt_app.replay.recording import read_recording
from qt_app.replay.results import replay


@dataclass(frozen=True, slots=True)
class ReplayOrder:
    """What to replay: a recording's folder or files, in which sessions, and where the results go."""

    out: Path
    recording: Path | None = None
    trades: Path | None = None
    book: Path | None = None
    l1: Path | None = None
    session: SessionSpec | None = None    # None: as recorded, else the exchange's calendar
    symbol: str | None = None
    tick: Step | None = None
    qty_step: Step | None = None
    run: str | None = None
    fmt: Format = "parquet"


def run_replay(order: ReplayOrder, config: Config, progress: Callable[[int, int], None] | None) -> dict[str, Any]:
    """The run's summary. Nothing is written before all input was checked, and nothing half-written stays.

    Raises DataError for unusable input.
    """
    recording = read_order(order)
    sessions, calendar = order_sessions(order, recording)
    refuse_crossed(recording, sessions)
    meta = run_meta(recording.symbol, recording.synthetic, config.features.candle_seconds, calendar)
    with RunWriter(order.out, order.fmt, meta) as writer:
        return replay(recording, config=config, sessions=sessions, calendar=calendar,
                      instrument=instrument_of(recording), out=writer, progress=progress)


def read_order(order: ReplayOrder) -> Recording:
    if order.recording is not None:
        return read_recording(order.recording, run=order.run, symbol=order.symbol)
    return read_events(order.trades, order.book, order.l1, symbol=order.symbol, tick=order.tick,
                       qty_step=order.qty_step)


def order_sessions(order: ReplayOrder, recording: Recording) -> tuple[NDArray[np.int64] | None, str]:
    """Sessions and the calendar's name: as asked for, else as recorded, else the exchange's."""
    if order.session is None and "sessions" in recording.metadata:
        return recording.sessions, recording.metadata.get("calendar", "b3")
    chosen = order.session or SessionSpec("b3", SAO_PAULO)
    return chosen.sessions(recording.symbol, *recording.span), chosen.calendar_id


def instrument_of(recording: Recording) -> Instrument:
    """The B3 contract, or an instrument on the recording's grid whose money figures are in its own currency."""
    known = grid.contract(recording.symbol)
    if known is not None and (known.tick, known.qty_step) == (recording.tick, recording.qty_step):
        return known
    return generic(recording.symbol, recording.tick, recording.qty_step)
