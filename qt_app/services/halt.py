"""``qt halt`` and ``qt resume``: asked through the control channel, and followed until they are done.

Where no engine runs the act is written into the journal, for the next start. An engine that is just starting or coming
back after a crash holds the lock and does not answer yet: both ways are tried in turn until one is open.
"""
from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qt_app.errors import NotRunningError, TimedOutError
from qt_app.home import Home
from qt_app.journal.entries import Entry, Fact
from qt_app.journal.journal import Journal
from qt_app.journal.reader import OPERATOR
from qt_app.risk.latch import Latch, act_mark, lifted
from qt_app.risk.reasons import Reason
from qt_app.services.control import ControlClient
from qt_app.services.lock import InstanceLock
from qt_app.services.process import operator
from qt_app.zone import now_text

#: Between two looks at how far it has come.
LOOK_S = 0.02
#: Between two tries of an engine that is not there yet, and how long without a limit of one's own.
RETRY_S = 0.1
START_S = 10.0

Progress = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Halt:
    """What is asked for."""

    reason: str = ""
    entries_only: bool = False

    def as_args(self) -> dict[str, Any]:
        return {"reason": self.reason, "entries_only": self.entries_only, "by": operator()}


def halt(home: Home, wanted: Halt, timeout_s: float | None) -> Progress | None:
    """Halts the engine and waits until it is done; without a limit it returns at once, None.

    {"offline": True} when no engine runs and the next start will be halted. Raises NotRunningError when there is no
    journal either, and TimedOutError that tells what remains.
    """
    client = ControlClient(home)
    answer = _either(home, lambda: client.call("halt", wanted.as_args()), lambda: _latch(home, wanted), timeout_s)
    if timeout_s is None or "offline" in answer:
        return answer if "offline" in answer else None
    return _until_done(client, wanted, answer["act"], timeout_s)


def halt_running(home: Home, wanted: Halt, timeout_s: float) -> Progress:
    """The same of an engine that runs, and of no other. Raises NotRunningError, TimedOutError."""
    client = ControlClient(home)
    return _until_done(client, wanted, client.call("halt", wanted.as_args())["act"], timeout_s)


def _until_done(client: ControlClient, wanted: Halt, act: int, timeout_s: float) -> Progress:
    done = _entries_stopped if wanted.entries_only else _halted
    progress = _follow(client, act, done, timeout_s)
    if not done(progress):
        raise TimedOutError(f"the halt is in force but not confirmed within {timeout_s:g} s: {_remains(progress)}; the "
                            "engine goes on trying: look with `qt status`, or repeat with a longer --timeout")
    return progress


def resume(home: Home, reason: str = "", timeout_s: float = 5.0) -> dict[str, Any]:
    """Lifts what an operator may lift: {"lifted": codes, "left": sentences}; "offline" when no engine runs.

    Raises NotRunningError when there is no journal either, RefusedError (exit 7) when nothing that blocks may be
    lifted, TimedOutError.
    """
    client = ControlClient(home)
    answer = _either(home, lambda: client.call("resume", {"reason": reason, "by": operator()}),
                     lambda: _lift(home, reason), timeout_s)
    if "offline" not in answer and not _taken(_follow(client, answer["act"], _taken, timeout_s)):
        raise TimedOutError(f"the engine did not carry out the resume within {timeout_s:g} s: look with `qt status`")
    return answer


# ---- no engine


def _either(home: Home, ask: Callable[[], Progress], write: Callable[[], Progress],
            timeout_s: float | None) -> Progress:
    """The engine's answer, or what was written where none runs. Raises NotRunningError, TimedOutError."""
    deadline = time.monotonic() + (timeout_s or START_S)
    while True:
        try:
            return ask()
        except NotRunningError:
            if not home.journal.exists():
                raise
        try:
            return write()
        except NotRunningError as error:    # it holds the lock, and does not answer yet
            if time.monotonic() > deadline:
                raise TimedOutError(f"{error}; it does not answer: repeat, or look at {home.logs}") from error
        time.sleep(RETRY_S)


def _latch(home: Home, wanted: Halt) -> Progress:
    with InstanceLock(home):
        latch_alone(home, wanted)
    return {"offline": True}


def latch_alone(home: Home, wanted: Halt) -> None:
    """Into the journal, by whoever holds the home's lock. Raises JournalError."""
    latch = Latch("reduce" if wanted.entries_only else "halt", wanted.reason, operator(), now_text())

    def act(facts: Mapping[str, Fact], ts_ns: int) -> Iterator[Entry]:
        before = Latch.of(facts)
        if before is None or before.kind != "halt":     # a halt is not weakened
            yield latch.fact(ts_ns)
        yield latch.mark(ts_ns)

    _write(home, act)


def _lift(home: Home, reason: str) -> Progress:
    found: list[Reason] = []

    def act(facts: Mapping[str, Fact], ts_ns: int) -> Iterator[Entry]:
        reasons, news = lifted(facts, ts_ns)
        found.extend(reasons)
        yield from news
        yield act_mark("resume", ts_ns, operator(), reason)

    with InstanceLock(home):
        _write(home, act)
    return {"offline": True, "lifted": [r.name for r in found], "left": []}


def _write(home: Home, act: Callable[[Mapping[str, Fact], int], Iterable[Entry]]) -> None:
    """Adds entries to the journal of a home where nobody runs. Raises JournalError."""
    journal = Journal.open(home.journal, OPERATOR)
    try:
        for entry in act(journal.begin("", "").facts, time.time_ns()):
            journal.put(entry)
        journal.barrier()
    finally:
        journal.close()


# ---- a running engine


def _follow(client: ControlClient, act: int, done: Callable[[Progress], bool], timeout_s: float) -> Progress:
    """The first progress that is done, or the last one in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        progress = client.call("progress", {"act": act}, timeout_s=max(1.0, timeout_s))
        if done(progress) or time.monotonic() > deadline:
            return progress
        time.sleep(LOOK_S)


def _taken(progress: Progress) -> bool:
    """Carried out, and seen by whoever looks from now on."""
    return bool(progress["taken"] and progress["shown"])


def _kept(progress: Progress) -> bool:
    """It outlives the process, as far as this run keeps a journal at all."""
    return progress["latched"] is not False


def _entries_stopped(progress: Progress) -> bool:
    return _taken(progress) and not progress["entries"] and _kept(progress)


def _halted(progress: Progress) -> bool:
    return _taken(progress) and progress["flat"] and _kept(progress)


def _remains(progress: Progress) -> str:
    facts = [(not progress["taken"], "the engine has not taken it yet"),
             (progress["position"], f"position {progress['position']:+d} lots"),
             (progress["working"], f"{progress['working']} order{'' if progress['working'] == 1 else 's'} working"),
             (not progress["flat"] and not progress["position"] and not progress["working"],
              "the broker has not confirmed that nothing is left"),
             (not _kept(progress), "the journal has not kept it"),
             (not progress["shown"], "`qt status` does not show it yet")]
    return ", ".join(words for holds, words in facts if holds)
