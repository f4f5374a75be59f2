"""A week of real sessions in one home, and everything that is reported of it held against the journal.

    cd tests && PYTHONPATH=..:. python -m e2e.week [--whole] [--home DIR]

Five sessions of five days as processes, in two contracts and two accounts; what one leaves open the next of its
contract goes on with. ``--whole`` runs whole days. Prints what was compared, and how long a day's report takes. A home
that holds such a week already is only compared.
"""
from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
from click.testing import CliRunner
from e2e import week_compare, week_figures, week_sums
from e2e.installation import UNBROKEN, Installation
from e2e.week_compare import Comparison
from e2e.week_sums import Sums, Trip

from qt_app.cli.main import qt as program

BROKERAGE = Decimal("0.35")
LOSS_BEFORE = Decimal("12.34")
SETTINGS = {"MIN_CONFIDENCE": "0.40", "MAX_DAILY_TRADES": "500", "MAX_POSITION": "3", "STOP_LOSS": "0.001",
            "QT_BROKERAGE_BRL": str(BROKERAGE), **UNBROKEN}


@dataclass(frozen=True, slots=True)
class Session:
    """A day's session, joined at ``begin`` and left at ``end``; each ``seed`` is another market."""

    day: str
    symbol: str
    mode: str
    seed: int
    begin: str
    end: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("--speed", "0", "--day", self.day, "--symbol", self.symbol, "--mode", self.mode,
                "--seed", str(self.seed), "--start-time", self.begin, "--until", self.end)


WEEK = (Session("2026-11-09", "WDOZ26", "paper", 1, "09:40", "10:00"),
        Session("2026-11-10", "WINZ26", "paper", 2, "09:30", "09:50"),
        Session("2026-11-11", "WDOZ26", "simulator", 3, "10:00", "10:15"),
        Session("2026-11-12", "WDOZ26", "paper", 4, "09:50", "10:10"),
        Session("2026-11-13", "WDOZ26", "paper", 5, "10:00", "10:20"))
MONTH = (2026, 11)


def whole(session: Session) -> Session:
    """The same from the opening on, until everything is closed."""
    return replace(session, begin="09:00", end="18:20")


@dataclass(slots=True)
class Week:
    """An installation whose sessions have been run; ``runs`` by day."""

    qt: Installation
    runs: dict[str, str]
    sums: Sums

    def told(self, *words: object) -> Any:
        """What a verb says to programs; in this process, as the installation's settings have it."""
        done = CliRunner().invoke(program, [*map(str, words), "--json", "--home", str(self.qt.home.root)],
                                  env=self.qt.environ)
        assert done.exit_code == 0, f"{words}: {done.exception or done.output}"
        return json.loads(done.stdout)

    def begun(self, session: Session) -> list[Trip]:
        """Round trips that the day's run began, as `qt why` numbers them."""
        return [trip for trip in self.sums.trips if trip.fills[0].run == self.runs[session.day]]


def run(qt: Installation, sessions: Sequence[Session], last: dict[str, str] | None = None) -> Week:
    """``last``: settings of the last session alone."""
    runs: dict[str, str] = {}
    for session in sessions:
        qt.start(*session.words, **(last or {} if session is sessions[-1] else {}))
        qt.ended()
        runs[session.day] = qt.run_folder().name
    return Week(qt, runs, week_sums.read(qt.home.journal, BROKERAGE))


def kept(qt: Installation, sessions: Sequence[Session]) -> Week:
    """A week that was run before, a run a session."""
    names = sorted(folder.name for folder in (qt.home.data / "runs").iterdir())
    runs = dict(zip((session.day for session in sessions), names, strict=True))
    return Week(qt, runs, week_sums.read(qt.home.journal, BROKERAGE))


def compare(week: Week, sessions: Sequence[Session], *, often: bool = False) -> Comparison:
    """Daily and weekly report, workbook, tax, and trades: the first and an ever later one of each session, or
    five of each."""
    c, sums, reports = Comparison(), week.sums, week.qt.home.reports
    for session in sessions:
        day = dt.date.fromisoformat(session.day)
        week_compare.daily(c, sums, week.told("report", "daily", "--date", day, "--quick"))
        week_compare.page(c, "the daily pages", reports / "daily" / f"{day}.html",
                          [[one] for (at, _), one in sums.days.items() if at == day])
    weekly = week.told("report", "weekly", "--quick")
    week_compare.weekly(c, sums, weekly)
    week_compare.page(c, "the weekly page", reports / "weekly" / f"{weekly['week']}.html",
                      [[day for _, day in sums.of_account(name)] for name in sums.accounts()])
    for name in sums.accounts():
        for loss in (Decimal("0.00"), LOSS_BEFORE):
            told = week.told("tax", f"{MONTH[0]}-{MONTH[1]}", "--account", name, "--loss-before", loss)
            week_compare.tax(c, told, week_figures.tax(sums, name, MONTH, loss))
    week_compare.workbook(c, sums, workbook(week))
    for place, session in enumerate(sessions):
        trips, steps = week.begun(session), len(sessions) - 1
        places = range(steps + 1) if often else (0, place)
        for number in sorted({1 + at * (len(trips) - 1) // steps for at in places}):
            told = week.told("why", f"trade:{number}", "--day", session.day)
            week_compare.why(c, told, trips[number - 1], week.runs[session.day])
    return c


def workbook(week: Week) -> Path:
    """Of all days."""
    path: Path = week.qt.home.reports / "week.xlsx"
    week.qt.good("export-excel", "--quick", "--out", path)
    return path


def timed(qt: Installation, *words: object) -> tuple[float, float]:
    """Wall and processor time of a verb, s."""
    before, began = psutil.Process().cpu_times(), time.perf_counter()
    qt.good(*words)
    after = psutil.Process().cpu_times()
    return (time.perf_counter() - began, after.children_user + after.children_system
            - before.children_user - before.children_system)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true", help="whole days")
    parser.add_argument("--home", type=Path, help="where everything is kept; default: a folder that is removed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        qt = Installation(given.home or Path(folder) / "home", SETTINGS)
        sessions = [whole(one) for one in WEEK] if given.whole else WEEK
        began = time.perf_counter()
        week = kept(qt, sessions) if qt.home.journal.is_file() else run(qt, sessions)
        print(f"five sessions in {time.perf_counter() - began:.0f} s", flush=True)
        for (day, account), one in week.sums.days.items():
            print(f"{day} {account}: {len(one.trips)} trades, gross {one.shown_gross[0]}, "
                  f"costs {week_sums.cent(one.costs)}, net {one.net[0]} (optimistic {one.net[2]}) BRL, held {one.held}")
        for session in sessions:
            wall_s, cpu_s = timed(qt, "report", "daily", "--date", session.day)
            print(f"qt report daily --date {session.day}: {wall_s:.1f} s, {cpu_s:.1f} s of processor", flush=True)
        found = compare(week, sessions, often=True)
        print(found.table())
    return int(bool(found.differences))


if __name__ == "__main__":
    sys.exit(main())
