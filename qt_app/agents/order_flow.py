"""Order flow: who pays the spread, and whether the price follows."""
from __future__ import annotations

from qt_app.agents.base import Opinion, blend, ramp, signed_ramp

# Where each rule begins to speak and where it is as loud as it gets.
IMBALANCE_RATIO = (0.08, 0.40)      # (B - S) / (B + S), 50 s and 50 prints averaged
PERSISTENCE_RATIO = (0.05, 0.25)    # (B - S) / (B + S), about four minutes
ABSORPTION_RATIO = (0.25, 0.75)     # flow that the price did not follow, 10 s
ABSORPTION_VOLUME = (0.8, 1.6)      # last candle's volume / mean of 20: absorption needs volume
SWEEP_TICKS = (1.0, 5.0)            # ticks swept, net, 10 s
DIVERGENCE_RATIO = (0.15, 0.50)     # flow of 10 s ...
DIVERGENCE_TICKS = (0.5, 3.0)       # ... while the price goes this far against it

W_IMBALANCE, W_PERSISTENCE, W_ABSORPTION, W_SWEEP, W_DIVERGENCE = 0.55, 0.20, 0.70, 0.35, 0.50


def divergence(buy_lots: float, sell_lots: float, move_ticks: float) -> float:
    """The price goes against the flow: follow the price. 0 without aggressor lots."""
    lots = buy_lots + sell_lots
    flow = signed_ramp((buy_lots - sell_lots) / lots, *DIVERGENCE_RATIO) if lots > 0.0 else 0.0
    against = ramp(-move_ticks if flow > 0.0 else move_ticks, *DIVERGENCE_TICKS)
    return -flow * against


class OrderFlow:
    """Signed-volume imbalance, its persistence, absorption, sweeps, and divergence of flow and price."""

    name = "order_flow"
    inputs: tuple[str, ...] = (
        "order_flow_imbalance_10", "order_flow_imbalance_50", "volume_ratio_20", "signed_share_50", "absorption_10s",
        "sweep_ticks_10s", "price_move_10s", "aggressive_buy_10s", "aggressive_sell_10s", "trade_age_ms",
    )
    optional: tuple[str, ...] = ()
    ages: tuple[str, ...] = ("trade_age_ms",)

    def __init__(self, max_age_ms: float = 5_000.0) -> None:
        self.max_age_ms = max_age_ms

    def evaluate(self, values: tuple[float, ...]) -> Opinion:
        recent, longer, volume, prints, absorbed, swept, move, buy, sell, _ = values
        return blend((
            ("IMBALANCE", W_IMBALANCE * signed_ramp(0.5 * (recent + prints), *IMBALANCE_RATIO)),
            ("PERSISTENCE", W_PERSISTENCE * signed_ramp(longer, *PERSISTENCE_RATIO)),
            ("ABSORPTION", W_ABSORPTION * signed_ramp(absorbed, *ABSORPTION_RATIO) * ramp(volume, *ABSORPTION_VOLUME)),
            ("SWEEP", W_SWEEP * signed_ramp(swept, *SWEEP_TICKS)),
            ("DIVERGENCE", W_DIVERGENCE * divergence(buy, sell, move)),
        ), 1.0)
