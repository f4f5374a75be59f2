"""What is told of what is raised, whatever happens in whatever order."""
from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.alerts.alert import Alert
from qt_app.alerts.codes import Code
from qt_app.alerts.desk import RANK, Desk, Patience

AT = dt.datetime(2026, 11, 26, 10, tzinfo=dt.UTC)
WINDOW, COOLDOWN = 60.0, 5.0
CODES = (Code.FEED_STALE, Code.FEED_FRESH, Code.ORDER_REJECTED, Code.ORDER_STUCK, Code.STALE_VOTER)


def alert(code: Code, key: str = "", level: str | None = None) -> Alert:
    return Alert(level or code.level, code, "Test", code.name.lower(), {}, None, AT, key)


class World:
    """A desk, the time, and everything that was told with its moment."""

    def __init__(self) -> None:
        self.desk = Desk(Patience(WINDOW, COOLDOWN))
        self.now_s = 1000.0
        self.told: list[tuple[float, Alert]] = []
        self.raised: Counter[Code] = Counter()

    def note(self, told: list[Alert]) -> list[Alert]:
        self.told += [(self.now_s, a) for a in told]
        return told

    def raise_(self, code: Code, key: str = "", level: str | None = None) -> list[Alert]:
        self.raised[code] += 1
        return self.note(self.desk.raise_(alert(code, key, level), self.now_s))

    def clear(self, code: Code, key: str | None = "") -> list[Alert]:
        return self.note(self.desk.clear(code, key, alert(Code.TEST), self.now_s))

    def wait(self, s: float) -> list[Alert]:
        self.now_s += s
        return self.note(self.desk.tick(self.now_s))


STEP = st.one_of(
    st.tuples(st.just("raise"), st.sampled_from(CODES), st.sampled_from(("", "1", "2")),
              st.sampled_from((None, None, None, "CRITICAL"))),
    st.tuples(st.just("clear"), st.sampled_from(CODES), st.sampled_from(("", "1", None))),
    st.tuples(st.just("wait"), st.sampled_from((0.1, 1.0, 4.9, 5.0, 30.0, 61.0))),
)


def play(steps: list[Any]) -> World:
    world = World()
    for what, *rest in steps:
        getattr(world, "raise_" if what == "raise" else what)(*rest)
    return world


@pytest.mark.lengthy
@given(st.lists(STEP, max_size=60))
def test_counts_of_what_was_told_and_what_is_held_add_up_to_what_was_raised(steps: list[Any]) -> None:
    world = play(steps)
    told: Counter[Code] = Counter()
    for _, a in world.told:
        told[a.code] += a.count
    held = world.desk.held
    assert {c: told[c] + held.get(c, 0) for c in world.raised} == dict(world.raised) == world.desk.raised
    world.note(world.desk.rest())
    assert sum(a.count for _, a in world.told) == sum(world.raised.values()) and not sum(world.desk.held.values())


@pytest.mark.lengthy
@given(st.lists(STEP, max_size=60))
def test_nothing_is_told_twice_within_its_patience_unless_it_got_worse(steps: list[Any]) -> None:
    last: dict[Code, float] = {}
    thing: dict[tuple[Code, str], tuple[float, str]] = {}
    for at_s, a in play(steps).told:
        if a.over or a.level == "INFO":
            continue
        before = thing.get((a.code, a.key))
        worse = before is not None and RANK[a.level] > RANK[before[1]]
        assert worse or at_s - last.get(a.code, -1e9) >= COOLDOWN
        assert worse or before is None or at_s - before[0] >= WINDOW
        last[a.code], thing[a.code, a.key] = at_s, (at_s, a.level)


@pytest.mark.lengthy
@given(st.lists(STEP, max_size=60))
def test_each_end_follows_a_raise_that_was_told_and_is_told_once(steps: list[Any]) -> None:
    world = play(steps)
    open_: set[tuple[Code, str]] = set()
    for _, a in world.told:
        name = (a.code, a.key)
        assert a.code.lasts or not a.over
        if a.over:
            assert name in open_ and a.level == "INFO" and a.message.startswith("over: ") and not a.count
            open_.remove(name)
        elif a.code.lasts:
            open_.add(name)
    assert {(a.code, a.key) for a in world.desk.active} >= open_ - {(a.code, a.key) for a in world.desk.rest()}


def test_a_storm_of_rejections_is_one_alert_at_once_and_one_with_the_count() -> None:
    world = World()
    assert [a.count for a in world.raise_(Code.ORDER_REJECTED, "1")] == [1]
    assert [world.raise_(Code.ORDER_REJECTED, str(n)) for n in range(2, 100)] == [[]] * 98
    assert world.wait(4.9) == []
    (one,) = world.wait(0.2)
    assert (one.count, one.key) == (98, "99")
    assert world.wait(1000.0) == []


def test_what_lasts_is_told_its_end_and_again_only_after_its_window() -> None:
    world = World()
    assert [a.over for a in world.raise_(Code.FEED_STALE)] == [False]
    fresh, over = world.raise_(Code.FEED_FRESH)
    assert (fresh.code, over.code, over.was, over.message) == (Code.FEED_FRESH, Code.FEED_STALE, "ERROR",
                                                               "over: feed_stale")
    assert world.raise_(Code.FEED_STALE) == [] and [a.code for a in world.desk.active] == [Code.FEED_STALE]
    assert [a.code for a in world.raise_(Code.FEED_FRESH)] == [Code.FEED_FRESH]
    assert world.desk.active == []
    again, end = world.wait(61.0)       # it flapped meanwhile: told with its end
    assert (again.over, again.count, end.over) == (False, 1, True)


def test_what_gets_worse_is_told_at_once() -> None:
    world = World()
    assert world.raise_(Code.STALE_VOTER, "model") and not world.raise_(Code.STALE_VOTER, "model")
    (worse,) = world.raise_(Code.STALE_VOTER, "model", "CRITICAL")
    assert (worse.level, worse.count) == ("CRITICAL", 2)


def test_information_is_always_told() -> None:
    world = World()
    assert all(len(world.raise_(Code.GAP_ASKED)) == 1 for _ in range(5))


def test_nothing_is_kept_of_what_is_over() -> None:
    world = World()
    for n in range(1000):
        world.raise_(Code.ORDER_REJECTED, str(n))
    world.wait(5.0)
    world.wait(61.0)
    assert not world.desk._things
