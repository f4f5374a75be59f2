"""`qt deploy`, `qt rollback`, `qt models` while the real program runs: no decision is missed, a replay is the same."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from app.registry.model_market import INPUTS, SCHEMA, bundle
from e2e.installation import UNBROKEN, Installation

from qt_app.errors import ExitCode
from qt_app.inference.manifest import read_manifest
from qt_app.paths import shipped_models
from qt_app.replay.outputs import TABLES

pytestmark = pytest.mark.slow

Install = Callable[..., Installation]
EAGER = {"MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "500", **UNBROKEN}
FORCE = ("--force", "--reason", "a test")
NS = 1_000_000_000


def made(folder: Path, name: str, slope: float) -> Path:
    bundle(folder, name, slope, label_rule={"horizon_s": 30.0, "cost_ticks": 1.0},
           cost_model={"tick_value_brl": 5.0})
    return folder / name


def more(qt: Installation, decisions: int) -> None:
    """Waits for that many more decisions."""
    before = qt.status()["decision"]["count"]
    qt.reach("more decisions", lambda s: s["decision"]["count"] >= before + decisions)


def table(folder: Path, name: str) -> Any:
    return pq.read_table(folder / f"{name}.parquet")


def model_votes(folder: Path) -> dict[int, tuple[float, ...] | None]:
    rows = table(folder, "votes").to_pylist()
    return {row["ts_ns"]: (row["p_sell"], row["p_hold"], row["p_buy"]) for row in rows if row["voter"] == "model"}


def test_a_model_is_switched_and_rolled_back_without_a_missed_decision(install: Install, tmp_path: Path) -> None:
    qt = install(**EAGER)
    shipped = read_manifest(shipped_models()).id
    first = qt.start("--speed", 60)
    assert first["model"]["id"] == shipped
    more(qt, 200)
    assert "eager serves, from event" in qt.good("deploy", made(tmp_path, "eager", 2.0), *FORCE)
    assert qt.status()["model"]["id"] == "eager"
    more(qt, 200)
    broken = made(tmp_path, "broken", 1.0)
    next(broken.glob("*.onnx")).write_bytes(b"no graph")
    assert qt.qt("deploy", broken, *FORCE).returncode == ExitCode.DATA
    assert qt.qt("deploy", made(tmp_path, "unjudged", 1.0)).returncode == ExitCode.REFUSED
    assert qt.status()["model"]["id"] == "eager"
    more(qt, 100)
    assert f"{shipped} serves again, from event" in qt.good("rollback")
    more(qt, 200)
    rows = json.loads(qt.good("models", "--json"))
    assert [(row["name"], row["state"]) for row in rows] == [(shipped, "champion"), ("eager", "kept")]
    alerts = qt.status()["alerts"]["raised"]
    assert (alerts["MODEL_SWITCHED"], alerts["MODEL_FORCED"], alerts["MODEL_ROLLED_BACK"]) == (1, 1, 1)
    qt.good("stop")

    live = qt.run_folder()
    stamps = np.array(table(live, "decisions")["ts_ns"].to_pylist())
    assert len(stamps) > 700 and set(np.diff(stamps).tolist()) == {NS}
    assert [row["id"] for row in json.loads((live / "models.json").read_bytes())] == [shipped, "eager"]
    out = tmp_path / "out"
    qt.good("replay", next(qt.home.data.glob("2*/*")), "--out", out)
    for name in TABLES:
        assert (live / f"{name}.parquet").read_bytes() == (out / f"{name}.parquet").read_bytes(), name
    assert json.loads((out / "summary.json").read_bytes())["model"] == shipped

    fixed = tmp_path / "fixed"
    qt.good("replay", next(qt.home.data.glob("2*/*")), "--out", fixed, "--model", shipped_models())
    votes, alone = model_votes(live), model_votes(fixed)
    differ = [at for at, p in votes.items() if p != alone[at]]
    assert 100 < len(differ) < len(votes) - 100     # the other model decided in the middle, and only there
    span = [at for at in votes if differ[0] <= at <= differ[-1]]
    assert len(differ) > 0.9 * len(span)


def test_the_next_start_serves_what_was_deployed_and_a_shadow_is_compared(install: Install, tmp_path: Path) -> None:
    qt = install(**EAGER)
    assert "from the next `qt start` on" in qt.good("deploy", made(tmp_path, "one", 1.0), *FORCE)
    qt.good("deploy", made(tmp_path, "two", 3.0), "--shadow", *FORCE)
    qt.start("--speed", 60)
    status = qt.reach("the shadow", lambda s: (s["model"] or {}).get("shadow_rows", 0) > 200)
    assert (status["model"]["id"], status["model"]["shadow"], status["model"]["shadow_over"]) == ("one", "two", 0)
    qt.good("stop")
    figures = json.loads(qt.good("models", "compare", "--json"))
    assert figures["rows"] > 100 and figures["synthetic"]
    assert figures["champion"]["log_loss"] != figures["challenger"]["log_loss"]
    assert "challenger minus champion" in qt.good("models", "compare")
    out = tmp_path / "out"
    qt.good("replay", next(qt.home.data.glob("2*/*")), "--out", out)
    for name in TABLES:
        assert (qt.run_folder() / f"{name}.parquet").read_bytes() == (out / f"{name}.parquet").read_bytes(), name


def test_a_broken_champion_makes_way_at_the_start(install: Install, tmp_path: Path) -> None:
    qt = install(**EAGER)
    qt.good("deploy", made(tmp_path, "one", 1.0), *FORCE)
    qt.good("deploy", made(tmp_path, "two", 3.0), *FORCE)
    next((qt.home.models / "two").glob("*.onnx")).write_bytes(b"gone bad")
    status = qt.start("--speed", 60)
    assert status["model"]["id"] == "one"
    qt.reach("the alert", lambda s: s["alerts"]["raised"].get("MODEL_ROLLED_BACK") == 1)
    qt.good("stop")
    assert (status["schema_id"], INPUTS) == (SCHEMA, INPUTS)
