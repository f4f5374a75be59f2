"""The drill: a journal is damaged, a start refuses it, a backup is put back, and trading goes on where it was."""
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from e2e.installation import UNBROKEN, Installation

Install = Callable[..., Installation]

EAGER = {"MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "500", "QT_SIM_SPEED": "30", **UNBROKEN}
#: A run that takes over what it finds and decides for nothing new.
CALM = {**EAGER, "MIN_CONFIDENCE": "0.6", "MAX_DAILY_TRADES": "1", "QT_SIM_SPEED": "1"}


def taken_over(qt: Installation) -> dict[str, Any]:
    """What a calm start says that it holds, before it is stopped again."""
    qt.start(**CALM)
    found = qt.reach("a first look", lambda s: s["state"] != "starting" and s["seq"])
    qt.good("stop", "--position", "keep")
    qt.ended()
    return {"lots": found["position"]["contracts"], "price": found["position"]["avg_price"], "trades": found["trades"],
            "entries": found["risk"]["used"]["max_daily_trades"]}


@pytest.mark.slow
def test_the_drill(install: Install) -> None:
    qt = install(**EAGER)
    qt.start()
    qt.reach("trades and a position", lambda s: s["trades"]["today"] >= 2 and s["position"]["contracts"])
    beside = json.loads(qt.good("backup", "--json"))
    assert beside["reason"] == "by hand" and beside["schema"]
    refused = qt.qt("restore", "--latest", "--yes")
    assert refused.returncode == 3 and "stop it with `qt stop`" in refused.stderr
    qt.good("stop", "--position", "keep")
    qt.ended()
    before = taken_over(qt)
    assert before["entries"] > 1

    damaged = bytearray(qt.home.journal.read_bytes())
    damaged[4096:3 * 4096] = b"\xff" * 8192
    qt.home.journal.write_bytes(damaged)
    refused = qt.qt("start", "--no-supervisor")
    assert refused.returncode == 9 and "qt restore" in refused.stderr
    assert qt.qt("backup").returncode == 9
    assert qt.home.journal.read_bytes() == damaged, "left as it was"

    newest = json.loads(qt.good("restore", "--list", "--json"))[-1]
    assert newest["reason"] == "stop"
    done = json.loads(qt.good("restore", "--latest", "--json"))
    assert done["backup"].endswith(newest["name"])
    assert taken_over(qt) == before
