"""What an engine remembers of the array that it was fed last, and what it measures."""
from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE, Kind, wall_ns
from qt_core.engine import Engine
from qt_core.firehose import Hose, translate_address
from qt_core.ring import Ring
from qt_core.trampolines import Symbol, address, attach, bind, detach

OPEN_NS = 1_795_003_200_000_000_000


def prints(count: int, first: int = 0) -> NDArray[np.void]:
    """One print a second."""
    events = np.zeros(count, dtype=EVENT_DTYPE)
    events["kind"], events["code"], events["side"], events["qty"] = Kind.TRADE, 2, 1, 1
    events["ts_ns"] = OPEN_NS + (first + np.arange(count)) * 1_000_000_000
    events["id"] = first + 1 + np.arange(count)
    events["price"] = 10_000 + np.arange(count) % 7
    return events


def engine() -> Engine:
    return Engine(tick=(1, 2), sessions=None, sample="close", readings=False)


def fed(one: Engine, events: NDArray[np.void]) -> Engine:
    done = 0
    while done < len(events):
        done = one.feed(events, done)
    return one


def test_an_array_written_anew_is_read_anew() -> None:
    one, events = engine(), prints(1)
    for second in range(5):
        events[:] = prints(1, second)
        fed(one, events)
    assert one.counters()["trades"] == 5
    assert one.now_ns == OPEN_NS + 4_000_000_000


def test_every_other_event_of_an_array_may_change_between_two_calls() -> None:
    one, events = engine(), prints(4)
    strided = events[::2]
    fed(one, strided)
    events["ts_ns"] += 10_000_000_000
    fed(one, strided)
    assert one.now_ns == OPEN_NS + 12_000_000_000


def test_another_array_takes_the_place_of_the_one_before() -> None:
    one = fed(engine(), prints(10))
    fed(one, prints(3, 10))
    assert one.counters()["trades"] == 13
    with pytest.raises(ValueError, match="start 4 lies outside the 3 events"):
        one.feed(prints(3), 4)


def test_a_refused_array_is_not_remembered() -> None:
    one, wrong = engine(), np.zeros(3)
    for _ in range(2):
        with pytest.raises(ValueError, match="not one-dimensional EVENT_DTYPE"):
            one.feed(wrong)


def test_rows_fed_are_measured_and_rows_computed_offline_are_not() -> None:
    events = prints(30)
    assert fed(engine(), events).features_latency()[0] == 5
    offline = engine()
    assert offline.rows(events, np.zeros(9, dtype=np.int64), np.zeros((9, 65)))[1] == 5
    assert offline.features_latency()[0] == 0
    fed(offline, prints(10, 30))
    assert offline.features_latency()[0] == 2


def test_a_burst_carries_the_wall_clock_and_never_runs_back() -> None:
    ring = Ring(4096)
    attach(ring, [Symbol("WDOZ26", "F", (1, 2))])
    bind(translate=translate_address())
    before = wall_ns()
    hose = Hose(address("on_trade"), 3000)
    hose.start()
    hose.join()
    after = wall_ns()
    detach()
    stamps = ring.pop(4096)["ts_ns"]
    assert (np.diff(stamps) >= 0).all()
    assert before - 1_000_000 <= stamps[0] <= stamps[-1] <= after + 1_000_000
