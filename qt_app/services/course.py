"""The course of a day in bounded room: spread of each feature, a thinned curve, and bars of a minute.

Folds with no clock, thread or socket of their own.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_core.features.registry import NAMES

Columns = Mapping[str, Sequence[int]]

POINTS = 400            # a curve is thinned to half when it has twice as many
BAR_NS = 60_000_000_000
BARS = 720              # twelve hours


class Spreads:
    """Count, mean, sum of squared deviations, least and greatest of each feature, and when it last changed.

    Unknown values do not count; that a value becomes unknown is a change.
    """

    def __init__(self) -> None:
        self._row: NDArray[np.float64] | None = None
        self.changed_ns = np.zeros(len(NAMES), dtype=np.int64)
        self.count = np.zeros(len(NAMES), dtype=np.int64)
        self.mean = np.zeros(len(NAMES))
        self.squares = np.zeros(len(NAMES))
        self.least = np.full(len(NAMES), np.nan)
        self.greatest = np.full(len(NAMES), np.nan)

    def add(self, ts_ns: int, row: NDArray[np.float64]) -> None:
        """One row of 65 (Welford)."""
        if self._row is None:
            self.changed_ns[:] = ts_ns
        else:
            self.changed_ns[(row != self._row) & ~(np.isnan(row) & np.isnan(self._row))] = ts_ns
        self._row = row
        known = np.isfinite(row)
        value = np.where(known, row, self.mean)
        self.count += known
        step = value - self.mean
        self.mean += step / np.maximum(self.count, 1)
        self.squares += step * (value - self.mean)
        found = np.where(known, row, np.nan)
        self.least, self.greatest = np.fmin(self.least, found), np.fmax(self.greatest, found)

    def told(self) -> dict[str, NDArray[Any]]:
        return {"count": self.count, "mean": self.mean, "squares": self.squares, "min": self.least,
                "max": self.greatest, "changed_ns": self.changed_ns}


class Curve:
    """Points of time and value, oldest first: evenly thinned, and the newest always there."""

    def __init__(self) -> None:
        self._points: list[tuple[int, float]] = []
        self._newest: tuple[int, float] | None = None
        self._every = 1
        self._seen = 0

    def add(self, ts_ns: int, value: float) -> None:
        self._newest = ts_ns, value
        if self._seen % self._every == 0:
            self._points.append(self._newest)
        self._seen += 1
        if len(self._points) >= 2 * POINTS:
            self._points = self._points[::2]
            self._every *= 2

    def told(self) -> list[tuple[int, float]]:
        if self._newest is None or self._newest == self._points[-1]:
            return list(self._points)
        return [*self._points, self._newest]


class Bars:
    """Candles of a minute, made of closed shorter ones that may come again and again.

    Columns are those of ``COLUMNS``; ``until_ns`` is the start of the newest candle that is in.
    """

    COLUMNS = ("start_ns", "open", "high", "low", "close", "volume", "buy", "sell")

    def __init__(self) -> None:
        self._bars: dict[int, list[int]] = {}
        self.until_ns = 0

    def add(self, columns: Columns, since_ns: int = 0) -> None:
        """Closed candles, oldest first; those that are in already, or begin before ``since_ns``, are let pass."""
        least = max(since_ns, self.until_ns + 1)
        for start, opened, high, low, close, *flow in candle_rows(columns):
            if start < least:
                continue
            self.until_ns, minute = start, start // BAR_NS * BAR_NS
            bar = self._bars.get(minute)
            if bar is None:
                self._bars[minute] = [opened, high, low, close, *flow]
                continue
            bar[1], bar[2], bar[3] = max(bar[1], high), min(bar[2], low), close
            bar[4:] = [had + more for had, more in zip(bar[4:], flow, strict=True)]
        for old in sorted(self._bars)[:-BARS]:
            del self._bars[old]

    def take(self, columns: Columns, until_ns: int) -> None:
        """Another's bars instead of these."""
        self._bars = {start: [*rest] for start, *rest in candle_rows(columns)}
        self.until_ns = until_ns

    def rows(self) -> list[tuple[int, ...]]:
        """Oldest first."""
        return [(start, *self._bars[start]) for start in sorted(self._bars)]

    def told(self) -> dict[str, Any]:
        rows = self.rows()
        return {"until_ns": self.until_ns, **{name: [row[i] for row in rows] for i, name in enumerate(self.COLUMNS)}}


def candle_rows(columns: Columns) -> Iterator[tuple[int, ...]]:
    """A message's candles, each in the order of ``Bars.COLUMNS``; prices in ticks."""
    return zip(*(columns[name] for name in Bars.COLUMNS), strict=True)
