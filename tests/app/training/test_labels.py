"""Labels: executable prices, dead zone, unresolved tail."""
from __future__ import annotations

import numpy as np

from qt_app.training.labels import BUY, HOLD, SELL, fixed_horizon

NS = 1_000_000_000


def label(bid: list[int], ask: list[int], horizon_s: int = 1, cost: float = 0.5) -> tuple[list[int], list[bool]]:
    ts = np.arange(len(bid), dtype=np.int64) * NS
    labels, resolved = fixed_horizon(ts, np.array(bid, np.int32), np.array(ask, np.int32), horizon_ns=horizon_s * NS,
                                     cost_ticks=cost)
    return labels.tolist(), resolved.tolist()


def test_a_rise_beyond_spread_and_cost_is_a_buy() -> None:
    labels, _ = label([100, 102], [101, 103])
    assert labels[0] == BUY


def test_a_fall_beyond_spread_and_cost_is_a_sell() -> None:
    labels, _ = label([102, 100], [103, 101])
    assert labels[0] == SELL


def test_a_move_inside_the_cost_is_a_hold() -> None:
    labels, _ = label([100, 101], [101, 102])
    assert labels[0] == HOLD


def test_the_tail_without_a_future_is_unresolved() -> None:
    _, resolved = label([100, 101, 102], [101, 102, 103], horizon_s=2)
    assert resolved == [True, False, False]


def test_a_missing_quote_leaves_the_row_unresolved() -> None:
    _, resolved = label([100, -2147483648, 102], [101, 102, 103])
    assert resolved == [False, False, False]


def test_mirrored_prices_give_mirrored_labels() -> None:
    rng = np.random.default_rng(5)
    bid = np.cumsum(rng.integers(-2, 3, 200)) + 10_000
    up, _ = label(bid.tolist(), (bid + 1).tolist(), horizon_s=3)
    down, _ = label((20_000 - bid - 1).tolist(), (20_000 - bid).tolist(), horizon_s=3)
    assert [{BUY: SELL, SELL: BUY, HOLD: HOLD}[one] for one in up] == down
