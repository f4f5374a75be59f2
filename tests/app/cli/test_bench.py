from __future__ import annotations

import orjson
import pytest
from click.testing import CliRunner

from qt_app.bench.report import SECTIONS
from qt_app.cli.bench import bench

TINY = {"QT_BENCH_SCALE": "0.002"}


def report(*arguments: str) -> dict:
    result = CliRunner().invoke(bench, ["--json", *arguments], env=TINY)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return orjson.loads(result.stdout)


@pytest.mark.lengthy
@pytest.mark.parametrize("section", ["callback", "book", "wait"])
def test_one_section_is_reported_with_its_rounds(section: str) -> None:
    document = report("--only", section, "--rounds", "2")
    assert list(document["sections"]) == [section]
    assert document["rounds"] == 2
    cases = document["sections"][section]["cases"]
    assert cases
    assert all(len(one["rounds"]) == 2 and one["min"] <= one["median"] <= one["max"] for one in cases.values())


@pytest.mark.lengthy
def test_aims_are_reported_and_never_enforced() -> None:
    aims = report("--only", "callback", "--rounds", "1")["sections"]["callback"]["aims"]
    assert set(aims) >= {"trampoline / ctypes", "trampoline / plain_c", "trampoline_busy_python.p90_ns"}
    assert all(isinstance(aim["met"], bool) for aim in aims.values())


@pytest.mark.slow
def test_a_decision_is_split_into_its_stages() -> None:
    section = report("--only", "decision", "--rounds", "1")["sections"]["decision"]
    cases = section["cases"]
    for pace in ("back_to_back", "live_pace"):
        for stage in ("features", "model", "agents", "consensus", "risk", "total"):
            assert cases[f"{pace}.{stage}_p50_ns"]["median"] <= cases[f"{pace}.{stage}_p99_ns"]["median"]
    assert "model" in section["notes"]


@pytest.mark.slow
def test_the_replay_is_measured_whether_the_peer_is_there_or_not() -> None:
    section = report("--only", "replay", "--rounds", "1")["sections"]["replay"]
    assert section["cases"]["pipeline.events_per_s"]["median"] > 0 < section["cases"]["pipeline.days_per_min"]["median"]
    assert ("nautilus_empty_strategy.events_per_s" in section["cases"]) != ("nautilus_trader" in section["absent"])
    assert section["notes"]["market_minutes"] > 1


@pytest.mark.slow
def test_the_row_is_raced_against_whoever_is_installed() -> None:
    section = report("--only", "features", "--rounds", "1")["sections"]["features"]
    assert {"engine_loop", "engine_from_python", "pandas"} <= set(section["cases"])
    assert ("numba_loop" in section["cases"]) != ("numba" in section["absent"])


def test_an_absent_peer_is_named_and_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "hftbacktest", None)
    monkeypatch.setitem(__import__("sys").modules, "nautilus_trader", None)
    monkeypatch.setitem(__import__("sys").modules, "nautilus_trader.model.data", None)
    document = report("--only", "book", "--rounds", "1")
    assert {"hftbacktest", "nautilus_trader"} <= set(document["absent"])
    assert document["sections"]["book"]["ratios"] == {}


def test_an_unknown_section_is_refused() -> None:
    result = CliRunner().invoke(bench, ["--only", "nothing"])
    assert result.exit_code == 2
    assert all(name in result.output for name in SECTIONS)
