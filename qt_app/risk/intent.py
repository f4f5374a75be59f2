"""What somebody wants to do, before risk has looked at it; and protective stops, never on the wrong side."""
from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from fractions import Fraction

from qt_app.errors import RefusedError


class Purpose(enum.Enum):
    """Why an order exists. Only ENTRY may enlarge a position."""

    ENTRY = "entry"
    STOP = "stop"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class ProtectiveStop:
    """Trigger and limit in ticks that protect a position opened by ``entry_side`` at ``entry`` ticks."""

    entry_side: int
    entry: Fraction
    trigger: int
    limit: int

    def __post_init__(self) -> None:
        if self.entry_side not in (-1, 1):
            raise RefusedError(f"stop: side {self.entry_side} is neither +1 nor -1")
        if self.entry_side * (self.entry - self.trigger) <= 0 or self.trigger <= 0:
            raise RefusedError(f"stop: trigger {self.trigger} is on the wrong side of the entry {float(self.entry)}")
        if self.entry_side * (self.trigger - self.limit) < 0 or self.limit <= 0:
            raise RefusedError(f"stop: limit {self.limit} cannot fill beyond its trigger {self.trigger}")

    @classmethod
    def at_loss(cls, entry_side: int, entry: Fraction, stop_loss: float, slip_ticks: int) -> ProtectiveStop:
        """Stop at entry x (1 - side x stop_loss), rounded towards the entry, at least one tick away from it."""
        exact = entry * (1 - entry_side * Fraction(repr(stop_loss)))
        if entry_side > 0:
            trigger = min(math.ceil(exact), math.ceil(entry) - 1)
        else:
            trigger = max(math.floor(exact), math.floor(entry) + 1)
        return cls(entry_side, entry, trigger, max(1, trigger - entry_side * slip_ticks))


@dataclass(frozen=True, slots=True)
class Intent:
    """An order somebody wants. ``side`` +1 or -1, ``qty`` lots; ``confidence`` of entries, ``stop`` of stops."""

    order_id: int
    seq: int
    ts_ns: int
    purpose: Purpose
    side: int
    qty: int
    reason: str
    confidence: float | None = None
    stop: ProtectiveStop | None = None
