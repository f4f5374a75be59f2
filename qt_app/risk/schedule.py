"""When entries are allowed within a session, and by when the position must be closed."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qt_app.risk.limits import Limits
from qt_app.risk.view import MarketView

MINUTE_NS = 60_000_000_000

Window = Literal["closed", "opening", "open", "closing", "flat_by"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Minutes counted from the session's own open and close; a session without an end never nears it."""

    no_entry_open_minutes: int
    no_entry_close_minutes: int
    flat_by_minutes: int

    @classmethod
    def of(cls, limits: Limits) -> Schedule:
        return cls(limits.no_entry_open_minutes, limits.no_entry_close_minutes, limits.flat_by_minutes)

    def window(self, view: MarketView) -> Window:
        """Part of the session; entries belong into ``open`` only, and from ``flat_by`` on nothing is held."""
        if view.open_ns is None or view.now_ns < view.open_ns:
            return "closed"
        if view.close_ns is not None:
            if view.now_ns >= view.close_ns:
                return "closed"
            left = view.close_ns - view.now_ns
            if left <= self.flat_by_minutes * MINUTE_NS:
                return "flat_by"
            if left <= self.no_entry_close_minutes * MINUTE_NS:
                return "closing"
        return "opening" if view.now_ns - view.open_ns < self.no_entry_open_minutes * MINUTE_NS else "open"

    def must_be_flat(self, view: MarketView) -> bool:
        return self.window(view) == "flat_by"
