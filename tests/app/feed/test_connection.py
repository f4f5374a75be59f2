"""The connection's state machine: every way down, every way back, and no tight loop anywhere."""
from __future__ import annotations

from dataclasses import replace

import pytest

from qt_app.feed.connection import NS, Act, Connection, History, Look, Patience, Phase, Step

PATIENCE = Patience()
START = 1_000 * NS


class World:
    """A connection and what it sees; time passes by ``pass_s``, data comes unless it is stopped."""

    def __init__(self, patience: Patience = PATIENCE) -> None:
        self.connection = Connection(patience)
        self.flowing = True
        self.look = Look(now_ns=START, mono_s=0.0, connected=True, arrived=0)
        self.steps: list[Step] = []
        self.see()

    def see(self, **changes: object) -> list[Act]:
        self.look = replace(self.look, **changes)
        steps = self.connection.step(self.look)
        self.steps += steps
        return [step.act for step in steps]

    def pass_s(self, seconds: float, each_s: float = 0.5) -> list[Act]:
        acts: list[Act] = []
        for _ in range(round(seconds / each_s)):
            now_ns, mono_s = self.look.now_ns + round(each_s * NS), self.look.mono_s + each_s
            acts += self.see(now_ns=now_ns, mono_s=mono_s, arrived=self.look.arrived + self.flowing)
        return acts

    def down(self) -> list[Act]:
        self.flowing = False
        return self.see(connected=False, waiting_for="market data: disconnected")

    def up(self) -> list[Act]:
        self.flowing = True
        return self.see(connected=True, waiting_for="")

    @property
    def phase(self) -> Phase:
        return self.connection.phase

    def told(self, level: str) -> list[str]:
        return [step.words for step in self.steps if step.act is Act.SAY and step.level == level]


def work(acts: list[Act]) -> list[Act]:
    return [act for act in acts if act is not Act.SAY]


SEEN = START + 5 * NS
WHOLE = History(done=True, count=3, first_ns=SEEN, last_ns=SEEN + 9 * NS, waiting_ns=SEEN + 9 * NS, seen_ns=SEEN)


def backfilling(patience: Patience = PATIENCE) -> World:
    world = World(patience)
    world.down()
    world.pass_s(20)
    world.up()
    assert work(world.pass_s(4)) == [Act.ASK]
    assert world.phase is Phase.BACKFILLING
    return world


def test_an_outage_is_shut_at_once_and_filled_after_the_return() -> None:
    world = World()
    world.pass_s(5)
    assert world.phase is Phase.READY
    assert work(world.down()) == [Act.SHUT]
    assert world.connection.words == "outage: market data: disconnected"
    assert work(world.pass_s(90)) == []
    assert work(world.up()) == []
    assert world.phase is Phase.RETURNING
    assert work(world.pass_s(1.5)) == []            # a moment, before it is judged
    assert work(world.pass_s(1.5)) == [Act.ASK]
    assert work(world.see(history=WHOLE)) == [Act.FILL]
    assert world.phase is Phase.READY
    assert any("gap of 93 s is filled" in words for words in world.told("WARNING"))


def test_a_second_drop_on_the_way_back_keeps_the_gap_shut() -> None:
    world = backfilling()
    assert work(world.down()) == []
    assert world.phase is Phase.OUTAGE
    world.up()
    assert work(world.pass_s(4)) == [Act.ASK]       # asking anew throws away what had come


@pytest.mark.parametrize("changes", [
    {"first_ns": SEEN + 1}, {"last_ns": SEEN + 8 * NS}, {"count": 0, "first_ns": 0, "last_ns": 0}])
def test_an_answer_that_does_not_reach_over_the_gap_is_asked_for_again_with_growing_waits(
        changes: dict[str, int]) -> None:
    world = backfilling()
    cut = replace(WHOLE, **changes)
    waits: list[float] = []
    for _ in range(4):
        assert work(world.see(history=cut)) == []
        since = world.look.now_ns
        while not work(world.pass_s(0.5)):
            world.see(history=History())
        waits.append((world.look.now_ns - since) / NS)
        world.see(history=History())
    assert waits == [5, 10, 20, 40]
    assert work(world.see(history=cut)) == [Act.HALT, Act.FILL]
    assert "entries are halted" in world.told("ERROR")[-1]
    assert work(world.pass_s(5)) == []


