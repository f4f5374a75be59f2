"""One replay from files to files: read, check, run the pipeline, write."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.config import Config
from qt_app.home import Home
from qt_app.instruments import Instrument, generic
from qt_app.registry.serving import COMMAND_LINE
from qt_app.replay import beginning, grid, served
from qt_app.replay.grid import Step
from qt_app.replay.hours import SessionSpec
from qt_app.replay.outputs import Format, RunWriter, run_meta
from qt_app.replay.reader import Recording, read_events, refuse_crossed
from qt_app.replay.recording import find_folder, read_recording
from qt_app.replay.results import replay
from qt_app.replay.served import ServedModel
from qt_app.zone import SAO_PAULO

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ReplayOrder:
    """What to replay: a recording's folder or files, in which sessions, and where the results go.

    ``recorded_models``: serve what the recorded run served, where that is known and no model was named on the command
    line; else the one that serves in ``home``, or the configured one.
    """

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
    recorded_models: bool = True
    home: Home | None = None


def run_replay(order: ReplayOrder, config: Config, progress: Progress | None) -> dict[str, Any]:
    """The run's summary. Nothing is written before all input was checked, and nothing half-written stays.

    Raises DataError for unusable input.
    """
    recording = read_order(order)
    begin = _beginning(order, recording)
    return replay_into(order.out, recording, config, begin, wanted=order.session, fmt=order.fmt, progress=progress,
                       noted=_served(order, recording, config), home=order.home)


def replay_into(folder: Path, recording: Recording, config: Config, begin: bytes = b"", *,
                wanted: SessionSpec | None = None, fmt: Format = "parquet", progress: Progress | None = None,
                noted: Sequence[ServedModel] | None = None, home: Home | None = None) -> dict[str, Any]:
    """Replay a recording, going on from ``begin`` (as its file has it), and write all results into a folder.

    ``noted``: the models that the recorded run served; None: the one that serves in ``home``, or the configured one.
    Raises DataError for a book that is crossed in the sessions.
    """
    sessions, calendar = sessions_of(recording, wanted)
    refuse_crossed(recording, sessions)
    meta = run_meta(recording.symbol, recording.synthetic, config.features.candle_seconds, calendar)
    models = served.load(noted, home, meta["schema_id"])
    with RunWriter(folder, fmt, meta) as writer:
        writer.began(begin)
        writer.served(served.to_json(noted or ()) if models else b"")
        return replay(recording, config=config, sessions=sessions, calendar=calendar,
                      instrument=instrument_of(recording), out=writer, progress=progress,
                      begin=beginning.from_json(begin) if begin else None, models=models, home=home)


def _beginning(order: ReplayOrder, recording: Recording) -> bytes:
    """Files by themselves belong to no run of ours."""
    if order.recording is None:
        return b""
    return beginning.of_recording(recording, find_folder(order.recording, order.symbol))


def _served(order: ReplayOrder, recording: Recording, config: Config) -> list[ServedModel] | None:
    """The recorded run's models; None when another one was asked for, or nothing tells which they were."""
    if order.recording is None or not order.recorded_models or config.origin("model.path") == COMMAND_LINE:
        return None
    return served.of_recording(recording, find_folder(order.recording, order.symbol))


def read_order(order: ReplayOrder) -> Recording:
    if order.recording is not None:
        return read_recording(order.recording, run=order.run, symbol=order.symbol)
    return read_events(order.trades, order.book, order.l1, symbol=order.symbol, tick=order.tick,
                       qty_step=order.qty_step)


def sessions_of(recording: Recording, wanted: SessionSpec | None = None) -> tuple[NDArray[np.int64] | None, str]:
    """Sessions and the calendar's name: as asked for, else as recorded, else the exchange's."""
    if wanted is None and "sessions" in recording.metadata:
        return recording.sessions, recording.metadata.get("calendar", "b3")
    chosen = wanted or SessionSpec("b3", SAO_PAULO)
    return chosen.sessions(recording.symbol, *recording.span), chosen.calendar_id


def instrument_of(recording: Recording) -> Instrument:
    """The B3 contract, or an instrument on the recording's grid whose money figures are in its own currency."""
    known = grid.contract(recording.symbol)
    if known is not None and (known.tick, known.qty_step) == (recording.tick, recording.qty_step):
        return known
    return generic(recording.symbol, recording.tick, recording.qty_step)
