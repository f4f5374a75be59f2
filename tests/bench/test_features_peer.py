"""The race is fair only while both sides compute the same rows."""
from __future__ import annotations

import numpy as np
import pytest

from qt_app.bench import features, stream
from qt_core.engine import Engine
from qt_core.features.registry import NAMES


@pytest.mark.slow
def test_the_compiled_peer_computes_our_rows() -> None:
    pytest.importorskip("numba")
    assert features.agreement(features.Feed(600)) < 1e-9


def test_the_engine_makes_one_row_per_candle() -> None:
    feed = features.Feed(300)
    ts, rows = np.zeros(301, dtype=np.int64), np.zeros((301, len(NAMES)))
    consumed, written = feed.engine().rows(feed.events, ts, rows)
    assert (consumed, written) == (len(feed.events), 300)
    assert (ts[:300] == feed.prints.ends).all()
    assert np.isfinite(rows[features.WARM : 300]).all()


def test_candles_of_the_stream_are_those_of_its_prints() -> None:
    prints = stream.prints(3)
    candle, points = prints.candles()[1], prints.price[1] / 2.0
    assert candle[:4].tolist() == [points[0], points.max(), points.min(), points[-1]]
    assert candle[4] == prints.qty[1].sum() == candle[5] + candle[6]


def test_the_book_stream_is_applied_without_a_refusal_or_a_crossing() -> None:
    events = stream.level_changes(3_000)
    engine = Engine(tick=(1, 2), sessions=None, sample="close", features=False, readings=False)
    assert engine.feed(events) == len(events)
    counts = engine.counters()
    assert counts["book"] == len(events)
    assert counts["crossed_books"] == 0
    assert not any(value for name, value in counts.items() if name.startswith("refused_"))
