"""Replays a run's recording and compares what comes of it with what the run wrote."""
from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from qt_app.config import Config
from qt_app.errors import DataError
from qt_app.hashing import file_digest
from qt_app.home import Home
from qt_app.parity.certificate import Certificate, Compared
from qt_app.parity.compare import ROUTE, Difference, earliest, first_difference, read_results
from qt_app.parity.recorded import altered
from qt_app.replay import beginning, served, settings
from qt_app.replay.reader import Recording, read_files
from qt_app.replay.recording import Files, files_of_run
from qt_app.replay.run import Progress, replay_into

#: What follows from market events alone, whoever takes the orders.
DECIDED = ("features", "readings", "votes", "decisions")
BROKERS = ("a broker took this run's orders, and its answers are not in the recording: a replay decides the same, but "
           "its paper account fills by itself")



@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: its results and what it recorded."""

    name: str
    folder: Path
    summary: dict[str, Any]
    recording: Recording
    config: Config
    notes: tuple[str, ...]

    @property
    def compared(self) -> tuple[str, ...]:
        return ROUTE if self.config.trading.mode == "paper" else DECIDED


def certify(home: Home, name: str, config: Config, progress: Progress | None = None) -> Certificate:
    """The certificate of a run of this home. ``config`` serves a recording that does not tell its own settings.

    Raises DataError when there is nothing to compare: no results, no recording, another model.
    """
    folder = home.data / "runs" / name
    summary = _summary(folder)
    files = files_of_run(home.data, name, str(summary["symbol"]))
    if not files:
        raise DataError(f"{home.data}: run {name} recorded nothing of {summary['symbol']} here, so there is nothing to "
                        "replay; was the recorder off, or a recording its market?")
    changed = tuple(altered(path for paths in files.values() for path in paths))
    try:
        run = _read(name, folder, summary, files, config)
    except DataError as error:
        if not changed:
            raise
        return Certificate(run=name, symbol=str(summary["symbol"]), model=str(summary["model"]), altered=changed,
                           notes=(f"the recording cannot be read any more: {error}",))
    return replace(_certified(home, run, progress), altered=changed)


def _certified(home: Home, run: Run, progress: Progress | None) -> Certificate:
    again = home.cache / "parity" / run.name
    try:
        summary = _replay(home, run, again, progress)
        if summary["model"] != run.summary["model"]:
            raise DataError(f"run {run.name} was decided with model {run.summary['model']}, and {summary['model']} is "
                            "served now; put that model back, or give its folder as model.path")
        return _compared(run, again)
    finally:
        shutil.rmtree(again, ignore_errors=True)


def _read(name: str, folder: Path, summary: dict[str, Any], files: Files, config: Config) -> Run:
    recording = read_files(files, symbol=str(summary["symbol"]), whole=True)
    own = settings.from_metadata(recording.metadata)
    notes = () if own is not None else ("the recording does not tell its settings: today's configuration was taken",)
    return Run(name, folder, summary, recording, own or config, notes)


def _summary(folder: Path) -> dict[str, Any]:
    path = folder / "summary.json"
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
        return {"symbol": found["symbol"], "model": found["model"], **found}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: no results of a finished run ({error}); only a run that ended by itself or by "
                        "`qt stop` has them") from error


def _replay(home: Home, run: Run, out: Path, progress: Progress | None) -> dict[str, Any]:
    """As ``qt replay`` does, with the run's own beginning, settings and models; the results lie in ``out``."""
    return replay_into(out, run.recording, run.config, _begin(run), noted=served.of_run(run.recording, run.folder),
                       home=home, progress=progress)


def _begin(run: Run) -> bytes:
    path = run.folder / beginning.FILE
    content = path.read_bytes() if path.is_file() else b""
    return beginning.checked(content, run.recording.metadata, path)


def _compared(run: Run, again: Path) -> Certificate:
    recording, found, tables = run.recording, [], {}
    for name in run.compared:
        ours, theirs = read_results(run.folder, name), read_results(again, name)
        own, repeated = (file_digest(folder / f"{name}.parquet") for folder in (run.folder, again))
        tables[name] = Compared((ours.num_rows, theirs.num_rows), (own, repeated))
        difference = first_difference(name, ours, theirs)
        found += [] if difference is None else [difference]
    first = earliest(found)
    return Certificate(
        run=run.name, symbol=recording.symbol, mode=run.config.trading.mode, synthetic=recording.synthetic,
        model=str(run.summary["model"]), events=len(recording.events), missing=recording.missing, tables=tables,
        first=first, seen_in=None if first is None else _seen_in(read_results(run.folder, "decisions"), first),
        notes=run.notes, not_repeated={name: BROKERS for name in ROUTE if name not in run.compared})


def _seen_in(decisions: pa.Table, first: Difference) -> tuple[int, int]:
    """The events from the last decision that was the same to the one that is not."""
    earlier = [seq for seq in decisions["seq"].to_pylist() if seq < first.seq]
    return max(earlier, default=0) + 1, first.seq
