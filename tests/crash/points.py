"""The places at which a process may end: counted in one run, fatal at one of them in another."""
from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from qt_app.journal.entries import Entry, Note
from qt_app.orders.router import DllRouter, Wire


class Points:
    """``pass_by`` is called at each place. ``fatal`` counts from 1; at it the process ends by SIGKILL, and ``epitaph``
    says where that was."""

    def __init__(self, fatal: int | None = None, epitaph: Path | None = None) -> None:
        self.passed: list[tuple[str, int]] = []     # kind, market time
        self.clock_ns = lambda: 0
        self.armed = False
        self._fatal = fatal
        self._epitaph = epitaph
        self._lock = threading.Lock()

    def pass_by(self, kind: str) -> None:
        if not self.armed:
            return
        with self._lock:
            self.passed.append((kind, self.clock_ns()))
            if len(self.passed) == self._fatal:
                self._end(kind)

    def _end(self, kind: str) -> None:
        assert self._epitaph is not None
        self._epitaph.write_text(f"{kind} {self.clock_ns()}")
        os.kill(os.getpid(), signal.SIGKILL)
        threading.Event().wait()    # the signal may take an instant: nothing more is done until then


class TappedRouter(DllRouter):
    """The real way to the library; each call and each update taken is a place."""

    points: Points
    sends = 0

    def send(self, wire: Wire) -> tuple[int, int]:
        self.points.pass_by("send.before")
        self.sends += 1
        names = super().send(wire)
        self.points.pass_by("send.after")
        return names

    def zero(self) -> tuple[int, int]:
        self.points.pass_by("send.before")
        self.sends += 1
        names = super().zero()
        self.points.pass_by("send.after")
        return names

    def change(self, local_id: int, cl_ord_id: str, qty: int, price: float) -> int:
        self.points.pass_by("change.before")
        message = super().change(local_id, cl_ord_id, qty, price)
        self.points.pass_by("change.after")
        return message

    def cancel(self, local_id: int, cl_ord_id: str) -> int:
        self.points.pass_by("cancel.before")
        message = super().cancel(local_id, cl_ord_id)
        self.points.pass_by("cancel.after")
        return message

    def updates(self) -> Sequence[Any]:  # type: ignore[override]
        """One by one: those before a place have been taken in, those behind it never will be."""
        return Taken(super().updates(), self.points)    # type: ignore[return-value]


class Taken:
    """Updates, with a place before each."""

    def __init__(self, updates: list[Any], points: Points) -> None:
        self._updates = updates
        self._points = points

    def __iter__(self) -> Iterator[Any]:
        for update in self._updates:
            self._points.pass_by("update.before")
            yield update
            self._points.pass_by("update.after")


def tapped(note: Note, points: Points) -> Note:
    """A journal's ``put`` with a place before and after each entry: it waits for its commit then."""

    def put(entry: Entry) -> None:
        kind = type(entry).__name__.lower()
        points.pass_by(f"put.{kind}.before")
        note(entry)
        points.pass_by(f"put.{kind}.after")

    return put
