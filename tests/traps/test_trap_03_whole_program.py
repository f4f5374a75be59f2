"""Trap 3, through the whole program: the process dies between fill and cancel.

The market and the model are always the same: the first position is one contract short, from seconds after 10:30 on.
"""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.installation import MARKET_DAY, Installation
from trap_kit import Carried, carried, fault

pytestmark = pytest.mark.slow

Install = Callable[..., Installation]
SETTINGS = {"QT_MODE": "simulator", "MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "500"}
STOP, CANCELLED = 4, 4


def script(path: Path, *faults: str) -> Path:
    path.write_text("".join(faults))
    return path


def left_behind(file: Path) -> Carried:
    return carried(file, day=MARKET_DAY, start="10:33")


def test_killed_between_fill_and_cancel_the_next_run_ends_flat_with_no_order(install: Install, tmp_path: Path) -> None:
    first = script(tmp_path / "first.toml", fault("position", at="10:30:35", qty=1),
                   fault("kill", point="before_cancel", **{"from": "10:30:35"}))
    qt = install(**SETTINGS)
    file = qt.home.exchange_account
    assert qt.qt("start", "--no-supervisor", "--speed", 4, "--until", "10:36", "--faults", first).returncode == 137
    orphan = left_behind(file)
    assert (orphan.position, orphan.working) == (0, 2) and STOP in [order.type for order in orphan.orders[-2:]]

    second = script(tmp_path / "second.toml", fault("kill", point="finalize"))
    assert qt.qt("start", "--no-supervisor", "--speed", 10, "--until", "10:33", "--faults", second,
                 MAX_DAILY_TRADES="0").returncode == 137
    end = left_behind(file)
    assert (end.position, end.working) == (0, 0)
    assert len(end.orders) == len(orphan.orders) and {order.status for order in end.orders[-2:]} == {CANCELLED}
    assert end.traded == -1, "the desk bought the other one"
    assert any("an order of an earlier run is cancelled" in line["message"] for line in qt.log())
