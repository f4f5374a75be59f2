"""The agents' readings: name, unit, range, definition, what they need and what a mirrored market does to them.

The order here is the order of the row that ``ReadingSet.sample`` writes. docs/readings.md holds the same
definitions with their terms; a test keeps names and order equal. Reflecting a market (prices upside down, buyers and
sellers exchanged) turns reading ``r`` into ``sign * r.mirror``; every rule of the agents is held to that.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

Need = Literal["quote", "book", "tape", "brokers"]

#: Version of the definitions; changes whenever a meaning, a window or a limit below changes.
SCHEMA = "qr/1"

INF = float("inf")


@dataclass(frozen=True, slots=True)
class Reading:
    """One column. ``low`` and ``high`` bound it; ``mirror`` and ``sign`` say what it becomes in a mirrored market."""

    name: str
    unit: str
    low: float
    high: float
    needs: Need
    definition: str
    mirror: str
    sign: int


def _even(name: str, unit: str, high: float, needs: Need, definition: str) -> Reading:
    return Reading(name, unit, 0.0, high, needs, definition, name, 1)


def _signed(name: str, unit: str, bound: float, needs: Need, definition: str) -> Reading:
    return Reading(name, unit, -bound, bound, needs, definition, name, -1)


def _pair(names: tuple[str, str], unit: str, bounds: tuple[float, float], needs: Need, definitions: tuple[str, str],
          *, sign: int = 1) -> tuple[Reading, Reading]:
    one, other = names
    return (Reading(one, unit, *bounds, needs, definitions[0], other, sign),
            Reading(other, unit, *bounds, needs, definitions[1], one, sign))


def _sides(name: str, unit: str, bounds: tuple[float, float], needs: Need, definition: str) -> tuple[Reading, Reading]:
    """Bid and ask columns of one quantity; ``{side}`` in the definition is replaced."""
    return _pair((f"bid_{name}", f"ask_{name}"), unit, bounds, needs,
                 (definition.format(side="bid"), definition.format(side="ask")))


BOOK: tuple[Reading, ...] = (
    _even("spread_ticks", "ticks", INF, "quote", "best ask - best bid"),
    _signed("microprice_offset_ticks", "ticks", INF, "quote", "(spread / 2) x touch_imbalance: microprice - mid"),
    _signed("touch_imbalance", "ratio", 1, "quote", "(qb - qa) / (qb + qa), lots at the best bid and ask"),
    *_sides("depth_5", "lots", (0, INF), "book", "lots on the best 5 {side} levels"),
    _signed("depth_imbalance_5", "ratio", 1, "book", "(Db - Da) / (Db + Da), lots on the best 5 levels"),
    _signed("depth_imbalance_10", "ratio", 1, "book", "the same on the best 10 levels"),
    *_sides("replenish_10s", "lots/s", (0, INF), "quote", "lots added at the best {side} in 10 s, per second"),
    *_sides("consume_10s", "lots/s", (0, INF), "quote", "lots that left the best {side} in 10 s, per second"),
    *_sides("wall_ratio", "ratio", (1, 10), "book", "largest of the best 10 {side} levels / their mean"),
    *_sides("wall_ticks", "ticks", (0, INF), "book", "distance of that level from the best {side}; nearest of equals"),
    *_sides("queue_age_ms", "ms", (0, INF), "quote", "time since the best {side} price last changed"),
    _even("book_age_ms", "ms", INF, "book", "time since the last consistent book"),
    _even("quote_age_ms", "ms", INF, "quote", "time since the best quote last changed"),
)

TAPE: tuple[Reading, ...] = (
    _even("trade_age_ms", "ms", INF, "tape", "time since the last print"),
    _even("trade_rate_10s", "1/s", INF, "tape", "prints in 10 s, per second"),
    _even("trade_rate_60s", "1/s", INF, "tape", "prints in 60 s, per second"),
    *_pair(("aggressive_buy_10s", "aggressive_sell_10s"), "lots", (0, INF), "tape",
           ("lots bought by aggressors in 10 s", "lots sold by aggressors in 10 s")),
    _signed("signed_share_50", "ratio", 1, "tape", "(B - S) / (B + S) over the last 50 prints"),
    _signed("signed_share_100", "ratio", 1, "tape", "(B - S) / (B + S) over the last 100 prints"),
    _even("large_share_100", "ratio", 1, "tape", "lots of large prints / lots, last 100 prints"),
    _signed("large_flow_100", "ratio", 1, "tape", "(B - S of large prints) / lots, last 100 prints"),
    _even("size_ratio_100", "ratio", 5, "tape", "mean lots of the last 100 prints / of the last 500"),
    _signed("run_length", "prints", INF, "tape", "aggressor prints in a row on one side, + buyers, - sellers"),
    _signed("sweep_ticks_10s", "ticks", INF, "tape", "ticks swept up - ticks swept down in 10 s"),
    _signed("price_move_10s", "ticks", INF, "tape", "last price - last price before the window of 10 s"),
    _signed("absorption_10s", "ratio", 1, "tape",
            "-n x clip(1 - sgn(n) x price_move_10s / 2, 0, 1), n = (B - S) / (B + S) in 10 s"),
    _even("rlp_share_60s", "ratio", 1, "tape", "lots of RLP prints / lots in 60 s"),
    _even("broker_concentration_100", "ratio", 1, "brokers", "sum of squared broker shares, last 100 prints"),
    _signed("broker_lead_100", "ratio", 1, "brokers", "largest net broker position / lots, last 100 prints"),
)

FOOTPRINT: tuple[Reading, ...] = (
    _signed("fp_delta_3", "ratio", 1, "tape", "(B - S) / (B + S) over the last 3 closed candles"),
    _signed("fp_delta_12", "ratio", 1, "tape", "the same over the last 12"),
    *_pair(("fp_high_delta_12", "fp_low_delta_12"), "ratio", (-1, 1), "tape",
           ("(B - S) / (B + S) at the two highest prices of the profile",
            "(B - S) / (B + S) at the two lowest prices of the profile"), sign=-1),
    _signed("fp_poc_offset_12", "ticks", INF, "tape", "close - point of control of the profile"),
    _signed("fp_stacked_12", "levels", INF, "tape",
            "longest stack of buy imbalances - of sell imbalances; under 3 is 0"),
    _signed("fp_exhaustion_12", "ratio", 1, "tape", "seller exhaustion at the low - buyer exhaustion at the high"),
    _signed("fp_close_position_12", "ratio", 1, "tape", "2 x (close - low) / (high - low) - 1 of the profile"),
)

READINGS: tuple[Reading, ...] = BOOK + TAPE + FOOTPRINT
NAMES: tuple[str, ...] = tuple(reading.name for reading in READINGS)


def readings_id() -> str:
    """Hash of the ordered names, definitions and version; parts with different ids refuse to work together."""
    lines = [SCHEMA, *(f"{r.name}|{r.unit}|{r.definition}" for r in READINGS)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
