"""Each rule on crafted looks: what it takes to raise it, what it takes to clear it, what says nothing."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.alerts.alert import Alert
from qt_app.alerts.centre import AlertCentre
from qt_app.alerts.codes import Code
from qt_app.alerts.desk import Patience
from qt_app.alerts.rules import MINUTE, SECOND, Rules, rules_of, switched_off
from qt_app.alerts.trigger import Bounds, Trigger
from qt_app.config import Config, load
from qt_app.home import Home
from qt_app.services.snapshot import Snapshot, starting


class World:
    """The rules before snapshots that a test changes by hand."""

    def __init__(self, home: Path, **overrides: object) -> None:
        self.config = load(Home(home), {"alerts." + name: value for name, value in overrides.items()}, environ={})
        self.centre = AlertCentre(patience=Patience(0, 0))
        self.told: list[Alert] = []
        self.centre.add(self.told.append)
        self.rules = Rules(rules_of(self.config), self.centre)
        s = self.s = starting(self.config, symbol="WDOZ26", source="sim", synthetic=True, session_id="s")
        s.update(state="running", ts_ns=1)
        s["feed"].update(connected=True, age_ms=1.0)
        s["risk"].update(limits={"orders_per_second": 10, "orders_per_minute": 100},
                         used={"orders_per_second": 0.0, "orders_per_minute": 0.0})
        s["health"].update(rss_mb=500.0, disk_free_mb=50_000.0, clock_jump_ms=0.0)

    def look(self, times: int = 1) -> list[tuple[str, bool]]:
        """(code, whether it is its end) of what these looks tell."""
        done = len(self.told)
        for _ in range(times):
            self.rules.look(self.s)
            self.centre.work()
        return [(a.code.name, a.over) for a in self.told[done:]]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def voter(reason: str) -> dict[str, Any]:
    return {"probabilities": None, "age_ms": 9000.0, "abstains": True, "reason": reason}


def blocks(*names: str) -> Callable[[Snapshot], None]:
    return lambda s: s["risk"].update(blocks=list(names))


def latency(p99: float) -> Callable[[Snapshot], None]:
    def change(s: Snapshot) -> None:
        s["decision"].update(count=500)
        s["decision"]["latency_us"].update(p99=p99 * 1000)
    return change


def held_in_the_dark(s: Snapshot) -> None:
    s["position"].update(contracts=-1)
    s["feed"].update(connected=False)


#: code: (what makes it bad, looks until it is told, what makes it good again, looks until that is told)
LASTING: dict[str, tuple[Callable[[Snapshot], object], int, Callable[[Snapshot], object], int]] = {
    "HIGH_LATENCY": (latency(51), SECOND, latency(39), 5 * SECOND),
    "HIGH_DRAWDOWN": (lambda s: s["pnl"].update(drawdown_brl=101.0), 1,
                      lambda s: s["pnl"].update(drawdown_brl=79.0), 1),
    "LOW_WIN_RATE": (lambda s: s["trades"].update(today=20, wins=8, losses=12), 1,
                     lambda s: s["trades"].update(today=24, wins=12, losses=12), 1),
    "FROZEN_FEATURE": (lambda s: s["features"].update(frozen=["returns_1"]), 1,
                       lambda s: s["features"].update(frozen=[]), SECOND),
    "STALE_VOTER": (lambda s: s["votes"].update(footprint=voter("STALE trade 7.2 s")), 2 * SECOND,
                    lambda s: s["votes"].update(footprint=voter("QUIET")), 2 * SECOND),
    "EVENTS_DROPPED": (lambda s: s["events"].update(dropped=7), 1, lambda s: None, MINUTE),
    "STALE_POSITION": (held_in_the_dark, 30 * SECOND, lambda s: s["feed"].update(connected=True), SECOND),
    "MISMATCH": (blocks("RECONCILING"), 10 * SECOND, blocks(), SECOND),
    "HALTED": (lambda s: s["risk"].update(halted=True, halt_reason="HALTED"), 1,
               lambda s: s["risk"].update(halted=False, halt_reason=None), SECOND),
    "BREAKER_TRIPPED": (blocks("DAILY_LOSS"), 1, blocks(), SECOND),
    "REDUCING": (blocks("REDUCING"), 1, blocks(), SECOND),
    "ORDER_RATE": (lambda s: s["risk"]["used"].update(orders_per_minute=81.0), 1,
                   lambda s: s["risk"]["used"].update(orders_per_minute=40.0), 5 * SECOND),
    "DISK_LOW": (lambda s: s["health"].update(disk_free_mb=1023.0), 1,
                 lambda s: s["health"].update(disk_free_mb=1300.0), 1),
    "CLOCK_SKEW": (lambda s: s["health"].update(clock_jump_ms=3_600_000.0), 1,
                   lambda s: s["health"].update(clock_jump_ms=0.0), MINUTE),
    "RECORDER_FAILED": (lambda s: s["queues"].update(sink_dropped=4), 1, lambda s: None, MINUTE),
    "LOG_LOSES": (lambda s: s["queues"].update(log_failed=1), 1, lambda s: None, MINUTE),
    "BROADCAST_LOSES": (lambda s: s["queues"].update(broadcast_dropped=1), 1, lambda s: None, MINUTE),
}


def test_nothing_is_told_of_a_healthy_run(world: World) -> None:
    assert world.look(6 * MINUTE) == []


def test_unknown_raises_nothing_and_clears_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, capital_brl=1000.0)
    blank = starting(world.config, symbol="WDOZ26", source="sim", synthetic=True, session_id="s")
    full, world.s = world.s, blank
    assert world.look(MINUTE) == []
    world.s = full
    full["pnl"]["drawdown_brl"] = 500.0
    assert world.look() == [("HIGH_DRAWDOWN", False)]
    full["pnl"]["drawdown_brl"] = None
    assert world.look(MINUTE) == []


@pytest.mark.parametrize("code", LASTING)
def test_raised_at_its_look_and_cleared_at_its_look(tmp_path: Path, code: str) -> None:
    world = World(tmp_path, capital_brl=1000.0)
    bad, looks, good, calm = LASTING[code]
    assert world.look(2) == []
    bad(world.s)
    assert world.look(looks - 1) == []
    assert world.look() == [(code, False)]
    raised = world.told[-1]
    assert raised.data["remedy"] and set(raised.data) in ({"remedy"}, {"remedy", "value", "limit", "unit"})
    assert world.look(5) == []      # told once
    good(world.s)
    told = world.look(calm)
    assert told == [(code, True)], told
    assert world.centre.state()["active"] == []


@pytest.mark.parametrize("code", ["HIGH_LATENCY", "HIGH_DRAWDOWN", "LOW_WIN_RATE", "ORDER_RATE", "DISK_LOW"])
def test_a_value_that_trembles_at_its_limit_is_told_once(tmp_path: Path, code: str) -> None:
    world = World(tmp_path, capital_brl=1000.0)
    near: dict[str, Callable[[Snapshot], object]] = {
        "HIGH_LATENCY": latency(49), "HIGH_DRAWDOWN": lambda s: s["pnl"].update(drawdown_brl=99.0),
        "LOW_WIN_RATE": lambda s: s["trades"].update(today=22, wins=10, losses=12),
        "ORDER_RATE": lambda s: s["risk"]["used"].update(orders_per_minute=79.0),
        "DISK_LOW": lambda s: s["health"].update(disk_free_mb=1025.0)}
    told = []
    for _ in range(20):
        LASTING[code][0](world.s)
        told += world.look(LASTING[code][1])
        near[code](world.s)
        told += world.look(3)
    assert told == [(code, False)]


@pytest.mark.parametrize("code", ["FOREIGN_ORDER", "ORDER_STUCK"])
def test_what_the_gateway_raised_ends_with_its_block(world: World, code: str) -> None:
    blocks(code)(world.s)
    world.centre.raise_(Code[code], "seen", {"local_id": 1, "order_id": 1})
    assert world.look(10) == [(code, False)]
    blocks()(world.s)
    assert world.look(SECOND) == [(code, True)]


def test_wrong_tokens_and_restarts_are_told_each_time(world: World) -> None:
    world.s["restarts"] = 1
    assert world.look(3) == [("ENGINE_RESTARTED", False)]
    for count in (1, 5):
        world.s["health"]["wrong_tokens"] = count
        assert world.look(3) == [("WRONG_TOKEN", False)]


def test_growth_counts_from_the_fifth_minute(world: World) -> None:
    assert world.look(5 * MINUTE) == []
    world.s["health"]["rss_mb"] = 700.0     # its base was 500
    assert world.look(MINUTE) == []
    world.s["health"]["rss_mb"] = 757.0
    assert world.look(10 * SECOND) == [("MEMORY_GROWTH", False)]


def test_win_rate_goes_on_over_sessions(world: World) -> None:
    world.s["trades"].update(today=10, wins=4, losses=6)
    assert world.look() == []               # too few
    world.s["trades"].update(today=0, wins=0, losses=0)
    world.look()
    world.s["trades"].update(today=10, wins=4, losses=6)
    assert world.look() == [("LOW_WIN_RATE", False)] and world.told[-1].data["value"] == 0.4


def test_win_rate_begins_from_earlier_sessions(world: World) -> None:
    asked: list[int] = []

    def earlier() -> tuple[int, int]:
        asked.append(1)
        return 18, 8

    world.rules = Rules(rules_of(world.config, earlier), world.centre)
    assert world.look(2) == []
    world.s["trades"].update(today=2, wins=0, losses=2)
    assert world.look(2) == [("LOW_WIN_RATE", False)] and len(asked) == 1


def test_without_a_base_the_drawdown_rule_is_off_and_says_so(world: World, tmp_path: Path) -> None:
    assert "alerts.capital_brl" in switched_off(world.config)[0]
    world.s["pnl"]["drawdown_brl"] = 1e6
    assert world.look(10) == []
    assert switched_off(World(tmp_path, capital_brl=5.0).config) == []


def test_stopping_is_no_halt_and_an_outage_no_stale_voter(world: World) -> None:
    world.s.update(state="stopping")
    world.s["risk"].update(halted=True, halt_reason="HALTED, REDUCING")
    assert world.look(MINUTE) == []
    world.s.update(state="running")
    world.s["risk"].update(halted=False, blocks=["STALE_FEED", "RECONCILING"])
    world.s["feed"].update(connected=False)
    world.s["votes"].update(footprint=voter("STALE trade 7.2 s"))
    assert world.look(MINUTE) == []


def test_a_jump_that_is_over_does_not_end_the_feeds_own_alert(world: World) -> None:
    world.centre.raise_(Code.CLOCK_SKEW, "market time goes on alone")
    world.s["health"]["clock_jump_ms"] = 3_600_000.0
    assert world.look() == [("CLOCK_SKEW", False)] * 2
    world.s["health"]["clock_jump_ms"] = 0.0
    assert world.look(2 * MINUTE) == [("CLOCK_SKEW", True)]
    assert [a["key"] for a in world.centre.state()["active"]] == [""]


def test_each_voter_is_an_alert_of_its_own(world: World) -> None:
    world.s["votes"].update(footprint=voter("STALE trade 7.2 s"), liquidity=voter("STALE book 9.0 s"))
    assert world.look(2 * SECOND) == [("STALE_VOTER", False)] * 2
    assert [a.key for a in world.told] == ["footprint", "liquidity"]


def test_a_rule_that_fails_is_told_and_the_others_go_on(world: World) -> None:
    world.s["decision"] = None      # type: ignore[typeddict-item]
    world.s["health"]["disk_free_mb"] = 1.0
    told = world.look()
    assert told[0] == ("SERVICE_FAILED", False) and "HIGH_LATENCY" in world.told[0].message
    assert ("DISK_LOW", False) in told


@pytest.mark.lengthy
@given(st.lists(st.integers(0, 100), max_size=200), st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_hysteresis(values: list[int], looks: int, calm_looks: int, below: bool) -> None:
    """Raises and ends alternate; each raise comes after so many bad looks, each end after so many good ones."""
    limit, calm = (40, 60) if below else (60, 40)
    bounds = Bounds(limit, calm, below, looks, calm_looks)
    trigger = Trigger(bounds)
    turns = [trigger.look(v) for v in values]
    seen = [(i, t) for i, t in enumerate(turns) if t]
    assert [t for _, t in seen] == (["raise", "clear"] * len(seen))[: len(seen)]
    for i, turn in seen:
        last = values[i + 1 - (looks if turn == "raise" else calm_looks): i + 1]
        assert all(map(bounds.bad if turn == "raise" else bounds.good, last))


def test_the_manuals_limits_are_the_defaults() -> None:
    alerts = Config().alerts
    assert (alerts.latency_ms, alerts.win_rate, alerts.win_rate_trades, alerts.drawdown) == (50.0, 0.45, 20, 0.10)
