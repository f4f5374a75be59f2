"""What a run left: decisions, orders and fills by row, and its recording; of one that has not ended, by replay."""
from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from qt_app.config import Config
from qt_app.costs import fees_of
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.instruments import Instrument
from qt_app.orders.account import Account
from qt_app.orders.recovery import fold
from qt_app.parity.compare import read_results
from qt_app.replay import beginning, served, settings
from qt_app.replay.reader import Recording, read_files
from qt_app.replay.recording import Files, files_of_run, holds_parts, recorded_runs
from qt_app.replay.run import Progress, instrument_of, replay_into
from qt_app.replay.served import ServedModel
from qt_app.zone import SAO_PAULO

Row = dict[str, Any]


@dataclass(frozen=True)
class Past:
    """One run. ``tables``: the folder of its results; ``ended``: they are the run's own, else a replay's so far."""

    name: str
    folder: Path
    tables: Path
    ended: bool
    recording: Recording
    config: Config
    home: Home

    def table(self, name: str) -> pa.Table:
        """Raises DataError when it is not there or cannot be read."""
        return read_results(self.tables, name)

    def rows(self, name: str) -> list[Row]:
        found: list[Row] = self.table(name).to_pylist()
        return found

    @cached_property
    def decisions(self) -> list[Row]:
        return self.rows("decisions")

    @cached_property
    def orders(self) -> list[Row]:
        return self.rows("orders")

    @cached_property
    def fills(self) -> list[Row]:
        return self.rows("fills")

    @property
    def instrument(self) -> Instrument:
        return instrument_of(self.recording)

    @property
    def begin(self) -> bytes:
        """What the run went on from, as its file has it."""
        path = self.folder / beginning.FILE
        content = path.read_bytes() if path.is_file() else b""
        return beginning.checked(content, self.recording.metadata, path)

    @cached_property
    def carried_brl(self) -> tuple[float, float]:
        """Realised money and costs of earlier runs: the run's own figures count on from there."""
        account = Account(self.instrument, fees_of(self.config))
        if content := self.begin:
            fold(account, beginning.from_json(content))
        figures = account.figures("pessimistic", None, None)
        return figures.realised_brl, figures.costs_brl

    @property
    def noted(self) -> list[ServedModel] | None:
        return served.of_run(self.recording, self.folder)


def day_of(ts_ns: int) -> dt.date:
    """In Sao Paulo."""
    return dt.datetime.fromtimestamp(ts_ns // 1_000_000_000, SAO_PAULO).date()


def find_run(home: Home, run: str | None, day: dt.date | None) -> str:
    """The run of this name, else the newest, or the newest that recorded something on a day. Raises DataError."""
    recorded = list(_recorded(home, day))
    known = sorted({*recorded, *(path.parent.name for path in (home.data / "runs").glob("[0-9]*/summary.json"))})
    if run is not None:
        if run not in known:
            there = f"there are {known[0]} to {known[-1]}" if known else "there is none"
            raise DataError(f"{home.data}: no run {run}; {there}")
        return run
    if not recorded:
        when = "" if day is None else f" on {day}"
        days = sorted(path.name for path in home.data.glob("[0-9]*") if path.is_dir())
        there = f"; recorded days are {days[0]} to {days[-1]}" if days else "; `qt start` makes one"
        raise DataError(f"{home.data}: nothing is recorded{when}, and only a recording tells why{there}")
    return max(recorded)


def _recorded(home: Home, day: dt.date | None) -> Iterator[str]:
    """Runs with a recording."""
    for folder in home.data.glob("*/*" if day is None else f"{day:%Y%m%d}/*"):
        if folder.parent.name != "runs" and folder.is_dir() and holds_parts(folder):
            yield from (name for name in recorded_runs(folder) if name)


def _files(home: Home, run: str) -> Files:
    symbols = {path.name for path in home.data.glob("[0-9]*/*") if path.is_dir() and holds_parts(path)}
    for symbol in sorted(symbols):
        if files := files_of_run(home.data, run, symbol):
            return files
    raise DataError(f"{home.data}: run {run} has recorded nothing here (yet): files appear each recorder.part_minutes, "
                    "and when the run ends; was the recorder off, or a recording its market?")


@contextmanager
def open_run(home: Home, run: str, config: Config, progress: Progress | None = None) -> Iterator[Past]:
    """One run's past. ``config`` serves a recording that does not tell its own settings. Raises DataError."""
    folder = home.data / "runs" / run
    recording = read_files(_files(home, run), whole=True)
    own = settings.from_metadata(recording.metadata) or config
    ended = (folder / "summary.json").is_file()
    tables = folder if ended else home.cache / "why" / run
    past = Past(run, folder, tables, ended, recording, own, home)
    try:
        if not ended:
            replay_into(tables, recording, own, past.begin, noted=past.noted, home=home, progress=progress)
        yield past
    finally:
        if not ended:
            shutil.rmtree(tables, ignore_errors=True)


def facts(past: Past) -> Mapping[str, Any]:
    """Of the run, for a head line."""
    decisions = past.decisions
    return {"run": past.name, "symbol": past.recording.symbol, "synthetic": past.recording.synthetic,
            "mode": past.config.trading.mode, "ended": past.ended, "missing_events": past.recording.missing,
            "decisions": len(decisions), "events": len(past.recording.events)}
