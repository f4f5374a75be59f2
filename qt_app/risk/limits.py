"""The limits of the one gate, under the names and units of the configuration's risk group."""
from __future__ import annotations

import math
from dataclasses import dataclass, fields

from qt_app.errors import ConfigError

#: Lowest and highest value of each limit.
RANGES: dict[str, tuple[float, float]] = {
    "max_position": (1, 100),
    "stop_loss": (0.0001, 0.05),
    "min_confidence": (0.34, 1),
    "max_daily_trades": (0, 1000),
    "max_daily_loss_brl": (1, 1_000_000),
    "collar_ticks": (1, 1000),
    "orders_per_second": (1, 50),
    "orders_per_minute": (1, 200),
    "flat_by_minutes": (0, 240),
    "no_entry_open_minutes": (0, 240),
    "no_entry_close_minutes": (0, 240),
    "max_spread_ticks": (1, 1000),
    "stale_after_ms": (100, 60_000),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds every order; ConfigError names a value out of range."""

    max_position: int = 1               # contracts, either side
    stop_loss: float = 0.005            # fraction of the entry price
    min_confidence: float = 0.60        # probability of the action
    max_daily_trades: int = 10          # entries per session
    max_daily_loss_brl: float = 500.0   # costs and open position included; flattens and stops entries
    collar_ticks: int = 20              # farthest from the touch and from the last print
    orders_per_second: int = 10         # orders and cancels in any second of event time
    orders_per_minute: int = 100
    flat_by_minutes: int = 35           # before the close: position closed
    no_entry_open_minutes: int = 5      # after the open: no entry
    no_entry_close_minutes: int = 45    # before the close: no entry
    max_spread_ticks: int = 4           # no entry while wider
    stale_after_ms: int = 5000          # market data older than this: no entry

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise ConfigError(f"{name} {value!r} is out of range; give {low:g} to {high:g}")


def from_settings(settings: object) -> Limits:
    """Limits of an object that has an attribute for each of them, such as the configuration's risk group."""
    return Limits(**{f.name: getattr(settings, f.name) for f in fields(Limits)})
