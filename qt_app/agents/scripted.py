"""Scripted markets: what a quiet one, a burst of buying and its mirror image look like to each agent.

At boot the panel is shown all three; a stack that cannot reach buy, sell and hold from them does not start.
"""
from __future__ import annotations

from math import nan

import numpy as np

from qt_app.agents.base import AgentPanel
from qt_app.votes import Action, Vote
from qt_core.readings.registry import READINGS

Values = dict[str, float]

#: Features in use that change sign in a mirrored market; the other ones stay as they are.
SIGNED_FEATURES = frozenset({"order_flow_imbalance_10", "order_flow_imbalance_50"})

_BY_NAME = {reading.name: reading for reading in READINGS}

#: Nothing happens: a balanced market with fresh data.
QUIET: Values = {
    "order_flow_imbalance_10": 0.0, "order_flow_imbalance_50": 0.0, "volume_ratio_20": 1.0, "signed_share_50": 0.0,
    "absorption_10s": 0.0, "sweep_ticks_10s": 0.0, "price_move_10s": 0.0, "aggressive_buy_10s": 100.0,
    "aggressive_sell_10s": 100.0, "trade_age_ms": 40.0,
    "depth_imbalance_5": 0.0, "depth_imbalance_10": 0.0, "microprice_offset_ticks": 0.0, "spread_ticks": 1.0,
    "bid_depth_5": 1500.0, "ask_depth_5": 1500.0, "bid_replenish_10s": 60.0, "ask_replenish_10s": 60.0,
    "bid_consume_10s": 60.0, "ask_consume_10s": 60.0, "bid_wall_ratio": 1.5, "ask_wall_ratio": 1.5,
    "bid_wall_ticks": 3.0, "ask_wall_ticks": 3.0, "book_age_ms": 15.0,
    "signed_share_100": 0.0, "large_flow_100": 0.0, "run_length": 1.0, "trade_rate_10s": 20.0, "trade_rate_60s": 20.0,
    "size_ratio_100": 1.0, "rlp_share_60s": 0.2, "broker_lead_100": 0.0,
    "fp_delta_3": 0.0, "fp_delta_12": 0.0, "fp_high_delta_12": 0.0, "fp_low_delta_12": 0.0, "fp_poc_offset_12": 0.0,
    "fp_stacked_12": 0.0, "fp_exhaustion_12": 0.0, "fp_close_position_12": 0.0,
}

#: A burst of buying as it looks to each of the four.
BULLISH: Values = QUIET | {
    "order_flow_imbalance_10": 0.35, "order_flow_imbalance_50": 0.15, "volume_ratio_20": 1.8, "signed_share_50": 0.45,
    "sweep_ticks_10s": 4.0, "price_move_10s": 4.0, "aggressive_buy_10s": 320.0, "aggressive_sell_10s": 120.0,
    "depth_imbalance_5": 0.35, "depth_imbalance_10": 0.25, "microprice_offset_ticks": 0.25, "bid_depth_5": 2000.0,
    "ask_depth_5": 960.0, "bid_replenish_10s": 95.0, "ask_replenish_10s": 50.0, "bid_consume_10s": 60.0,
    "ask_consume_10s": 90.0, "bid_wall_ratio": 4.0,
    "signed_share_100": 0.30, "large_flow_100": 0.12, "run_length": 8.0, "trade_rate_10s": 45.0, "size_ratio_100": 1.4,
    "broker_lead_100": 0.2,
    "fp_delta_3": 0.40, "fp_delta_12": 0.25, "fp_high_delta_12": 0.3, "fp_low_delta_12": -0.2, "fp_poc_offset_12": 4.0,
    "fp_stacked_12": 4.0, "fp_close_position_12": 0.8,
}


def mirror(values: Values) -> Values:
    """The same market upside down, by the readings' own account of it."""
    out: Values = {}
    for name, value in values.items():
        reading = _BY_NAME.get(name)
        if reading is not None:
            out[reading.mirror] = reading.sign * value
        else:
            out[name] = -value if name in SIGNED_FEATURES else value
    return out


BEARISH: Values = mirror(BULLISH)

MARKETS: dict[Action, Values] = {"sell": BEARISH, "hold": QUIET, "buy": BULLISH}


def scripted_votes(panel: AgentPanel) -> dict[Action, tuple[tuple[Vote, ...], tuple[float, ...]]]:
    """The panel's votes and weights in each scripted market; what the script does not name is NaN."""
    out: dict[Action, tuple[tuple[Vote, ...], tuple[float, ...]]] = {}
    for action, values in MARKETS.items():
        row = np.array([values.get(name, nan) for name in panel.feature_names])
        readings = np.array([values.get(name, nan) for name in panel.reading_names])
        out[action] = panel.votes(row, readings)
    return out
