"""The fold: what messages leave behind, what is lost, when the engine is gone, and a new one after it."""
from __future__ import annotations

import numpy as np
import pytest
from engine_told import NS, START, Engine, everything, told

from qt_app.monitor.screen import LOOK_S
from qt_app.monitor.state import STALE_S, Monitor
from qt_app.monitor.stream import KEPT
from qt_app.services.course import BAR_NS
from qt_core.features.registry import NAMES


def test_before_the_first_message_it_waits() -> None:
    monitor = Monitor()
    assert monitor.link(1e9) == "waiting" and monitor.age_s("market", 5.0) is None and monitor.points is None
    monitor.look(1e9)
    assert not monitor.stream.lines


def test_silence_is_stale_within_three_seconds_and_told_once() -> None:
    monitor = told(*everything(Engine()), now_s=100.0)
    assert STALE_S + LOOK_S < 3.0
    assert monitor.link(100.0 + STALE_S) == "live" and monitor.link(100.1 + STALE_S) == "stale"
    for now_s in (103.0, 104.0, 105.0):
        monitor.look(now_s)
    assert [line.code for line in monitor.stream.lines].count("monitor.stale") == 1
    assert monitor.age_s("votes", 104.0) == 4.0


def test_every_message_is_read_and_none_is_missed() -> None:
    monitor = told(*everything(Engine()))
    assert (monitor.bad, monitor.missed, monitor.runs, monitor.version) == (0, 0, 1, 11)
    assert monitor.synthetic is True and monitor.symbol == "WDOZ26" and monitor.state == "running"


def test_messages_lost_on_the_way_are_counted() -> None:
    engine = Engine()
    first = engine.heartbeat()
    for _ in range(7):
        engine.heartbeat()
    assert told(first, engine.heartbeat()).missed == 7


@pytest.mark.parametrize("topic", ["features", "metrics", "market", "fill", "decision", "votes", "alert", "order",
                                   "history", "log"])
def test_a_message_that_cannot_be_read_is_counted_and_the_rest_goes_on(topic: str) -> None:
    engine = Engine()
    monitor = told(engine.heartbeat(), (topic, engine.body(START)), ("heartbeat", {"n": "x"}), engine.heartbeat())
    assert monitor.bad == 2 and monitor.link(0.0) == "live"


def test_a_topic_of_a_newer_engine_is_let_pass() -> None:
    engine = Engine()
    assert told(("weather", engine.body(START, rain=True))).bad == 0


@pytest.mark.parametrize("other", [Engine(), Engine(symbol="WINZ26"), Engine(session="20261119-120000")])
def test_another_run_begins_with_a_clean_slate_and_the_stream_goes_on(other: Engine) -> None:
    monitor = told(*everything(Engine()))
    if other.session != "20261119-103000":
        other.n = 500
    monitor = told(other.metrics(pnl=None), monitor=monitor)
    assert monitor.runs == 2 and monitor.market is None and not monitor.marks and not monitor.candles.last(9)
    codes = [line.code for line in monitor.stream.lines]
    assert codes[0] == "monitor.connected" and codes[-1] == "monitor.again" and "fill" in codes


def test_fills_become_marks_that_say_whether_they_open() -> None:
    engine = Engine()
    monitor = told(engine.market(), engine.fill(1, 10_804, 1, START), engine.fill(-1, 10_810, 0, START + NS),
                   engine.fill(-1, 10_811, -1, START + 2 * NS))
    assert [(m.side, m.price, m.opens) for m in monitor.marks] == [(1, 10_804, True), (-1, 10_810, False),
                                                                   (-1, 10_811, True)]


def test_events_per_second_come_from_the_engines_own_clock() -> None:
    engine = Engine()
    monitor = told(engine.metrics(uptime_s=10.0, events=1000), engine.metrics(uptime_s=12.0, events=1500),
                   engine.metrics(uptime_s=13.0, events=1500))
    assert list(monitor.pace) == [250.0, 0.0]


