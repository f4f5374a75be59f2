"""The live view: everything a trader looks for, STALE above it, on any terminal, repainted in place."""
from __future__ import annotations

import copy
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from qt_app.cli import status
from qt_app.config import Config
from qt_app.errors import NotRunningError, TimedOutError
from qt_app.services.process import Owner
from qt_app.services.snapshot import starting
from qt_app.services.status import status_document
from qt_app.terminal.sight import Sight
from qt_app.terminal.view import plain, view
from qt_app.terminal.watch import Watcher, watch

WIDTHS = [30, 44, 80, 109, 140]


@pytest.fixture
def document() -> dict[str, Any]:
    """Long one contract, one voter abstains, one alert, one frozen feature."""
    s = starting(Config(), symbol="WDOZ26", source="sim", synthetic=True, session_id="r")
    s.update(state="running", ts_ns=1_795_440_600_000_000_000, restarts=2,
             model={"id": "m1", "synthetic": True, "shadow": None, "shadow_rows": 0, "shadow_over": 0, "drift": None})
    s["feed"].update(state="ready", connected=True, age_ms=12.0)
    s["features"].update(valid=64, frozen=["rsi_14"])
    s["features"]["latency_us"].update(p50=9.0, p99=20.0)
    s["decision"].update(counts={"hold": 48, "buy": 2}, blocked={"SPREAD": 1},
                         last={"seq": 1, "ts_ns": 1, "action": "buy", "confidence": 0.714, "reason": "OK"})
    s["decision"]["latency_us"].update(p50=200.0, p99=1900.0)
    s["votes"] = {"model": {"probabilities": [0.1, 0.2, 0.7], "age_ms": 3.0, "abstains": False, "reason": "MODEL"},
                  "footprint": {"probabilities": None, "age_ms": None, "abstains": True, "reason": "WARMING"}}
    s["position"].update(contracts=1, avg_price=5400.5)
    s["pnl"].update(realised_brl=1030.0, open_brl=-5.0, costs_brl=2.2, drawdown_brl=7.2)
    s["trades"].update(today=4, wins=3, losses=1)
    s["risk"]["limits"] = {"min_confidence": 0.6, "stale_after_ms": 5000, "max_daily_trades": 10,
                           "max_daily_drawdown_brl": 750.0}
    s["risk"]["used"] = {"max_daily_trades": 4.0}
    s["reconciled"].update(equal=True)
    s["alerts"]["active"] = [{"code": "FROZEN", "level": "ERROR", "key": "", "since": "2026-11-23T10:29:58-03:00",
                              "message": "rsi_14 does not move", "count": 1, "remedy": ""}]
    return status_document(s, Owner.me())


def shown(sight: Sight, width: int = 120, height: int = 60) -> str:
    out = io.StringIO()
    Console(file=out, width=width, height=height).print(view(sight, width, height))
    return out.getvalue()


def together(text: str) -> str:
    """Without frames and line ends, so that what is folded is found."""
    return re.sub(r"[\s│╭╮╰╯─]+", "", text)


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_is_there_at_any_width(document: dict[str, Any], width: int) -> None:
    text = shown(Sight(document), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    for words in ("WDOZ26", "RUNNING", "2 restarts", "SYNTHETIC: this market", "+1 at 5,400.5", "R$ +1,022.80",
                  "R$ +1,030.00", "R$ -5.00", "4 today, 3 won, 1 lost", "4 of 10 entries", "BUY 0.714 of 0.60",
                  "2 buy, 48 hold", "SPREAD 1", "p50 200 µs, p99 1,900 µs", "0.70", "64 of 65 valid", "rsi_14",
                  "FROZEN", "rsi_14 does not move", "10:29:58", "0 dropped"):
        if width >= 80:
            assert words in text or together(words) in together(text), words
    assert "footprint" in text and "data age" in text


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 20), (60, 24)])
def test_a_low_terminal_shows_what_matters_without_scrolling(document: dict[str, Any], width: int, height: int) -> None:
    document["alerts"]["active"] *= 9
    text = shown(Sight(document), width, height)
    assert len(text.splitlines()) <= height
    for words in ("+1 at 5,400.5", "R$ +1,022.80", "BUY 0.714", "ABSTAINS", "data age", "FROZEN", "and 5 more alerts"):
        assert words in text


@pytest.mark.parametrize("width", WIDTHS)
def test_stale_stands_above_everything(document: dict[str, Any], width: int) -> None:
    document["feed"]["age_ms"] = 5001.0
    text = shown(Sight(document), width)
    assert "STALE: last event 5.0 s ago, the limit is 5 s".replace(" ", "") in together(text)
    assert text.index("STALE") < text.index("Position")
    assert text.count("STALE") == 2
    document["feed"]["age_ms"] = 4999.0
    assert "STALE" not in shown(Sight(document), width)


