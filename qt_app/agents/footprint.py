"""Footprint: volume at price by aggressor in closed candles."""
from __future__ import annotations

from qt_app.agents.base import Opinion, blend, ramp, signed_ramp

DELTA_RATIO = (0.08, 0.40)          # (B - S) / (B + S), 3 and 12 candles averaged
STACK_LEVELS = (2.0, 6.0)           # imbalances in a row
EXHAUSTION_RATIO = (0.15, 0.60)     # aggressors missing at one extreme more than at the other
EXHAUSTION_PLACE = (0.10, 0.60)     # the close is still in that half of the profile
TRAPPED_RATIO = (0.20, 0.70)        # aggressors bought the high (sold the low) ...
TRAPPED_PLACE = (0.10, 0.60)        # ... and the close is in the other half
POC_TICKS = (1.0, 5.0)              # close away from the point of control: accepted there

W_DELTA, W_STACKED, W_EXHAUSTION, W_TRAPPED, W_POC = 0.50, 0.30, 0.25, 0.30, 0.25


def exhaustion(ratio: float, place: float) -> float:
    """Sellers ran out at the low while the close is low: up; buyers at the high while it is high: down."""
    return signed_ramp(ratio, *EXHAUSTION_RATIO) * ramp(-place if ratio > 0.0 else place, *EXHAUSTION_PLACE)


def trapped(high_delta: float, low_delta: float, place: float) -> float:
    """Sellers of the low are under water when the close is high: up; buyers of the high when it is low: down."""
    if place > 0.0:
        return ramp(-low_delta, *TRAPPED_RATIO) * ramp(place, *TRAPPED_PLACE)
    return -ramp(high_delta, *TRAPPED_RATIO) * ramp(-place, *TRAPPED_PLACE)


class Footprint:
    """Delta, stacked imbalances, exhaustion at an extreme, trapped aggressors, and the distance from the POC."""

    name = "footprint"
    inputs: tuple[str, ...] = (
        "fp_delta_3", "fp_delta_12", "fp_high_delta_12", "fp_low_delta_12", "fp_poc_offset_12", "fp_stacked_12",
        "fp_exhaustion_12", "fp_close_position_12", "trade_age_ms",
    )
    optional: tuple[str, ...] = ()
    ages: tuple[str, ...] = ("trade_age_ms",)

    def __init__(self, max_age_ms: float = 10_000.0) -> None:
        self.max_age_ms = max_age_ms

    def evaluate(self, values: tuple[float, ...]) -> Opinion:
        recent, longer, high, low, poc, stacked, spent, place, _ = values
        return blend((
            ("DELTA", W_DELTA * signed_ramp(0.5 * (recent + longer), *DELTA_RATIO)),
            ("STACKED", W_STACKED * signed_ramp(stacked, *STACK_LEVELS)),
            ("EXHAUSTION", W_EXHAUSTION * exhaustion(spent, place)),
            ("TRAPPED", W_TRAPPED * trapped(high, low, place)),
            ("POC", W_POC * signed_ramp(poc, *POC_TICKS)),
        ), 1.0)
