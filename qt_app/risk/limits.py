"""The limits of the one gate, under the names and units of the configuration's risk group."""
from __future__ import annotations

import math
from dataclasses import dataclass, fields

from qt_app.errors import ConfigError

#: Lowest and highest value of each limit.
RANGES: dict[str, tuple[float, float]] = {
    "max_position": (1, 100),
    "stop_loss": (0.0001, 0.05),
    "take_profit": (0, 0.5),
    "trail": (0, 0.05),
    "break_even_after": (0, 0.05),
    "min_confidence": (0.34, 1),
    "max_daily_trades": (0, 1000),
    "max_daily_loss_brl": (1, 1_000_000),
    "max_daily_drawdown_brl": (1, 1_000_000),
    "max_losses_in_row": (0, 1000),
    "max_rejections": (1, 100),
    "rejection_minutes": (1, 600),
    "max_rate_refusals": (1, 1000),
    "max_decision_errors": (1, 1000),
    "collar_ticks": (1, 1000),
    "orders_per_second": (1, 50),
    "orders_per_minute": (1, 200),
    "flat_by_minutes": (0, 240),
    "no_entry_open_minutes": (0, 240),
    "no_entry_close_minutes": (0, 240),
    "max_spread_ticks": (1, 1000),
    "stale_after_ms": (100, 60_000),
    "stale_position_s": (1, 3600),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds every order; ConfigError names a value out of range."""

    max_position: int = 1               # contracts, either side
    stop_loss: float = 0.005            # fraction of the entry price
    take_profit: float = 0.01           # fraction of the entry price; 0: no target
    trail: float = 0.0                  # distance of the stop from the best price since, as a fraction; 0: it stays
    break_even_after: float = 0.0       # profit, as a fraction, that moves the stop to entry and costs; 0: never
    min_confidence: float = 0.60        # probability of the action
    max_daily_trades: int = 10          # entries per session
    max_daily_loss_brl: float = 500.0   # costs and open position included; flattens and halts the session
    max_daily_drawdown_brl: float = 750.0  # from the day's best closed result; flattens and halts the session
    max_losses_in_row: int = 4          # losing trades; ends the session's entries; 0 = no limit
    max_rejections: int = 3             # orders the broker rejected in a row; entries wait for `qt resume`
    rejection_minutes: int = 10         # a rejection counts this long
    max_rate_refusals: int = 5          # in a minute, for the order rate; entries wait for `qt resume`
    max_decision_errors: int = 3        # decisions in a row that failed; flattens and halts until `qt resume`
    collar_ticks: int = 20              # farthest from the touch and from the last print
    orders_per_second: int = 10         # orders and cancels in any second of event time
    orders_per_minute: int = 100
    flat_by_minutes: int = 35           # before the close: position closed
    no_entry_open_minutes: int = 5      # after the open: no entry
    no_entry_close_minutes: int = 45    # before the close: no entry
    max_spread_ticks: int = 4           # no entry while wider
    stale_after_ms: int = 5000          # market data older than this: no entry
    stale_position_s: int = 30          # market data stale this long while a position is open: an alert

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise ConfigError(f"{name} {value!r} is out of range; give {low:g} to {high:g}")


def from_settings(settings: object) -> Limits:
    """Limits of an object that has an attribute for each of them, such as the configuration's risk group."""
    return Limits(**{f.name: getattr(settings, f.name) for f in fields(Limits)})
