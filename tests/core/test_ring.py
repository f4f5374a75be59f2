"""The ring from Python: order, full, empty, two threads."""
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_core._types import EVENT_DTYPE
from qt_core.ring import Ring


def events(first: int, count: int) -> np.ndarray:
    rows = np.zeros(count, EVENT_DTYPE)
    rows["id"] = np.arange(first, first + count)
    rows["qty"] = -rows["id"]
    return rows


def test_events_come_out_in_order() -> None:
    ring = Ring(16)
    assert ring.push(events(0, 10)) == 10
    assert ring.fill == 10
    assert ring.pop(4)["id"].tolist() == [0, 1, 2, 3]
    assert ring.pop()["id"].tolist() == [4, 5, 6, 7, 8, 9]
    assert ring.pop().shape == (0,)


def test_full_ring_drops_and_counts() -> None:
    ring = Ring(8)
    assert ring.push(events(0, 11)) == 8
    assert (ring.fill, ring.pushed, ring.dropped, ring.capacity) == (8, 8, 3, 8)
    assert ring.pop()["id"].tolist() == list(range(8))


@pytest.mark.parametrize("capacity", [0, 1, 3, 1000, -8])
def test_capacity_must_be_a_power_of_two(capacity: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        Ring(capacity)


def test_only_events_are_pushed() -> None:
    with pytest.raises(ValueError, match="EVENT_DTYPE"):
        Ring(8).push(np.zeros(3))


def test_strided_and_empty_arrays_are_copied_rightly() -> None:
    ring = Ring(16)
    assert ring.push(events(0, 10)[::3]) == 4
    assert ring.push(events(0, 0)) == 0
    assert ring.pop()["id"].tolist() == [0, 3, 6, 9]


def test_popped_events_are_the_callers() -> None:
    ring = Ring(2)
    ring.push(events(5, 2))
    kept = ring.pop()
    ring.push(events(90, 2))
    assert kept["id"].tolist() == [5, 6]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=40))
def test_ring_behaves_like_a_bounded_queue(steps: list[tuple[int, int]]) -> None:
    ring, model, number, dropped = Ring(16), [], 0, 0
    for pushed, popped in steps:
        taken = ring.push(events(number, pushed))
        assert taken == min(pushed, 16 - len(model))
        model += range(number, number + taken)
        dropped += pushed - taken
        number += pushed
        assert ring.pop(popped)["id"].tolist() == model[:popped]
        model = model[popped:]
    assert (ring.fill, ring.dropped) == (len(model), dropped)


def test_two_threads_lose_only_what_is_counted() -> None:
    ring, count = Ring(1024), 200_000

    def produce() -> None:
        for first in range(0, count, 500):
            ring.push(events(first, 500))

    producer = threading.Thread(target=produce)
    producer.start()
    seen, last = 0, -1
    while seen + ring.dropped < count:
        batch = ring.pop()
        if len(batch):
            assert batch["id"][0] > last
            assert (np.diff(batch["id"]) > 0).all()
            assert (batch["qty"] == -batch["id"]).all()
            last = int(batch["id"][-1])
            seen += len(batch)
    producer.join()
    assert ring.pushed == seen