def test_an_answer_that_stops_coming_is_asked_for_again() -> None:
    world = backfilling()
    for count in range(1, 4):
        assert work(world.pass_s(20)) == []
        world.see(history=History(count=count))
    assert work(world.pass_s(36)) == [Act.ASK]
    assert work(world.see(history=WHOLE)) == [Act.FILL]


def test_a_late_answer_is_taken() -> None:
    world = backfilling()
    assert work(world.pass_s(32)) == []             # given up, and asked again soon
    assert "history stopped coming" in world.told("WARNING")[-1]
    assert work(world.see(history=WHOLE)) == [Act.FILL]


def test_a_long_outage_lets_time_go_on_and_shuts_again_at_the_return() -> None:
    world = World()
    world.down()
    assert work(world.pass_s(299)) == []
    assert work(world.pass_s(2)) == [Act.GO_ON]
    assert work(world.pass_s(600)) == []
    assert work(world.up()) == [Act.SHUT]
    assert work(world.pass_s(4)) == [Act.ASK]


def test_silence_of_an_open_market_is_an_alarm_with_tries_ever_farther_apart() -> None:
    world = World()
    world.flowing = False
    world.see()
    assert work(world.pass_s(29)) == []
    assert work(world.pass_s(2)) == [Act.SHUT, Act.RENEW]
    assert world.phase is Phase.MUTE
    assert "killed without logging out" in world.told("ERROR")[0]
    assert work(world.pass_s(60 * 60)).count(Act.RENEW) < 40
    assert work(world.pass_s(60 * 60)).count(Act.RENEW) <= 30      # every two minutes and no oftener


def test_a_mute_session_that_speaks_again_is_filled() -> None:
    world = World()
    world.flowing = False
    world.see()
    world.pass_s(40)
    assert world.phase is Phase.MUTE
    world.flowing = True
    assert work(world.pass_s(4)) == [Act.ASK]
    assert work(world.see(history=WHOLE)) == [Act.FILL]
    assert world.phase is Phase.READY


def test_the_image_of_a_new_subscription_is_no_flow() -> None:
    world = World()
    world.flowing = False
    world.see()
    world.pass_s(31)
    assert work(world.see(arrived=world.look.arrived + 50)) == []   # comes at once
    assert Act.ASK not in world.pass_s(120)


def test_a_return_without_data_becomes_mute() -> None:
    world = World()
    world.down()
    world.pass_s(20)
    world.up()
    world.flowing = False
    assert work(world.pass_s(10)) == [Act.RENEW]
    assert world.phase is Phase.MUTE


def test_a_closed_market_is_not_mute() -> None:
    world = World()
    world.flowing = False
    world.see(open=False)
    assert world.pass_s(600) == []
    world.see(open=True)
    assert work(world.pass_s(29)) == []
    assert work(world.pass_s(2)) == [Act.SHUT, Act.RENEW]


def test_a_return_into_a_closed_market_is_filled_all_the_same() -> None:
    world = World()
    world.down()
    world.pass_s(20)
    world.flowing = False
    world.see(connected=True, open=False)
    assert work(world.pass_s(4)) == [Act.ASK]
    assert work(world.see(history=replace(WHOLE, waiting_ns=0))) == [Act.FILL]


def test_a_market_that_ended_is_filled_without_waiting_for_it() -> None:
    world = World()
    world.down()
    world.see(over=True)
    assert work(world.see(connected=True)) == []
    assert work(world.see()) == [Act.ASK]
    assert work(world.see(history=replace(WHOLE, count=0))) == []
    assert work(world.see()) == [Act.ASK]


def test_slowness_is_told_once_and_so_is_its_end() -> None:
    world = World()
    world.see(slow=True)
    world.pass_s(60)
    assert len(world.told("WARNING")) == 1
    world.see(slow=False)
    world.pass_s(60)
    assert [words for words in world.told("INFO") if "pace" in words] != []
    assert world.phase is Phase.READY


def test_a_refused_login_is_told_once_and_nothing_is_tried() -> None:
    world = World()
    assert world.see(connected=False, failure="the password is invalid") == [Act.SAY]
    assert world.pass_s(600) == []
    assert world.phase is Phase.FAILED


def test_nothing_is_shut_before_it_was_up() -> None:
    connection = Connection()
    assert connection.step(Look(START, 0.0, False, 0, waiting_for="login: no answer")) == []
    assert connection.phase is Phase.CONNECTING
