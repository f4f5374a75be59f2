"""Kills the trading process everywhere, lets the next one go on, and compares journal and exchange.

    cd tests && PYTHONPATH=..:. python -m crash.matrix [--full] [--kind kill|disconnect|both] [--jobs N]

Without ``--full`` at least ``POINTS`` points, spread evenly over all sessions and kinds of points; with it every point,
each with what was on its way arriving, and lost.
"""
from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a parent that forks has one thread

from crash.disconnect import disconnects
from crash.jobs import SHARED, in_parallel
from crash.sessions import SCRIPTS, Script
from crash.trial import Outcome, survey, trial

POINTS = 2000
#: about so many of every kind of point are in any selection, however rare the kind is
OF_EACH = 12
IN_FLIGHT = ("arrives", "lost")

#: (script, point or 0, the exchange's settings, what is done).
Trial = tuple[Script, int, dict[str, str], str]


def planned(folder: Path, kind: str, points: int, only: str | None) -> list[Trial]:
    """Every trial of the matrix, or a selection of them."""
    trials: list[tuple[str, Trial]] = []
    for script in SCRIPTS:
        if only and only not in script.name:
            continue
        place = folder / script.name.replace(" ", "-").replace(",", "")
        place.mkdir(parents=True)
        passed = survey(place, script)
        trials += list(_of(script, passed, kind))
    return [trials[number][1] for number in _selected([where for where, _ in trials], points)]


def _selected(kinds: list[str], points: int) -> list[int]:
    """At least ``points`` numbers, spread evenly over all trials and over the trials of each kind of point."""
    chosen = set(range(0, len(kinds), max(1, len(kinds) // points)))
    by_kind: dict[str, list[int]] = defaultdict(list)
    for number, kind in enumerate(kinds):
        by_kind[kind].append(number)
    for numbers in by_kind.values():
        chosen.update(numbers[::max(1, len(numbers) // OF_EACH)])
    return sorted(chosen)


def _of(script: Script, passed: list[tuple[str, int]], kind: str) -> Iterator[tuple[str, Trial]]:
    """The trials of a session, each with its kind of point."""
    if kind == "kill":
        for point, (where, _) in enumerate(passed, 1):
            for in_flight in IN_FLIGHT:
                yield where, (script, point, {"in_flight": in_flight}, "kill")
        return
    for number, fault in enumerate(disconnects(passed)):
        settings = {"faults_text": script.faults + fault.toml, "in_flight": IN_FLIGHT[number % 2]}
        for point in fault.points if kind == "both" else (0,):
            yield fault.name, (script, point, settings, fault.name)


def work_off(trials: list[Trial], folder: Path, jobs: int) -> list[tuple[str, Outcome]]:
    """Each with what was done in it; what trials with differences leave is kept beside the others' folders."""

    def one(place: Path, planned: tuple[int, Trial]) -> dict[str, Any]:
        number, (script, point, settings, what) = planned
        outcome = trial(place, script, point, **settings)
        if outcome.differences:
            place.rename(folder / f"kept{number}")
        return {"what": what, "outcome": asdict(outcome)}

    lines = in_parallel(list(enumerate(trials)), one, folder, jobs)
    return [(line["what"], Outcome(**line["outcome"])) for line in lines]


def table(outcomes: list[tuple[str, Outcome]]) -> str:
    """By session, then by class of points: points, killed, restored, without a difference."""
    rows = ["", f"{'':34}{'points':>8}{'killed':>8}{'restored':>10}{'differences':>13}{'naked s':>9}"]
    for title, key in (("session", lambda what, o: o.script), ("point", lambda what, o: o.where),
                       ("disturbance", lambda what, o: what)):
        groups: dict[str, list[Outcome]] = defaultdict(list)
        for what, outcome in outcomes:
            groups[key(what, outcome)].append(outcome)
        rows += [f"-- by {title}", *(_row(name, groups[name]) for name in sorted(groups))]
    return "\n".join([*rows, _row("all", [o for _, o in outcomes])])


def _row(name: str, outcomes: list[Outcome]) -> str:
    failed = sum(bool(o.differences) for o in outcomes)
    naked = max(o.naked_s for o in outcomes)
    return (f"{name[:33]:34}{len(outcomes):8}{sum(o.killed for o in outcomes):8}{len(outcomes) - failed:10}"
            f"{failed:13}{naked:9.1f}")


def run(kind: str = "kill", *, full: bool = False, points: int = POINTS, jobs: int = 2, only: str | None = None,
        keep: Path | None = None) -> list[tuple[str, Outcome]]:
    with tempfile.TemporaryDirectory(dir=SHARED if SHARED.is_dir() else None) as name:
        folder, plan = Path(name), Path(name) / "plan"
        trials = planned(plan, kind, sys.maxsize if full else points, only)
        outcomes = work_off(trials, folder, jobs)
        if keep and any(o.differences for _, o in outcomes):
            shutil.copytree(folder, keep / "failed", dirs_exist_ok=True)
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--kind", choices=("kill", "disconnect", "both"), default="kill")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", help="sessions whose name holds this")
    parser.add_argument("--points", type=int, default=POINTS, help="at least so many, without --full")
    parser.add_argument("--keep", type=Path, help="folder that keeps what trials with differences left")
    args = parser.parse_args()
    started = time.monotonic()
    outcomes = run(args.kind, full=args.full, points=args.points, jobs=args.jobs, only=args.only, keep=args.keep)
    print(table(outcomes))
    bad = [(what, o) for what, o in outcomes if o.differences]
    for what, o in bad[:20]:
        print(f"\n{o.script}, {what}, point {o.point} ({o.where}):\n  " + "\n  ".join(o.differences))
    print(f"\n{len(outcomes)} points in {time.monotonic() - started:.0f} s, {len(bad)} with differences: "
          f"{dict(Counter(o.where for _, o in bad))}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
