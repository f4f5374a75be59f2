"""Liquidity: what rests in the book. Direction comes from signed quantities only; spread and depth scale trust."""
from __future__ import annotations

from qt_app.agents.base import Opinion, blend, ramp, signed_ramp

DEPTH_RATIO = (0.08, 0.40)          # (Db - Da) / (Db + Da), 5 and 10 levels averaged
MICROPRICE_TICKS = (0.08, 0.35)     # microprice - mid
REFILL_RATIO = (0.05, 0.30)         # net refill of the best prices / all that came and went, 10 s
WALL_RATIO = (3.0, 6.0)             # largest level / mean of its side
WALL_TICKS = (2.0, 8.0)             # a wall counts in full up to 2 ticks away, not at all from 8

SPREAD_TICKS = (1.0, 4.0)           # trust falls from one tick of spread ...
WIDE_TRUST = 0.25                   # ... to this share
COVER_SECONDS = (0.5, 3.0)          # lots on 5 levels / lots that leave the best prices per second
THIN_TRUST = 0.40

W_DEPTH, W_MICROPRICE, W_REFILL, W_WALL = 0.45, 0.35, 0.35, 0.25


def refill(bid_in: float, ask_in: float, bid_out: float, ask_out: float) -> float:
    """Bids that come and asks that go, less the contrary, over all of it; 0 when nothing moved."""
    moved = bid_in + ask_in + bid_out + ask_out
    return ((bid_in - bid_out) - (ask_in - ask_out)) / moved if moved > 0.0 else 0.0


def wall(size_ratio: float, distance_ticks: float) -> float:
    """How much a level stands out and how near it is, 0 to 1."""
    return ramp(size_ratio, *WALL_RATIO) * (1.0 - ramp(distance_ticks, *WALL_TICKS))


def trust(spread_ticks: float, depth_lots: float, out_per_second: float) -> float:
    """Tight and deep: 1. A wide spread or a book that lasts for less than seconds lowers it, whatever the side."""
    tight = 1.0 - (1.0 - WIDE_TRUST) * ramp(spread_ticks, *SPREAD_TICKS)
    cover = ramp(depth_lots, COVER_SECONDS[0] * out_per_second, COVER_SECONDS[1] * out_per_second)
    return tight * (THIN_TRUST + (1.0 - THIN_TRUST) * cover)


class Liquidity:
    """Depth imbalance, microprice, refill of the best prices, and walls."""

    name = "liquidity"
    inputs: tuple[str, ...] = (
        "depth_imbalance_5", "depth_imbalance_10", "microprice_offset_ticks", "spread_ticks", "bid_depth_5",
        "ask_depth_5", "bid_replenish_10s", "ask_replenish_10s", "bid_consume_10s", "ask_consume_10s",
        "bid_wall_ratio", "ask_wall_ratio", "bid_wall_ticks", "ask_wall_ticks", "book_age_ms",
    )
    optional: tuple[str, ...] = ()
    ages: tuple[str, ...] = ("book_age_ms",)

    def __init__(self, max_age_ms: float = 5_000.0) -> None:
        self.max_age_ms = max_age_ms

    def evaluate(self, values: tuple[float, ...]) -> Opinion:
        (near, far, micro, spread, bid_depth, ask_depth, bid_in, ask_in, bid_out, ask_out,
         bid_wall, ask_wall, bid_wall_at, ask_wall_at, _) = values
        return blend((
            ("DEPTH", W_DEPTH * signed_ramp(0.5 * (near + far), *DEPTH_RATIO)),
            ("MICROPRICE", W_MICROPRICE * signed_ramp(micro, *MICROPRICE_TICKS)),
            ("REFILL", W_REFILL * signed_ramp(refill(bid_in, ask_in, bid_out, ask_out), *REFILL_RATIO)),
            ("WALL", W_WALL * (wall(bid_wall, bid_wall_at) - wall(ask_wall, ask_wall_at))),
        ), trust(spread, bid_depth + ask_depth, bid_out + ask_out))
