"""Labels by executable prices: enter at the quote you would pay, leave at the quote you would get."""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qt_app.votes import ACTIONS

SELL, HOLD, BUY = (ACTIONS.index(action) for action in ACTIONS)


def fixed_horizon(
    ts_ns: NDArray[np.int64],
    bid: NDArray[np.int32],
    ask: NDArray[np.int32],
    *,
    horizon_ns: int,
    cost_ticks: float,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Class of each instant by what a round trip over ``horizon_ns`` would have earned.

    buy: bid(t + h) − ask(t) > cost; sell: bid(t) − ask(t + h) > cost; otherwise hold. Prices in ticks, ``cost_ticks``
    the round trip's fees in ticks. The second array is False where t + h lies beyond the data or a quote is missing:
    such rows are dropped, never guessed. t + h is the last instant not later than it, at most one step early.
    """
    later = np.searchsorted(ts_ns, ts_ns + horizon_ns, side="right") - 1
    resolved = (ts_ns[-1] >= ts_ns + horizon_ns) & (bid > 0) & (ask > 0) & (bid[later] > 0) & (ask[later] > 0)
    up = bid[later].astype(np.float64) - ask
    down = bid.astype(np.float64) - ask[later]
    labels = np.full(len(ts_ns), HOLD, dtype=np.int64)
    labels[up > cost_ticks] = BUY
    labels[down > cost_ticks] = SELL
    return labels, resolved
