"""Where a bracket's legs belong: the stop and the target of a position, and when the stop is worth moving.

Prices are ticks of the market, read at event time. A stop only ever gets tighter: it keeps ``stop_loss`` from the
entry, ``trail`` from the best price at which the position could have been closed since, and lies at the entry and its
costs once ``break_even_after`` was won, whichever is closest to the market.
"""
from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from qt_app.risk.intent import BracketTerms, ProfitTarget, ProtectiveStop
from qt_app.risk.limits import Limits

#: How far beyond its trigger a protective stop may fill: 20 points of WDO, 200 of WIN.
STOP_SLIP_TICKS = 40

#: A stop is not moved by less, nor by less than this part of the trailing distance.
MIN_MOVE_TICKS = 2
MIN_MOVE_PART = Fraction(1, 10)


class Levels:
    """Prices of one position's legs. ``side`` is the position's, 0 when there is none."""

    def __init__(self, limits: Limits) -> None:
        self._stop_loss, self._take_profit = limits.stop_loss, limits.take_profit
        self._trail = Fraction(repr(limits.trail))
        self._even_after = Fraction(repr(limits.break_even_after))
        self.clear()

    def clear(self) -> None:
        """Flat: the next position has its own prices."""
        self.side = 0
        self._entry = self._best = self._costs = Fraction(0)
        self._touch: int | None = None   # what closing would get now
        self._floor: int | None = None   # the tightest trigger so far

    @property
    def moving(self) -> bool:
        """Whether a stop may move at all."""
        return bool(self._trail or self._even_after)

    @property
    def aims(self) -> bool:
        """Whether there is to be a target."""
        return self._take_profit > 0

    def see(self, side: int, entry: Fraction, touch: int | None, costs: Fraction) -> None:
        """A position of this side at this average entry; the exit side's touch; costs of a round trip in ticks."""
        if side != self.side:
            self.clear()
            self.side, self._best = side, entry
        self._entry, self._touch, self._costs = entry, touch, costs
        self._reached(entry)
        if touch is not None:
            self._reached(Fraction(touch))

    def placed(self, side: int, trigger: int) -> None:
        """A stop was sent there: none that follows is looser, and the market has been better than that."""
        if not self.moving:
            return
        if side != self.side:
            self.clear()
            self.side, self._best = side, Fraction(trigger + side)
        self._floor = trigger if self._floor is None else self._tighter(trigger, self._floor)
        self._reached(Fraction(trigger + side))

    def terms(self) -> BracketTerms:
        """Both legs as they should be now; the position must be known."""
        target = ProfitTarget.at_gain(self.side, self._entry, self._take_profit) if self.aims else None
        stop = max(self._stops(), key=lambda s: self.side * s.trigger)
        if target is not None and self.side * (target.price - stop.trigger) <= 0:
            stop = self._stop_at(target.price - self.side)
        return BracketTerms(self.side, self._entry, stop, target)

    def worth_moving(self, trigger: int) -> bool:
        """Whether a stop belongs so much closer to the market, and the market is not there yet."""
        if not self.moving or self._touch is None:
            return False
        wanted = self.terms().stop.trigger
        return self.side * (wanted - trigger) >= self._step() and self.side * (self._touch - wanted) > 0

    def _step(self) -> Fraction:
        return max(Fraction(MIN_MOVE_TICKS), self._best * self._trail * MIN_MOVE_PART)

    def _stops(self) -> Iterator[ProtectiveStop]:
        yield ProtectiveStop.at_loss(self.side, self._entry, self._stop_loss, STOP_SLIP_TICKS)
        if self._trail:
            yield ProtectiveStop.at_loss(self.side, self._best, float(self._trail), STOP_SLIP_TICKS)
        if self._even_after and self.side * (self._best - self._entry) >= self._entry * self._even_after:
            yield from self._even()
        if self._floor is not None:
            yield self._stop_at(self._floor)

    def _even(self) -> Iterator[ProtectiveStop]:
        """At the entry and its costs; nothing while the market has not been beyond that."""
        exact = self._entry + self.side * self._costs
        trigger = math.ceil(exact) if self.side > 0 else math.floor(exact)
        if self.side * (self._best - trigger) > 0:
            yield self._stop_at(trigger)

    def _stop_at(self, trigger: int) -> ProtectiveStop:
        return ProtectiveStop.at(self.side, self._best, trigger, STOP_SLIP_TICKS)

    def _reached(self, price: Fraction) -> None:
        if self.side * (price - self._best) > 0:
            self._best = price

    def _tighter(self, one: int, other: int) -> int:
        return max(one, other) if self.side > 0 else min(one, other)
