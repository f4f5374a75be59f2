"""One trial: a process that ends at a point, a second one that goes on from what it left, and what differs then."""
from __future__ import annotations

import json
import shutil
import signal
from dataclasses import asdict, dataclass, field
from pathlib import Path

from crash.check import compare
from crash.fork import child
from crash.life import SYMBOL, Life
from crash.points import Points
from crash.sessions import AFTERWARDS, Script

SETTLE_S = 60
NAKED_S = 10.0


@dataclass
class Outcome:
    """``where``: the kind of point at which the first process ended, or "end" when it did not."""

    script: str
    point: int
    where: str = "end"
    killed: bool = False
    naked_s: float = 0.0
    differences: list[str] = field(default_factory=list)


def survey(folder: Path, script: Script, **settings: str) -> list[tuple[str, int]]:
    """An undisturbed run: the points that it passes, and at what market time."""
    told, said = folder / "points.json", folder / "error"

    def work() -> None:
        points = Points()
        life = first(folder, script, points, **settings)
        told.write_text(json.dumps(points.passed))
        life.close()

    if child(work, said):
        raise AssertionError(f"{script.name}: {said.read_text() if said.exists() else 'killed'}")
    return [(kind, at) for kind, at in json.loads(told.read_text())]


def first(folder: Path, script: Script, points: Points, **settings: str) -> Life:
    life = Life(folder, script, "one", points, **settings)
    assert life.until(lambda: life.gateway.settled and life.engine.market.last_price > 0, SETTLE_S), "never settled"
    points.armed = True
    life.play(script.seconds)
    points.armed = False
    return life


def second(folder: Path, script: Script, outcome: Outcome, **settings: str) -> None:
    """Restores, trades on, leaves; then journal and exchange are compared."""
    life = Life(folder, script, "two", Points(), **settings)
    found = []
    if not life.until(lambda: life.gateway.settled, SETTLE_S):
        found.append(f"not settled within {SETTLE_S} s: {life.gateway.blocks} {dict(life.alerts)}")
    life.play(AFTERWARDS.seconds)
    outcome.differences = found
    leave(life, folder, outcome)


def leave(life: Life, folder: Path, outcome: Outcome) -> None:
    """The end of the last process: flat, and equal."""
    found = outcome.differences
    if not life.flatten():
        found.append(f"not flat: {life.trader.state} {life.account.position} {life.gateway.blocks} {dict(life.alerts)}")
    life.journal.barrier()
    outcome.naked_s = life.naked_s
    if life.naked_s > NAKED_S:
        found.append(f"a position was without protection for {life.naked_s:g} s")
    if life.account.position != life.stat("position"):
        found.append(f"the trader holds {life.account.position}, the exchange {life.stat('position')}")
    found += compare(life.truth(), folder / "journal.sqlite", SYMBOL, life.name) + life.odd
    life.close()


def trial(folder: Path, script: Script, point: int, **settings: str) -> Outcome:
    """In ``folder``, which is made anew. ``settings`` are the exchange's, of both processes. ``point`` 0: nobody is
    killed, and the first process has to come to the same end by itself."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    epitaph, told, said = folder / "epitaph", folder / "outcome.json", folder / "error"
    outcome = Outcome(script.name, point)

    def one() -> None:
        life = first(folder, script, Points(point, epitaph), **settings)
        if point:
            life.close()
        else:
            leave(life, folder, outcome)
            told.write_text(json.dumps(asdict(outcome)))

    def two() -> None:
        afterwards = Script(script.name, AFTERWARDS.steps, AFTERWARDS.seconds, script.limits, script.market)
        second(folder, afterwards, outcome, **settings | {"faults_text": ""})
        told.write_text(json.dumps(asdict(outcome)))

    code = child(one, said)
    outcome.killed = code == -signal.SIGKILL
    outcome.where = epitaph.read_text().split()[0] if epitaph.exists() else "end"
    if code not in (0, -signal.SIGKILL):
        outcome.differences = [f"the first process: exit {code}: {last_words(said)}"]
    elif point and (code := child(two, said)) != 0:
        outcome.differences = [f"the second process: exit {code}: {last_words(said)}"]
    else:
        outcome = Outcome(**json.loads(told.read_text()))
    return outcome


def last_words(said: Path) -> str:
    return said.read_text().strip()[-1500:] if said.exists() else "nothing was said"
