"""Whether the engine notices that somebody looks: ``cd tests && PYTHONPATH=..:. python -m bench.monitor_tabs
[pairs] [until]``.

The same simulated session (one seed) again and again, in turn without a monitor and with one that is open in five tabs.

First as fast as it goes, where nothing depends on the wall clock: every file of the results must have the same bytes.
Then at speed 10. There ``seq`` counts the engine's own clock events too, and a machine that comes late may need another
one in a silent moment, with a monitor or without; so the files are the same, or the same but for ``seq``. The latency
of all decisions is told round by round, and the change of its p99 is held against what the rounds without a monitor
differ by among themselves.
"""
from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from e2e.browser import Browser, chromium
from e2e.installation import UNBROKEN, Installation, until
from e2e.monitored import serving

from qt_app.measured import read_stages
from qt_app.replay.outputs import TABLES

TABS = 5
SPEED = 10
ENOUGH = 3      # rounds of a kind before their spread is called noise
SEED = 7
#: Low enough that the session trades.
SETTINGS = {"MIN_CONFIDENCE": "0.40", "MAX_DAILY_TRADES": "500", **UNBROKEN}
FILES = tuple(f"{name}.parquet" for name in TABLES)


@dataclass(frozen=True, slots=True)
class Round:
    """Decision latencies in µs; digests of each result file and of its contents without ``seq``."""

    watched: bool
    decisions: int
    p50: float
    p99: float
    files: dict[str, str]
    contents: dict[str, str]


def session(root: Path, end: str, speed: int, *, watched: bool) -> Round:
    """One run to its end."""
    installation = Installation(root, SETTINGS)
    with ExitStack() as stack:
        if watched:
            url = stack.enter_context(serving(installation))
            browser = stack.enter_context(chromium())
            open_tabs(browser, url)
        else:
            stack.callback(installation.put_down)
        installation.good("start", "--detach", "--speed", speed, "--seed", SEED, "--until", end)
        if watched:
            for tab in browser.driver.window_handles:
                browser.driver.switch_to.window(tab)
                until("the votes in a tab", lambda: browser.count(".vote"))
        installation.ended()
        return judged(installation, watched=watched)


def open_tabs(browser: Browser, url: str) -> None:
    for number in range(TABS):
        if number:
            browser.driver.switch_to.new_window("tab")
        browser.driver.get(url)


def judged(installation: Installation, *, watched: bool) -> Round:
    folder = installation.run_folder()
    stages = read_stages(installation.home, folder.name)
    assert stages is not None, "the run kept no latencies"
    us = stages["total"].to_numpy() / 1000
    p50, p99 = np.percentile(us, (50, 99))
    return Round(watched, len(us), float(p50), float(p99),
                 {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES},
                 {name: contents(folder / name) for name in FILES})


def contents(path: Path) -> str:
    """Digest of a table without ``seq``."""
    table, sink = pq.read_table(path), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, (kept := table.drop_columns(["seq"]).combine_chunks()).schema) as stream:
        stream.write_table(kept)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def order(pairs: int) -> Iterator[bool]:
    """Without, with, with, without, ...: a machine that gets slower or faster favours neither."""
    for pair in range(pairs):
        yield from (False, True) if pair % 2 == 0 else (True, False)


def verdict(rounds: Sequence[Round]) -> str:
    without, watched = (np.array([r.p99 for r in rounds if r.watched is kind]) for kind in (False, True))
    change, noise = float(np.median(watched) - np.median(without)), float(np.ptp(without))
    if len(without) < ENOUGH:
        return f"{sameness(rounds)}; fewer than {ENOUGH} rounds without a monitor do not tell the noise of a p99"
    word = "less" if abs(change) < noise else "MORE"
    return (f"{sameness(rounds)}; median p99 {change:+.0f} us with "
            f"{TABS} tabs, {word} than the {noise:.0f} us that the rounds without differ by")


def sameness(rounds: Sequence[Round]) -> str:
    first = rounds[0]
    if all(one.files == first.files for one in rounds):
        return "byte-identical in every round"
    if all(one.contents == first.contents for one in rounds):
        return "identical in every round but for the engine's own clock events in seq"
    return "NOT IDENTICAL"


def told(number: int, one: Round, first: Round) -> str:
    differing = ", ".join(name for name in FILES if one.contents[name] != first.contents[name])
    words = "the same bytes" if one.files == first.files else f"DIFFERS in {differing}" if differing else "same but seq"
    return (f"{number:>2} {f'{TABS} tabs' if one.watched else 'nobody':<8}{one.decisions:>6} decisions   "
            f"p50 {one.p50:7.0f} us   p99 {one.p99:7.0f} us   {words}")


def rounds_of(kinds: Iterable[bool], end: str, speed: int) -> list[Round]:
    rounds: list[Round] = []
    for number, watched in enumerate(kinds, 1):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(session(Path(folder), end, speed, watched=watched))
        print(told(number, rounds[-1], rounds[0]), flush=True)
    return rounds


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    end = sys.argv[2] if len(sys.argv) > 2 else "10:40"
    print("as fast as it goes")
    print(sameness(rounds_of((False, True), end, 0)))
    if pairs:
        print(f"at speed {SPEED}")
        print(verdict(rounds_of(order(pairs), end, SPEED)))


if __name__ == "__main__":
    main()
