"""One task of a backtest: a day under one configuration, or all days in a row when the account is carried.

It runs wherever its executor puts it, this process, another one or another machine, so it holds everything that the
result depends on, and its outcome is plain data.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from qt_app.backtest.carry import Memory
from qt_app.backtest.money import Money, Purse, Trade
from qt_app.config import Config
from qt_app.costs import fees_of
from qt_app.data.entry import Entry
from qt_app.errors import DataError, ExitCode, QtError
from qt_app.instruments import Instrument
from qt_app.replay import settings
from qt_app.replay.outputs import TABLES
from qt_app.replay.reader import Recording, read_files, refuse_crossed
from qt_app.replay.results import replay
from qt_app.replay.run import instrument_of, sessions_of
from qt_app.version import __version__
from qt_app.votes import Decision

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """``configuration`` and ``first``, the number of its first day, name it; ``settings`` as a recording keeps them."""

    configuration: int
    first: int
    days: tuple[Entry, ...]
    settings: str

    @property
    def words(self) -> str:
        more = f" and the {len(self.days) - 1} days after it" if len(self.days) > 1 else ""
        return f"{self.days[0].name}{more}, configuration {self.configuration}"


@dataclass(frozen=True, slots=True)
class Day:
    """What one day came to: the summary that ``qt replay`` writes, orders and fills as in their tables, and money.

    ``trades``: the round trips that ended on it, and last the one that its data, or the last day's, ended in.
    """

    number: int
    summary: Mapping[str, Any]
    orders: tuple[Row, ...]
    fills: tuple[Row, ...]
    trades: tuple[Trade, ...]
    money: Money


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task has no result: no accident of its machine, so it is not tried again."""

    code: int
    words: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one task; ``version``: of the program that made it."""

    configuration: int
    first: int
    days: tuple[Day, ...] = ()
    failure: Failure | None = None
    version: str = __version__


def run_task(task: Task) -> Outcome:
    """Never raises for what lies in the data, the model or the program: an exception would have to travel."""
    try:
        return Outcome(task.configuration, task.first, tuple(_days(task)))
    except QtError as error:
        return Outcome(task.configuration, task.first, failure=Failure(int(error.code), f"{task.words}: {error}"))
    except Exception as error:  # noqa: BLE001 (a surprise is told with the task's name, and ends the backtest)
        words = f"{task.words}: unexpected {type(error).__name__}: {error}"
        return Outcome(task.configuration, task.first, failure=Failure(int(ExitCode.UNEXPECTED), words))


def _days(task: Task) -> list[Day]:
    config = settings.from_metadata({settings.KEY: task.settings})
    assert config is not None
    memory, purses, found = Memory(), dict[str, Purse](), list[Day]()
    last = {day.symbol: at for at, day in enumerate(task.days)}
    for at, day in enumerate(task.days):
        recording = _recording(day.symbol, tuple(day.files.items()))
        contract = instrument_of(recording)
        kept = _replayed(recording, contract, config, memory)
        purse = purses.setdefault(day.symbol, Purse(contract, fees_of(config)))
        trades, money = purse.day(kept.records["order"], kept.records["fill"], kept.summary)
        if last[day.symbol] == at and purse.open_trade is not None:
            trades.append(purse.open_trade)
        found.append(Day(task.first + at, kept.summary, kept.rows("order"), kept.rows("fill"), tuple(trades), money))
    return found


def _replayed(recording: Recording, contract: Instrument, config: Config, memory: Memory) -> _Kept:
    """As ``qt replay`` runs a recording, with the results kept instead of written."""
    sessions, calendar = sessions_of(recording)
    refuse_crossed(recording, sessions)
    kept = _Kept()
    replay(recording, config=config, sessions=sessions, calendar=calendar, instrument=contract, out=kept,
           begin=memory.open(recording.symbol), note=memory.put)
    return kept


@lru_cache(maxsize=1)
def _recording(symbol: str, files: tuple[tuple[str, tuple[Path, ...]], ...]) -> Recording:
    """The last one is kept: the tasks of a sweep meet the same day one after the other."""
    return read_files(dict(files), symbol=symbol, whole=True)


class _Kept:
    """Orders and fills of a day in memory."""

    def __init__(self) -> None:
        self.summary: Mapping[str, Any] = {}
        self.records: dict[str, list[Mapping[str, Any]]] = {"order": [], "fill": []}

    def decision(self, decision: Decision, row: Any, readings: Any) -> None:
        """Counted by the tally beside this."""

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        if kind in self.records:
            self.records[kind].append(record)

    def rows(self, kind: str) -> tuple[Row, ...]:
        names = TABLES[f"{kind}s"].names
        return tuple(tuple(record.get(name) for name in names) for record in self.records[kind])

    def close(self, summary: Mapping[str, Any]) -> None:
        self.summary = summary


def checked(outcomes: list[Outcome]) -> list[Outcome]:
    """All of them, in order of configuration and day. Raises the failure that comes first, and counts the others."""
    found = sorted(outcomes, key=lambda one: (one.configuration, one.first))
    failed = [one.failure for one in found if one.failure is not None]
    if failed:
        more = f" ({len(failed) - 1} more of {len(found)} tasks failed)" if len(failed) > 1 else ""
        error = QtError(f"{failed[0].words}{more}")
        error.code = ExitCode(failed[0].code)
        raise error
    others = sorted({one.version for one in found} - {__version__})
    if others:
        raise DataError(f"a worker runs qt {others[0]}, this is qt {__version__}: results of different programs do not "
                        "belong together; install the same release everywhere")
    return found
