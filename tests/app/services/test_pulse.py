"""What the engine shows its supervisor, and what it sees of it."""
from __future__ import annotations

import os
from typing import Any

import pytest

from qt_app.alerts.codes import Code
from qt_app.home import Home
from qt_app.services.process import Owner
from qt_app.services.pulse import ParentWatch, Pulse, beat
from qt_app.services.snapshot import Snapshot
from qt_app.supervisor import record
from qt_app.supervisor.guardian import Beat


def test_a_beat_says_what_the_guardian_reads(snapshot: Snapshot) -> None:
    found = Beat.read(beat(snapshot, 0.25, True, "keep"))
    assert found == Beat("running", 0.25, True, 0.012, 1, 0, "WDOZ26", "keep")


def test_a_pulse_lags_only_inside_the_loop() -> None:
    pulse = Pulse()
    assert pulse.lag_s is None
    pulse.turn()
    lag_s = pulse.lag_s
    assert lag_s is not None and lag_s >= 0
    pulse.rest()
    assert pulse.lag_s is None


def test_an_engine_alone_has_no_parent_to_miss(home: Home) -> None:
    watch = ParentWatch(home, lambda code, message, data: pytest.fail("nothing to tell"))
    assert watch.look() == {"pid": None, "alive": False}


def test_a_parent_that_ends_is_told_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    me = Owner.me()
    record.write(home, record.Record(me.pid, me.started, "watching", os.getpid(), boot=me.boot))
    told: list[Any] = []
    now_s = [0.0]
    watch = ParentWatch(home, lambda code, message, data: told.append((code, data)), lambda: now_s[0])
    assert watch.look() == {"pid": me.pid, "alive": True}
    monkeypatch.setattr(Owner, "process", lambda self: None)
    assert watch.look()["alive"]      # not looked for again yet
    for now_s[0] in (1.5, 3.0):
        assert watch.look() == {"pid": me.pid, "alive": False}
    assert told == [(Code.SUPERVISOR_GONE, {"pid": me.pid})]
