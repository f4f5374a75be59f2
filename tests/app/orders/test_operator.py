"""The operator's desk over a trader: what is queued, carried out, latched, marked, confirmed and refused."""
from __future__ import annotations

from typing import Any

import pytest
from order_world import World

from qt_app.errors import RefusedError
from qt_app.journal.entries import Entry, Fact, Mark
from qt_app.risk.controls import Cause
from qt_app.risk.latch import Latch
from qt_app.risk.reasons import Reason
from qt_app.services.operator import Command, OperatorDesk, command_of
from qt_core._types import Control


class Engine:
    """Carries out what the desk queues, as a run does."""

    def __init__(self, **limits: Any) -> None:
        self.world = World(**limits)
        self.queue: list[Command] = []
        self.noted: list[Entry] = []
        self.told: list[str] = []
        self.desk = OperatorDesk(self.world.trader, self.queue.append,
                                 lambda code, words, data: self.told.append(words), self.noted.append, lambda: True)
        self._shown = 0

    def act(self) -> None:
        while self.queue:
            command = self.queue.pop(0)
            self._show()
            self.desk.begin(command)
            self.world.trader.on_control(command.code, self.world, command.detail)
            self.world.wait(0)
            self.desk.done(command, self.world.now_ns)

    def wait(self, ms: float) -> Engine:
        self.world.wait(ms)
        self._show()
        return self

    def _show(self) -> None:
        self.world._collect()
        for kind, record in self.world.records[self._shown:]:
            self.desk.record(kind, record)
        self._shown = len(self.world.records)

    @property
    def facts(self) -> dict[str, Fact]:
        return {entry.name: entry for entry in self.noted if isinstance(entry, Fact)}

    @property
    def marks(self) -> list[tuple[str, str]]:
        return [(entry.kind, entry.text) for entry in self.noted if isinstance(entry, Mark)]


def holding(**limits: Any) -> Engine:
    engine = Engine(**limits)
    engine.world.decide("buy").clock(10).clock(10)
    assert engine.world.trader.state == "protected"
    return engine


def test_a_halt_is_followed_until_it_is_flat() -> None:
    engine = holding()
    act = engine.desk.halt({"by": "anna, process 7", "reason": "news"})["act"]
    assert not engine.desk.progress({"act": act})["taken"]
    engine.act()
    progress = engine.desk.progress({"act": act})
    assert (progress["taken"], progress["flat"], progress["state"]) == (True, False, "HALTED")
    progress = engine.wait(500).desk.progress({"act": act})
    assert (progress["flat"], progress["position"], progress["working"], progress["latched"]) == (True, 0, 0, True)
    assert progress["cancelled"] == len(engine.world.of("cancel", reason="HALTED")) > 0
    latch = Latch.of(engine.facts)
    assert latch is not None and (latch.kind, latch.reason, latch.by) == ("halt", "news", "anna, process 7")
    assert engine.marks == [("halt", "anna, process 7: news")]


def test_entries_alone_can_be_stopped_and_a_halt_is_not_weakened() -> None:
    engine = holding()
    act = engine.desk.halt({"entries_only": True})["act"]
    engine.act()
    progress = engine.wait(500).desk.progress({"act": act})
    assert (progress["state"], progress["entries"], progress["position"]) == ("REDUCING", 0, 1)
    assert engine.desk.latch is not None and engine.desk.latch.kind == "reduce"
    for wish in ({}, {"entries_only": True}):
        engine.desk.halt(wish)
        engine.act()
    latch = Latch.of(engine.facts)
    assert latch is not None and latch.kind == "halt"


def test_resume_lifts_and_tells_what_it_cannot() -> None:
    engine = holding(max_daily_loss_brl=100.0)
    engine.desk.halt({})
    engine.act()
    engine.world.quote(1, 9_970, 9_971)
    engine.wait(1_000)
    answer = engine.desk.resume({"by": "anna"})
    engine.act()
    assert answer["lifted"] == ["HALTED"]
    assert answer["left"] == [
        "DAILY_LOSS (the day's loss has reached its limit): trading goes on with the next session"]
    assert Latch.of(engine.facts) is None
    with pytest.raises(RefusedError, match="nothing here is for `qt resume` to lift: DAILY_LOSS"):
        engine.desk.resume({})
    assert engine.queue == []


def test_resume_of_nothing_is_no_error() -> None:
    engine = Engine()
    assert engine.desk.resume({})["lifted"] == []


def test_a_stop_latches_nothing_and_is_marked() -> None:
    engine = Engine()
    engine.desk.stop({"position": "keep", "by": "anna"})
    engine.act()
    assert engine.world.trader.gate.blocks == (Reason.STOPPING,)
    assert engine.facts == {} and engine.marks == [("stop", "anna")]


def test_a_latch_of_an_earlier_run_comes_back_as_an_event() -> None:
    assert command_of(Latch("halt", "", "", "")).code is Control.HALT
    command = command_of(Latch("reduce", "", "", ""))
    assert (command.code, command.detail) == (Control.REDUCE, Cause.LATCHED)