def test_an_unknown_result_leaves_a_hole_in_the_curve() -> None:
    engine = Engine()
    monitor = told(engine.metrics(START, pnl=1.0), engine.metrics(START + NS, pnl=None),
                   engine.metrics(START + 2 * NS, pnl=-3.0))
    assert list(monitor.curve) == [(START, 1.0), (START + 2 * NS, -3.0)]


def test_holds_of_one_reason_are_one_line() -> None:
    engine = Engine()
    monitor = told(*(engine.decision("hold", f"LOW_CONFIDENCE buy 0.{n}") for n in range(50, 55)),
                   engine.decision("buy", "BUY"), engine.decision("buy", "BUY"), engine.decision("hold", "HOLD"))
    assert [line.code for line in monitor.stream.lines if line.kind == "decision"] == [
        "decision.hold", "decision.buy", "decision.buy", "decision.hold"]


def test_who_comes_late_is_told_the_day_and_goes_on_from_there() -> None:
    """A monitor that heard all and one that came for the last third end with the same."""
    engine = Engine()
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(90, len(NAMES)))
    before = [engine.features(row.tolist(), START + i * NS) for i, row in enumerate(rows[:60])]
    fills = [engine.fill(1, 10_804, 1, START), engine.fill(-1, 10_800, 0, START + 50 * NS)]
    logged = [engine.log(str(i)) for i in range(4)]
    bars = [[START - START % BAR_NS, 10_800, 10_810, 10_790, 10_805, 9, 5, 4]]
    history = engine.history(rows[:60].tolist(), [(START + i * NS, float(i)) for i in range(60)],
                             [(START, 1, 10_804, 1), (START + 50 * NS, -1, 10_800, 0)], bars, START + 20 * NS,
                             [body for _, body in logged])
    after = [engine.features(row.tolist(), START + i * NS) for i, row in enumerate(rows[60:], 60)]
    newer = engine.market([(START + 25 * NS, 10_805, 10_820, 10_805, 10_806)])
    whole, late = told(*before, *fills, *logged), told(*before[57:], logged[3])
    for monitor in (whole, late):
        told(history, *after, newer, engine.log("4"), monitor=monitor)
        assert monitor.runs == 1 and monitor.bad == 0
    for name, track in late.features.tracks.items():
        other = whole.features.tracks[name]
        assert track.spread == other.spread and track.z == other.z and track.changed_ns == other.changed_ns
        assert list(track.course) == pytest.approx(list(other.course), rel=1e-6)
    assert list(late.marks) == list(whole.marks) and len(late.marks) == 2 and late.marks[0].opens
    assert list(late.curve) == list(whole.curve) and len(late.curve) == 60
    assert late.bars.rows() == [(bars[0][0], 10_800, 10_820, 10_790, 10_806, 18, 10, 8)]
    assert [line.data["message"] for line in late.stream.lines if line.kind == "log"] == list("01234")


def test_a_talkative_log_pushes_nothing_else_out_and_what_it_kept_back_is_told() -> None:
    engine = Engine()
    monitor = told(engine.heartbeat(log_left_out=3), engine.fill(1, 10_804, 1, START),
                   *(engine.log(str(i)) for i in range(KEPT + 50)), engine.heartbeat(log_left_out=20),
                   engine.heartbeat(log_left_out=20))
    lines = monitor.stream.lines
    assert [line.number for line in lines] == sorted(line.number for line in lines)
    assert len([line for line in lines if line.kind == "log"]) == KEPT and "fill" in {line.kind for line in lines}
    assert [line.data["count"] for line in lines if line.code == "monitor.left_out"] == [17]


def test_frozen_features_are_those_of_the_engines_watchdog() -> None:
    engine = Engine()
    monitor = told(engine.features([0.0] * len(NAMES), START), engine.metrics(frozen=["returns_5"]))
    assert [name for name, track in monitor.features.tracks.items() if track.frozen] == ["returns_5"]
