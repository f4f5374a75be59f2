"""Random sessions of several lives, with random faults and deaths, and what must hold in each of them.

    cd tests && PYTHONPATH=..:. python -m crash.stories [--stories 10000] [--seed N] [--jobs N]

In each: flat means that no leg works a second later, the position never exceeds its limit, every fill is in the journal
once, the day's entries stay within their limit over all lives, and at the end journal and exchange are equal.
"""
from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from crash import sessions
from crash.fork import child
from crash.jobs import SHARED, in_parallel
from crash.life import Life
from crash.points import Points
from crash.sessions import Script
from crash.trial import Outcome, last_words, leave

from qt_app.journal.reader import Reader

FAULTS = (sessions.PARTIAL, sessions.EARLY, sessions.RACE, sessions.REJECT, sessions.RETRY, sessions.LOST_ENDS,
          sessions.TWICE, sessions.LATE, sessions.DESK)
OUTAGE = ('[[fault]]\nkind = "outage"\nchannel = "{}"\nat = "09:01:{:02d}"\nseconds = {}\nlate_orders = {}\n')
SETTLE_S = 60


@dataclass(frozen=True)
class Story:
    """Its lives' scripts, and at which point each but the last ends; all of it follows from the seed."""

    seed: int
    lives: tuple[Script, ...]
    ends: tuple[int, ...]
    in_flight: str


@dataclass
class Told:
    seed: int
    died: int = 0
    orphan_s: float = 0.0
    naked_s: float = 0.0
    broken: list[str] = field(default_factory=list)


def made_up(seed: int) -> Story:
    dice = random.Random(seed)
    limits = {"stop_loss": dice.choice((0.0003, 0.001, 0.01)), "take_profit": dice.choice((0.0, 0.0002, 0.01)),
              "trail": dice.choice((0.0, 0.0, 0.0004)), "max_position": dice.randint(1, 5),
              "max_daily_trades": dice.randint(2, 6)}
    market = {"seed": str(dice.randint(1, 50)), "activity": dice.choice(("0.2", "0.5", "2"))}
    lives = tuple(Script(f"story {seed}", _steps(dice), dice.uniform(4, 10), limits, market, _faults(dice))
                  for _ in range(dice.randint(2, 3)))
    ends = tuple(dice.randint(1, 220) for _ in lives[1:])
    return Story(seed, lives, ends, dice.choice(("arrives", "lost", "either")))


def _steps(dice: random.Random) -> tuple[tuple[float, str], ...]:
    words = ("buy", "sell", "buy", "sell", "buy", "sell", "halt", "reduce", "resume")
    return tuple(sorted((dice.uniform(0, 9), dice.choice(words)) for _ in range(dice.randint(2, 7))))


def _faults(dice: random.Random) -> str:
    chosen = "".join(dice.sample(FAULTS, dice.randint(0, 3)))
    if dice.random() < 0.3:
        chosen += OUTAGE.format(dice.choice(("all", "routing", "broker")), dice.randint(3, 40), dice.randint(1, 6),
                                dice.choice(("true", "false")))
    return f"seed = {dice.randint(1, 10**6)}\n{chosen}"


def tell(folder: Path, story: Story) -> Told:
    """All lives of it, one after the other."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    told = Told(story.seed)
    for number, script in enumerate(story.lives):
        end = story.ends[number] if number < len(story.ends) else None
        code = child(lambda: _live(folder, story, number, script, end), folder / "error")
        told.died += code == -signal.SIGKILL
        if code not in (0, -signal.SIGKILL):
            told.broken.append(f"life {number + 1}: exit {code}: {last_words(folder / 'error')}")
            return told
    last = json.loads((folder / "told.json").read_text())
    told.orphan_s, told.naked_s, told.broken = last["orphan_s"], last["naked_s"], last["broken"]
    return told


def _live(folder: Path, story: Story, number: int, script: Script, end: int | None) -> None:
    points = Points(end, folder / "epitaph")
    life = Life(folder, script, f"life{number + 1}", points, in_flight=story.in_flight)
    outcome = Outcome(script.name, 0)
    if not life.until(lambda: life.gateway.settled and life.engine.market.last_price > 0, SETTLE_S):
        outcome.differences.append(f"not settled: {life.gateway.blocks} {dict(life.alerts)}")
    points.armed = True
    life.play(script.seconds)
    points.armed = False
    if end is not None:
        life.close()
        return
    leave(life, folder, outcome)
    broken = outcome.differences + _entries(folder, script)
    told = {"orphan_s": life.orphan_s, "naked_s": life.naked_s, "broken": broken}
    (folder / "told.json").write_text(json.dumps(told))


def _entries(folder: Path, script: Script) -> list[str]:
    with Reader(folder / "journal.sqlite") as journal:
        entries = {fill.order_id for fill in journal.fills() if fill.entry}
    most = script.limits["max_daily_trades"]
    return [f"{len(entries)} entries in a day of at most {most}"] if len(entries) > most else []


def run(first: int, count: int, jobs: int) -> list[Told]:
    with tempfile.TemporaryDirectory(dir=SHARED if SHARED.is_dir() else None) as name:
        lines = in_parallel(range(first, first + count), lambda folder, seed: vars(tell(folder, made_up(seed))),
                            Path(name), jobs)
    return [Told(**line) for line in lines]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first story")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    started = time.monotonic()
    told = run(args.seed, args.stories, args.jobs)
    broken = [t for t in told if t.broken]
    for t in broken[:20]:
        print(f"story {t.seed}:\n  " + "\n  ".join(t.broken))
    print(f"{len(told)} stories in {time.monotonic() - started:.0f} s, {sum(t.died for t in told)} deaths, "
          f"longest without protection {max(t.naked_s for t in told):.1f} s, longest leg while flat "
          f"{max(t.orphan_s for t in told):.1f} s, {len(broken)} broken")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
