"""Hysteresis: beyond a limit for some looks in a row raises, on the good side of another one clears."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Turn = Literal["raise", "clear", ""]


@dataclass(frozen=True, slots=True)
class Bounds:
    """``limit``: bad beyond it. ``calm``: good at it or on its good side. ``below``: beyond is below the limit."""

    limit: float
    calm: float
    below: bool = False
    looks: int = 1
    calm_looks: int = 1

    def bad(self, value: float) -> bool:
        return value < self.limit if self.below else value > self.limit

    def good(self, value: float) -> bool:
        return value >= self.calm if self.below else value <= self.calm


class Trigger:
    """One value's state. Between the two limits nothing turns."""

    __slots__ = ("_bad", "_bounds", "_good", "raised")

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._bad = self._good = 0
        self.raised = False

    def look(self, value: float) -> Turn:
        """What turns by this look at the value."""
        self._bad = self._bad + 1 if self._bounds.bad(value) else 0
        self._good = self._good + 1 if self._bounds.good(value) else 0
        if not self.raised and self._bad >= self._bounds.looks:
            self.raised = True
            return "raise"
        if self.raised and self._good >= self._bounds.calm_looks:
            self.raised = False
            return "clear"
        return ""

    @property
    def idle(self) -> bool:
        """Nothing is remembered: a new one would be the same."""
        return not self.raised and not self._bad