def test_the_age_goes_on_while_nobody_answers(document: dict[str, Any]) -> None:
    sight = Sight(document, 4.2, "qt (process 7) did not answer `status` within 1 s")
    assert sight.age_s == pytest.approx(4.212)
    assert "STALE: qt (process 7) did not answer `status` within 1 s; last event 4.2 s ago" in shown(sight)
    told = "STALE: the engine is dead since now (killed)"
    assert f" {told}; last event" in shown(Sight(document, 4.2, told))


def test_before_the_first_event_nothing_is_invented() -> None:
    fresh = starting(Config(), symbol="WDOZ26", source="sim", synthetic=False, session_id="r")
    text = shown(Sight(status_document(fresh, Owner.me())))
    assert "STALE" not in text and "NOT CONNECTED" in text
    for words in ("none yet", "no votes yet", "p50 — µs", "data age   —", "flat"):
        assert re.sub(r" +", " ", words) in re.sub(r" +", " ", text)
    assert "waiting for the engine" in shown(Sight(None))


@pytest.mark.parametrize(("change", "words"), [
    (lambda d: d["feed"].update(connected=False, state="outage"), "NOT CONNECTED: feed sim is outage"),
    (lambda d: d["reconciled"].update(equal=False, difference="position 2 here, 1 there"),
     "DIFFERS FROM THE BROKER: position 2 here, 1 there"),
    (lambda d: d["risk"].update(state="halted", halted=True, halt_reason="DAILY_LOSS"), "HALTED: DAILY_LOSS"),
    (lambda d: d["risk"].update(state="reducing", halt_reason="SPREAD"), "NO ENTRIES: SPREAD"),
    (lambda d: d["supervisor"].update(pid=3, alive=False), "SUPERVISOR GONE"),
    (lambda d: d["queues"].update(sink_dropped=3), "sink_dropped 3")])
def test_what_is_wrong_is_said(document: dict[str, Any], change: Callable[[dict[str, Any]], None], words: str) -> None:
    assert words not in shown(Sight(document))
    change(document)
    assert words in shown(Sight(document))


def test_what_others_say_does_not_act_on_the_terminal(document: dict[str, Any]) -> None:
    document["risk"].update(state="reducing", halt_reason="a\x1b]0;owned\x07[red]b")
    document["alerts"]["active"][0]["message"] = "x\x1b[2Jy"
    text = shown(Sight(document))
    assert "\x1b" not in text and "\x07" not in text and "[red]b" in text
    assert plain("a\tb\x9bc") == "a b c"


# the loop


class Engine:
    """Answers in turn: a document, or an error that is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def call(self, command: str, *, timeout_s: float = 5.0) -> dict[str, Any]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return copy.deepcopy(answer)


def test_silence_is_shown_and_an_end_ends(document: dict[str, Any]) -> None:
    now = iter([0.0, 0.0, 3.0, 4.0, 5.0])
    engine = Engine(document, TimedOutError("no answer"), NotRunningError("gone"), document, NotRunningError("gone"))
    says: list[str | None] = [None, "STALE: starting it again", None]
    watcher = Watcher(engine, lambda: says.pop(0), lambda: next(now))
    assert not watcher.look().stale
    assert (watcher.look().absent, watcher.look().absent) == ("no answer", "STALE: starting it again")
    assert watcher.look() == Sight(document)
    with pytest.raises(NotRunningError, match="gone"):
        watcher.look()


def test_it_repaints_in_place_and_gives_the_terminal_back(document: dict[str, Any]) -> None:
    """Its own screen, the cursor home instead of clearing, and back at the end: no flicker, nothing left behind."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=24, legacy_windows=False, _environ={})
    waits: list[float] = []
    with pytest.raises(NotRunningError):
        watch(Watcher(Engine(document, document, NotRunningError("gone")), lambda: None), console, waits.append)
    text = out.getvalue()
    assert text.count("\x1b[?1049h") == text.count("\x1b[?1049l") == 1
    assert text.count("\x1b[2J") == 0 and text.count("\x1b[H") >= 2
    assert len(waits) == 2
    for line in text.split("\x1b[H")[1].split("\n"):
        assert cell_len(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line)) <= 80


@pytest.mark.parametrize(("terminal", "term", "repaints"), [
    (True, "xterm-256color", True), (True, "", True), (True, "dumb", False), (False, "xterm", False)])
def test_only_a_terminal_that_can_is_repainted(monkeypatch: pytest.MonkeyPatch, terminal: bool, term: str,
                                               repaints: bool) -> None:
    monkeypatch.setattr(status.sys, "stdout", type("Out", (), {"isatty": lambda self: terminal})())
    monkeypatch.setenv("TERM", term)
    assert status._can_repaint() is repaints
