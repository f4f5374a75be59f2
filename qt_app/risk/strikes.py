"""Counts what happens again and again within a time."""
from __future__ import annotations

from collections import deque
from collections.abc import Iterable


class Strikes:
    """Instants of event time; (t - window, t] counts. ``clear`` begins a new row."""

    def __init__(self, limit: int, window_ns: int) -> None:
        self.limit = limit
        self.window_ns = window_ns
        self._at: deque[int] = deque(maxlen=limit)

    def add(self, now_ns: int) -> bool:
        """One more; whether the limit is reached."""
        self._at.append(now_ns)
        return len(self._at) == self.limit and self._at[0] > now_ns - self.window_ns

    def clear(self) -> bool:
        """Whether there was anything to forget."""
        had = bool(self._at)
        self._at.clear()
        return had

    @property
    def at(self) -> tuple[int, ...]:
        return tuple(self._at)

    def restore(self, at: Iterable[int]) -> None:
        self._at = deque(at, self.limit)
