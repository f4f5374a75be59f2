"""Trap 12: a history answer that is empty or only the tail of what was asked for."""
from pathlib import Path

import numpy as np
import pytest
from trap_kit import SETTINGS, fault, wait

from qt_app.feed.profit import ProfitFeed, Subscription, exchange_library
from qt_app.instruments import instrument
from qt_core._types import Flag, Kind

pytestmark = pytest.mark.slow

NINE = 1_795_003_200 * 10**9    # 2026-11-18 09:00 in Brasilia


@pytest.mark.parametrize("tail", [0, 3])
def test_the_backfill_is_the_whole_day_exactly_once(tail: int, tmp_path: Path) -> None:
    script = tmp_path / "faults.toml"
    script.write_text(fault("history_tail", trades=tail, count=1))
    settings = {k: str(v) for k, v in (SETTINGS | {"start": "09:05", "faults": script}).items()}
    feed = ProfitFeed(exchange_library(), instrument("WDOZ26"), settings=settings,
                      subscription=Subscription(offer_book=False, history_from=lambda now: NINE))
    feed.start()
    try:
        found: list[np.ndarray] = []

        def done() -> bool:
            found.append(feed.ring.pop())
            return any((b["flags"][b["kind"] == Kind.HISTORY] & Flag.DONE).any() for b in found)

        wait(done, "the end of the history")
        rows = np.concatenate(found)
        ids = rows["id"][rows["kind"] == Kind.HISTORY]
        assert ids.tolist() == list(range(10, 10 * len(ids) + 1, 10))
        assert len(ids) > 200
    finally:
        feed.stop()
