"""Sessions of the simulated exchange come through the door of recordings."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qt_app.dataset.build import Instants, build
from qt_app.dataset.generate import generated_recording, generated_sessions, trading_days
from qt_app.dataset.labels import label
from qt_app.dataset.session import LabelRule
from qt_app.instruments import instrument
from qt_app.replay.recorder import Recorder
from qt_app.replay.recording import read_recording
from qt_core._types import MAX_LOTS
from qt_core.ring import Ring

NS = 1_000_000_000
WDO = instrument("WDOZ26")
EVERY = Instants(5 * NS, NS)
DAY, UNTIL = "2026-11-18", "09:06:00"


@pytest.mark.lengthy
def test_a_generated_session_is_labelled_by_quotes_of_the_engine() -> None:
    one, other = generated_sessions(WDO, DAY, [1, 2], EVERY, until=UNTIL)
    assert [s.day for s in (one, other)] == [DAY, "2026-11-19"] and one.digest != other.digest
    assert one.synthetic and one.source == "simulated exchange, seed 1" and len(one) > 340
    assert ((one.quotes.ask > one.quotes.bid) | (one.quotes.ask == 0)).all()
    found = label(one, LabelRule("horizon", 30.0, 20.0, 0.1, 0.1), ["is_buyer_aggressor"])
    assert 0.5 < found.resolved.mean() < 1.0
    assert set(np.unique(found.label[found.resolved])) == {0, 1, 2}


@pytest.mark.slow
def test_the_same_session_read_from_its_recording_makes_the_same_rows(tmp_path: Path) -> None:
    made = generated_recording(WDO, DAY, 3, until=UNTIL)
    assert made.missing == 0 and abs(made.events["qty"]).max() <= MAX_LOTS
    sessions = made.sessions
    ring = Ring(1 << 19)
    assert ring.push(made.events) == len(made.events)
    recorder = Recorder(tmp_path, WDO.symbol, ring, tick=WDO.tick, qty_step=WDO.qty_step, synthetic=True,
                        sessions=sessions, meta={"calendar": "b3", "run_id": "r"})
    recorder.start()
    recorder.stop()
    one, = build(made, EVERY)
    other, = build(read_recording(tmp_path), EVERY)
    assert one.digest == other.digest
    assert one.rows.tobytes() == other.rows.tobytes() and one.readings.tobytes() == other.readings.tobytes()
    for a, b in zip(*([q.ts_ns, q.bid, q.ask] for q in (one.quotes, other.quotes)), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_no_event_of_a_whole_book_reaches_back(share: float) -> None:
    """Poisoned orders, quotes and prints of a generated market, its book included, leave what was known alone."""
    made = generated_recording(WDO, DAY, 4, until=UNTIL)
    events = made.events.copy()
    cut = int(len(events) * share)
    events["price"][cut:] += 3
    events["qty"][cut:] += 2
    events["side"][cut:] *= -1
    whole, = build(made, EVERY)
    other, = build(replace(made, events=events), EVERY)
    poison_ns = int(events["ts_ns"][cut])
    n, m = int((whole.ts_ns <= poison_ns).sum()), int((whole.quotes.ts_ns < poison_ns).sum())
    assert n > 20 and m > 5 and other.rows.tobytes() != whole.rows.tobytes()
    for a, b in ((whole.ts_ns, other.ts_ns), (whole.rows, other.rows), (whole.readings, other.readings)):
        assert a[:n].tobytes() == b[:n].tobytes()
    for a, b in zip(*([q.ts_ns, q.bid, q.ask] for q in (whole.quotes, other.quotes)), strict=True):
        assert a[:m].tobytes() == b[:m].tobytes()


def test_generated_days_are_trading_days() -> None:
    assert [day.isoformat() for day in trading_days("2026-11-19", 3)] == ["2026-11-19", "2026-11-23", "2026-11-24"]
    assert len(trading_days("2026-01-05", 200)) == 200
