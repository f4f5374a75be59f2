from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest

from qt_app.replay.outputs import TABLES, Format, RunWriter, format_summary, run_meta
from qt_app.votes import Decision, Vote
from qt_core.features.registry import NAMES
from qt_core.features.registry import NAMES as FEATURES
from qt_core.readings.registry import NAMES as READINGS

SUMMARY: dict[str, Any] = {"symbol": "WDOZ26", "trades": 3, "win_rate": None, "pnl": {"pessimistic_brl": -12.5}}


def decide(writer: RunWriter, seq: int) -> None:
    votes = (Vote("model", (0.2, 0.5, 0.3), 5, "SCORED"), Vote("flow", None, -1, "STALE book 7.2 s"))
    decision = Decision(seq, 1000 * seq, "hold", 0.5, (0.2, 0.5, 0.3), "BELOW", votes)
    row = np.arange(len(FEATURES), dtype=float) + seq
    row[3] = np.nan
    writer.decision(decision, row, np.arange(len(READINGS), dtype=float))


def run(folder: Path, fmt: Format = "parquet", decisions: int = 5) -> Path:
    with RunWriter(folder, fmt, run_meta("WDOZ26", True, 5.0, "b3")) as writer:
        for seq in range(decisions):
            decide(writer, seq)
        writer.record("order", {"ts_ns": 1, "seq": 2, "order_id": 3, "side": 1, "qty": 1, "price": 10_500})
        writer.record("fill", {"ts_ns": 1, "seq": 2, "order_id": 3, "qty": 1, "price": 10_500, "costs_brl": 1.1})
        writer.record("refusal", {"ts_ns": 1, "seq": 2, "code": "DAILY_TRADES", "detail": "10 of 10"})
        writer.close(SUMMARY)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("fmt", ["parquet", "jsonl"])
def test_the_same_run_gives_the_same_bytes_twice(tmp_path: Path, fmt: Format) -> None:
    assert content(run(tmp_path / "a", fmt)) == content(run(tmp_path / "b", fmt))
    assert set(content(tmp_path / "a")) == {*(f"{name}.{fmt}" for name in TABLES), "summary.json", "summary.txt"}


def test_tables_hold_what_was_recorded(tmp_path: Path) -> None:
    folder = run(tmp_path / "run")
    features = pq.read_table(folder / "features.parquet")
    assert features.column_names == ["ts_ns", "seq", *NAMES]
    assert np.isnan(features.column(NAMES[3])[2].as_py())
    assert features.column(NAMES[4])[2].as_py() == 6.0
    votes = pq.read_table(folder / "votes.parquet").to_pylist()
    assert votes[1] == {"ts_ns": 0, "seq": 0, "voter": "flow", "p_sell": None, "p_hold": None, "p_buy": None,
                        "age_ns": -1, "reason": "STALE book 7.2 s"}
    assert pq.read_table(folder / "orders.parquet").to_pylist()[0]["stop"] is None
    assert pq.read_schema(folder / "votes.parquet").metadata[b"synthetic"] == b"true"


def test_json_lines_write_unknown_as_null(tmp_path: Path) -> None:
    lines = (run(tmp_path / "run", "jsonl") / "features.jsonl").read_bytes().splitlines()
    first = orjson.loads(lines[0])
    assert list(first) == ["ts_ns", "seq", *NAMES]
    assert first[NAMES[3]] is None


@pytest.mark.lengthy
def test_rows_of_many_groups_are_all_kept(tmp_path: Path) -> None:
    table = pq.read_table(run(tmp_path / "run", decisions=10_000) / "decisions.parquet")
    assert table.column("seq").to_pylist() == list(range(10_000))


def test_nothing_is_shown_before_the_run_ends(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run")
    decide(writer, 1)
    assert not (tmp_path / "run").exists()
    writer.close(SUMMARY)
    assert orjson.loads((tmp_path / "run" / "summary.json").read_bytes()) == SUMMARY


def test_a_failing_run_leaves_nothing_and_keeps_the_earlier_one(tmp_path: Path) -> None:
    before = content(run(tmp_path / "run"))
    with pytest.raises(RuntimeError), RunWriter(tmp_path / "run") as writer:
        decide(writer, 1)
        raise RuntimeError("midway")
    assert content(tmp_path / "run") == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_replaces_the_earlier_one_whatever_its_format(tmp_path: Path) -> None:
    run(tmp_path / "run", "parquet")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    run(tmp_path / "run", "jsonl")
    assert not list((tmp_path / "run").glob("*.parquet"))
    assert (tmp_path / "run" / "notes.txt").exists()


def test_what_a_broken_run_left_is_removed(tmp_path: Path) -> None:
    RunWriter(tmp_path / "run")
    run(tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize(("kind", "record", "reason"), [
    ("order", {"seq": 1, "colour": 2}, "unknown fields colour"), ("dream", {}, "unknown record kind 'dream'"),
])
def test_an_unknown_record_is_refused_and_not_dropped(
        tmp_path: Path, kind: str, record: dict[str, Any], reason: str) -> None:
    with RunWriter(tmp_path / "run") as writer:
        with pytest.raises(ValueError, match=reason):
            writer.record(kind, record)
        writer.close({})


def test_a_summary_is_readable_and_says_what_is_unknown() -> None:
    text = format_summary(SUMMARY)
    assert "win rate                          unknown" in text
    assert "  pessimistic brl                 -12.50" in text
    assert format_summary({"refusals": {}}).split() == ["refusals", "none"]
