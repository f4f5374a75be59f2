"""A recording made by ``qt start`` on the simulated exchange, replayed, repeats the run byte for byte."""
from __future__ import annotations

import json
from collections.abc import Callable

import pyarrow.parquet as pq
import pytest
from e2e.installation import UNBROKEN, Installation

from qt_app.errors import ExitCode
from qt_app.replay.outputs import TABLES

pytestmark = pytest.mark.slow

Install = Callable[..., Installation]

#: Low enough that every run trades often, with wins, losses, cancels and refusals.
EAGER = {"MIN_CONFIDENCE": "0.40", "MAX_DAILY_TRADES": "500", **UNBROKEN}


def assert_same(qt: Installation, *, orders: int) -> dict[str, int]:
    """Every file of the live run and of its replay has the same bytes; rows by table."""
    live, out = qt.run_folder(), qt.home.root / "replayed"
    printed = json.loads(qt.good("replay", qt.home.data, "--out", out, "--json"))
    assert printed["missing_events"] == 0
    assert json.loads(qt.home.metrics.read_bytes())["feed"]["dropped"] == 0
    rows = {name: pq.read_metadata(live / f"{name}.parquet").num_rows for name in TABLES}
    for path in sorted(live.iterdir()):
        assert path.read_bytes() == (out / path.name).read_bytes(), (path.name, rows)
    assert {path.name for path in live.iterdir()} == {path.name for path in out.iterdir()}
    assert rows["orders"] >= orders
    return rows


def test_until_a_time(install: Install) -> None:
    qt = install()
    qt.start("--speed", 60, "--until", "11:30")
    qt.ended()
    rows = assert_same(qt, orders=10)
    assert rows["decisions"] > 3500


@pytest.mark.parametrize("seed", [2, 3])
def test_until_stopped(install: Install, seed: int) -> None:
    qt = install(**EAGER)
    qt.start("--speed", 60, "--seed", seed)
    qt.reach("15 market minutes and some orders", lambda s: s["decision"]["count"] > 900 and s["orders"]["sent"] > 10)
    qt.good("stop")
    assert_same(qt, orders=10)


def test_with_a_halt_in_the_middle(install: Install) -> None:
    qt = install(**EAGER)
    qt.start("--speed", 60)
    qt.reach("an order", lambda s: s["orders"]["sent"])
    qt.good("halt")
    qt.reach("refusals", lambda s: s["decision"]["blocked"].get("HALTED"))
    assert qt.status()["position"]["contracts"] == 0
    sent = qt.status()["orders"]["sent"]
    qt.good("resume")
    qt.reach("more orders", lambda s: s["orders"]["sent"] > sent + 5)
    qt.good("stop")
    rows = assert_same(qt, orders=6)
    assert rows["refusals"]


def test_from_before_the_open_and_halted_before_the_first_event(install: Install) -> None:
    qt = install(**EAGER)
    qt.start("--speed", 60, "--day", "2026-11-19", "--start-time", "08:58")
    qt.good("halt")
    qt.reach("ten minutes of the session", lambda s: s["decision"]["count"] > 600)
    qt.good("stop")
    assert [path.name for path in qt.home.data.iterdir() if path.name.isdigit()] == ["20261119"]
    assert_same(qt, orders=0)


def test_stopped_with_an_open_position_that_is_kept(install: Install) -> None:
    qt = install(**EAGER)
    qt.start("--speed", 20)
    qt.reach("a position", lambda s: s["position"]["contracts"])
    qt.good("stop", "--keep-position")
    assert_same(qt, orders=1)


def test_as_fast_as_it_can(install: Install) -> None:
    qt = install(**EAGER)
    qt.start("--speed", 0, "--until", "11:00")
    qt.ended()
    assert_same(qt, orders=10)


def test_a_recording_as_the_market_repeats_the_run_too(install: Install) -> None:
    qt = install(**EAGER)
    qt.start("--speed", 0, "--until", "10:45")
    qt.ended()
    again = install("again", **EAGER)
    assert again.qt("start", "--feed", qt.home.data, "--speed", 0).returncode == ExitCode.OK
    for name in TABLES:
        first, second = (one.run_folder() / f"{name}.parquet" for one in (qt, again))
        assert first.read_bytes() == second.read_bytes(), name
