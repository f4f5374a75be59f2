from __future__ import annotations

import pytest

from qt_app.bench.callback import Targets
from qt_core.firehose import Hose
from qt_core.ring import Ring


@pytest.fixture
def targets():
    found = Targets()
    yield found
    found.close()


def test_a_native_thread_fires_every_trade_through_the_trampoline(targets: Targets) -> None:
    hose = Hose(targets.ours, 1_000)
    hose.start()
    assert hose.join() > 0
    events = targets.ring.pop(2_000)
    assert events["id"].tolist() == list(range(1, 1_001))
    assert events["price"][5] == 10_000 + 6
    assert (events["a"] == 3).all()


def test_a_race_ends_with_every_event_taken_and_none_dropped(targets: Targets) -> None:
    for address, ring in ((targets.ours, targets.ring), (targets.plain, targets.plain_ring)):
        assert Hose(address, 300_000, ring=ring).race(ring) > 0
        assert (ring.pushed, ring.dropped, ring.fill) == (300_000, 0, 0)


def test_the_ctypes_callback_hears_every_trade(targets: Targets) -> None:
    hose = Hose(targets.ctypes, 50)
    hose.start()
    hose.join()
    assert list(targets.deque) == [(n, 0) for n in range(1, 51)]


def test_timed_calls_have_ordered_quantiles(targets: Targets) -> None:
    hose = Hose(targets.ours, 100, gap_ns=1_000, timed=True)
    hose.start()
    hose.join()
    assert 0 < hose.quantile(0.5) <= hose.quantile(0.9) <= hose.quantile(0.99)


def test_an_untimed_hose_has_no_quantiles(targets: Targets) -> None:
    assert Hose(targets.ours, 1).quantile(0.5) == -1


@pytest.mark.parametrize(("address", "count", "gap"), [(0, 1, 0), (1, -1, 0), (1, 1, -1)])
def test_impossible_hoses_are_refused(address: int, count: int, gap: int) -> None:
    with pytest.raises(ValueError, match="an address and no negative number"):
        Hose(address, count, gap_ns=gap)


def test_a_hose_fires_once(targets: Targets) -> None:
    hose = Hose(targets.ours, 1, ring=Ring(2))
    hose.start()
    with pytest.raises(ValueError, match="make another one"):
        hose.start()
    hose.join()
