"""What somebody wants to do, before risk has looked at it; and the legs of a bracket, never on the wrong side."""
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
    TARGET = "target"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class ProtectiveStop:
    """Trigger and limit in ticks that protect a position opened by ``entry_side`` from ``entry`` ticks.

    ``entry`` is what the stop keeps its distance from: the entry, or the best price since for a stop that was moved.
    """

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
        return cls.at(entry_side, entry, trigger, slip_ticks)

    @classmethod
    def at(cls, entry_side: int, entry: Fraction, trigger: int, slip_ticks: int) -> ProtectiveStop:
        """Stop at a trigger, with its limit so far beyond."""
        return cls(entry_side, entry, trigger, max(1, trigger - entry_side * slip_ticks))


@dataclass(frozen=True, slots=True)
class ProfitTarget:
    """Limit in ticks that takes the profit of a position opened by ``entry_side`` at ``entry`` ticks."""

    entry_side: int
    entry: Fraction
    price: int

    def __post_init__(self) -> None:
        if self.entry_side not in (-1, 1):
            raise RefusedError(f"target: side {self.entry_side} is neither +1 nor -1")
        if self.entry_side * (self.price - self.entry) <= 0 or self.price <= 0:
            raise RefusedError(f"target: {self.price} is on the wrong side of the entry {float(self.entry)}")

    @classmethod
    def at_gain(cls, entry_side: int, entry: Fraction, take_profit: float) -> ProfitTarget:
        """Target at entry x (1 + side x take_profit), rounded away from the entry, at least a tick from it."""
        exact = entry * (1 + entry_side * Fraction(repr(take_profit)))
        if entry_side > 0:
            return cls(entry_side, entry, max(math.ceil(exact), math.floor(entry) + 1))
        return cls(entry_side, entry, max(1, min(math.floor(exact), math.ceil(entry) - 1)))


@dataclass(frozen=True, slots=True)
class BracketTerms:
    """Where both legs of one position belong. A leg for another side, or beyond the other leg, cannot be built."""

    entry_side: int
    entry: Fraction
    stop: ProtectiveStop
    target: ProfitTarget | None

    def __post_init__(self) -> None:
        for name, leg in (("stop", self.stop), ("target", self.target)):
            if leg is not None and leg.entry_side != self.entry_side:
                raise RefusedError(f"bracket: its {name} is for side {leg.entry_side:+d}, not {self.entry_side:+d}")
        if self.entry_side * (self.stop.entry - self.entry) < 0:
            raise RefusedError(f"bracket: its stop is measured from {float(self.stop.entry)}, which is worse than the "
                               f"entry {float(self.entry)}")
        if self.target is None:
            return
        if self.entry_side * (self.target.price - self.entry) <= 0:
            raise RefusedError(f"bracket: target {self.target.price} is on the wrong side of the entry "
                               f"{float(self.entry)}")
        if self.entry_side * (self.target.price - self.stop.trigger) <= 0:
            raise RefusedError(f"bracket: stop {self.stop.trigger} lies beyond the target {self.target.price}")


@dataclass(frozen=True, slots=True)
class Intent:
    """An order somebody wants. ``side`` +1 or -1, ``qty`` lots; entries have a confidence, legs a stop or a target."""

    order_id: int
    seq: int
    ts_ns: int
    purpose: Purpose
    side: int
    qty: int
    reason: str
    confidence: float | None = None
    stop: ProtectiveStop | None = None
    target: ProfitTarget | None = None
