"""The garbage collector off the decision path."""
from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from qt_app.services.garbage import Collector


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_it_collects_only_when_it_is_time() -> None:
    now = [0.0]
    collector = Collector(15, lambda: now[0])
    assert not gc.isenabled()
    assert not collector.tick()
    now[0] = 15 * 60 - 1
    assert not collector.tick()
    now[0] = 15 * 60
    assert collector.tick() and collector.collections == 1 and collector.last_ms == 0.0
    assert not collector.tick()
    collector.close()
    assert gc.isenabled()


def test_zero_leaves_python_alone() -> None:
    now = [0.0]
    collector = Collector(0, lambda: now[0])
    now[0] = 1e9
    assert gc.isenabled() and not collector.tick()
    collector.close()
    assert gc.isenabled()
