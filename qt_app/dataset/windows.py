"""Which stretch of time a session's rows and labels know something of, for splits that keep it out of the test."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qt_app.dataset.session import Ints, SessionRows
from qt_core.features.registry import FEATURES


def session_windows(sessions: Sequence[SessionRows]) -> Ints:
    """(n, 2) open and close, UTC ns. Features begin anew at the open, and no label reaches beyond the close."""
    return np.array([(session.open_ns, session.close_ns) for session in sessions], np.int64).reshape(-1, 2)


def warm_up_ns(candle_ns: int) -> int:
    """How far back a feature looks at most: the longest of those that count candles or seconds, not prints."""
    each = {"candles": candle_ns, "samples": candle_ns, "seconds": 1_000_000_000}
    return max(feature.warmup * each.get(feature.warmup_unit, 0) for feature in FEATURES)
