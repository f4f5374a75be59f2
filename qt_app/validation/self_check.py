"""The proof that validation fools nobody: sessions of known truth, trained and judged like any others.

A planted edge must be found and deployed; a random walk must not be traded; rows dealt to other instants must leave
chance; a column that peeks must be named; and of two hundred random strategies no more may be promoted than the gate's
nominal rate says.
"""
from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from qt_app.dataset.generate import trading_days
from qt_app.dataset.session import SessionRows
from qt_app.dataset.store import write_sessions
from qt_app.fees import Fees
from qt_app.home import Home
from qt_app.replay.reader import Recording
from qt_app.research import worlds
from qt_app.research.worlds import FIRST_DAY, World
from qt_app.training.inputs import chosen
from qt_app.training.order import Layout, TrainingOrder
from qt_app.training.run import train
from qt_app.validation.archive import Progress
from qt_app.validation.case import Case
from qt_app.validation.evidence import Terms
from qt_app.validation.job import Validation, Wish, validate
from qt_app.validation.luck import Luck, promote
from qt_app.validation.money import Gate

#: The feature that is made to peek.
LEAKY = "volume_zscore_20"
#: Noise of the peek, in ticks: no more than what it gives away.
LEAK_NOISE = 4.0
SEED = 20261127
#: The planted edge, in ticks a minute, and how dimly a single look at the order flow shows it.
EDGE, LEAN = 20.0, 0.3
#: Of the product's settings.
TERMS = Terms(Gate(0.60, 10), Fees())


@dataclass(frozen=True, slots=True)
class Size:
    """How much is simulated: sessions of so many seconds; ``final`` put aside, folds of ``fold`` sessions each way."""

    sessions: int
    seconds: int
    final: int
    fold: int


FULL = Size(sessions=36, seconds=6000, final=6, fold=6)
SMALL = Size(sessions=24, seconds=3600, final=4, fold=5)


@dataclass(frozen=True, slots=True)
class Check:
    """One truth: whether it was found, and what was said."""

    name: str
    passed: bool
    said: str


def run(*, small: bool, progress: Progress) -> list[Check]:
    """All checks, in the order of the docstring."""
    size = SMALL if small else FULL
    flat = World(seconds=size.seconds)
    with tempfile.TemporaryDirectory(prefix="qt-self-check-") as folder:
        bench = _Bench(Path(folder), size, progress)
        progress("simulating sessions with a planted edge")
        edge = replace(flat, edge=EDGE, lean=LEAN)
        planted = list(worlds.sessions(size.sessions, SEED, edge))
        found = bench.judge("planted", planted, edge)
        dealt = bench.judge("dealt", deal(planted, SEED), edge)
        progress("simulating a random walk")
        walk = list(worlds.sessions(size.sessions, SEED + 1, flat))
        idle = bench.judge("walk", walk, flat)
        rule = worlds.minute_rule()
        peeking = [worlds.leaking(one, LEAKY, rule, LEAK_NOISE, SEED + at) for at, one in enumerate(walk)]
        leaky = bench.judge("leaky", peeking, flat)
        progress("two hundred random strategies")
        return [_is("planted edge", found, "deploy"), _is("random walk", idle, "do not trade"), _by_chance(dealt),
                _named(leaky), _luck(promote(idle.case, TERMS, seed=SEED))]


class _Bench:
    """Trains and validates sessions as a user would, in a home of their own."""

    def __init__(self, folder: Path, size: Size, progress: Progress) -> None:
        self.folder = folder
        self.size = size
        self.progress = progress

    def judge(self, name: str, sessions: Sequence[SessionRows], world: World) -> Validation:
        home, data, out = Home(self.folder / name), self.folder / name / "dataset", self.folder / name / "run"
        self.progress(f"{name}: training")
        write_sessions(data, sessions)
        layout = Layout(final=self.size.final, train=self.size.fold, test=self.size.fold)
        order = TrainingOrder(worlds.minute_rule(), chosen(), seed=SEED, layout=layout)
        train(sessions, order, home=home, out=out, dataset=data)
        return validate(out, home, _Worlds(world), terms=TERMS, wish=Wish(),
                        progress=lambda line: self.progress(f"{name}: {line}"))


@dataclass(frozen=True, slots=True)
class _Worlds:
    """The recordings of a world are made again when they are asked for."""

    world: World

    def recording(self, session: SessionRows) -> Recording | None:
        seed, at = (int(word) for word in session.source.replace(",", "").split()[-3::2])
        day = trading_days(FIRST_DAY, at)[at - 1]
        return worlds.recording(self.world, day, np.random.default_rng((seed, at - 1)))

    def later(self, case: Case, days: int) -> list[SessionRows]:
        return []


def deal(sessions: Sequence[SessionRows], seed: int) -> list[SessionRows]:
    """The sessions with the same rows at other instants, of any of them: inside one, rows would still know the day."""
    order = np.random.default_rng(seed).permutation(sum(len(session) for session in sessions))
    ends = np.cumsum([len(session) for session in sessions])[:-1]
    rows = np.split(np.concatenate([session.rows for session in sessions])[order], ends)
    return [replace(session, rows=own) for session, own in zip(sessions, rows, strict=True)]


def _is(name: str, done: Validation, word: str) -> Check:
    return Check(f"{name} → {word}", done.verdict.word == word, done.verdict.line())


def _by_chance(done: Validation) -> Check:
    gain = done.evidence.beside["constant"].gain
    return Check("rows dealt to other instants → chance", not gain.low > 0.0 and done.verdict.word == "do not trade",
                 f"{gain.value:+.4f} nats beside the classes' shares [{gain.low:.4f}, {gain.high:.4f}]")


def _named(done: Validation) -> Check:
    """The column must be named both by what it knows and by the rows made anew, and no other beside it."""
    by_code = {one.code: one.values for one in done.verdict.findings}
    alone = [by_code["leak_poison"][name] for name in ("suspects", "columns")] + [by_code["leak_columns"]["columns"]]
    return Check(f"peeking {LEAKY} → named", alone == [LEAKY] * 3 and done.verdict.word == "do not trade",
                 done.verdict.line())


def _luck(found: Luck) -> Check:
    return Check(f"{found.strategies} random strategies → no more promoted than luck", found.fair, found.sentence)


def describe(checks: Sequence[Check]) -> str:
    """A line for each check, and what was said beneath."""
    return "\n".join(f"{'ok  ' if one.passed else 'FAIL'} {one.name}\n     {one.said}" for one in checks)


def document(checks: Sequence[Check]) -> dict[str, Any]:
    return {"passed": all(one.passed for one in checks),
            "checks": [{"name": one.name, "passed": one.passed, "said": one.said} for one in checks]}
