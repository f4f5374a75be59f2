"""The last sessions, put aside before anything is fitted, and the ledger that tells how often they were opened.

``HOME/state/final_blocks.jsonl`` only grows, each line bound to the one before. A block that was looked at before has
begun to steer what is tried next, so a figure of a second look is worth less, and says so.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qt_app import chain
from qt_app.errors import DataError, RefusedError
from qt_app.home import Home
from qt_app.zone import now_text


def put_aside(n: int, last: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(sessions to develop on, the final block): indices of n sessions in the order of time.

    Raises DataError when the block would leave nothing.
    """
    if not 0 <= last < n:
        raise DataError(f"{n} sessions are too few to put the last {last} aside; record more days, or put fewer aside")
    return tuple(range(n - last)), tuple(range(n - last, n))


@dataclass(frozen=True, slots=True)
class Opening:
    """One look at a final block. ``burnt``: some of its sessions had been opened before."""

    at: str                     # wall clock, for people
    run: str
    sessions: tuple[str, ...]   # digests, sorted
    burnt: bool


def openings(home: Home, digests: Sequence[str] | None = None) -> list[Opening]:
    """All openings, oldest first, or those that touched one of these sessions. Raises DataError: broken chain."""
    found = [_opening(home, line) for line in chain.read(home.final_blocks)]
    return found if digests is None else [one for one in found if not set(digests).isdisjoint(one.sessions)]


def open_block(home: Home, run: str, digests: Sequence[str], *, again: bool = False) -> Opening:
    """Write down that ``run`` opens these sessions; call it before the first look.

    Raises RefusedError when one of them was opened before, unless ``again`` says that the block may be burnt;
    DataError: broken chain, or no session.
    """
    if not digests:
        raise DataError(f"run {run} has put no session aside: train again with a final block")

    def say(lines: list[chain.Entry]) -> Mapping[str, Any]:
        before = [line for line in lines if not set(digests).isdisjoint(line["sessions"])]
        if before and not again:
            raise RefusedError(f"the final block of run {run} was opened on {before[0]['at']} by run "
                               f"{before[0]['run']}: put newer sessions aside, or open it burnt with --again")
        return {"at": now_text(), "run": run, "sessions": sorted(digests), "burnt": bool(before)}

    written = chain.append(home.final_blocks, say)
    assert written is not None
    return _opening(home, written)


def _opening(home: Home, line: chain.Entry) -> Opening:
    try:
        return Opening(line["at"], line["run"], tuple(line["sessions"]), line["burnt"])
    except (KeyError, TypeError) as error:
        raise DataError(f"{home.final_blocks} holds a line that is no opening ({error}); put an unchanged copy "
                        "back") from error
