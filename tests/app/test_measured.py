"""How long each decision took is kept beside a run's results, and never among them."""
from __future__ import annotations

import ast
import threading
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.latency import STAGES, Latencies
from qt_app.measured import BLOCK, StageWriter, discard_partial, path_of, read_stages
from qt_app.votes import Decision

RUN = "20261119-090000"
NOTHING = np.empty(0)


def decided(writer: StageWriter, latencies: Latencies, first: int, count: int) -> None:
    for seq in range(first, first + count):
        latencies.add(seq, 1, 2, 3, 4, 5)
        writer.decision(Decision(seq, 10 * seq, "hold", 0.5, None, "", ()), NOTHING, NOTHING)


def test_every_decision_is_kept_in_its_order_whoever_writes(tmp_path: Path) -> None:
    home, latencies = Home(tmp_path), Latencies()
    writer = StageWriter(path_of(home, RUN), latencies, pytest.fail, {"run_id": RUN})
    for part in range(3):
        decided(writer, latencies, part * BLOCK, BLOCK)
        reader = threading.Thread(target=writer.write)
        reader.start()
        reader.join()
    decided(writer, latencies, 3 * BLOCK, 7)
    assert read_stages(home, RUN) is None       # nothing before it is complete
    writer.close()
    writer.close()
    kept = read_stages(home, RUN)
    assert kept is not None and kept["seq"].to_pylist() == list(range(3 * BLOCK + 7))
    assert kept["features"].to_pylist() == kept["seq"].to_pylist()
    assert kept["total"].to_pylist() == [seq + 15 for seq in range(3 * BLOCK + 7)]
    assert [set(kept[stage].to_pylist()) for stage in STAGES[1:-1]] == [{1}, {2}, {3}, {4}, {5}]
    some = read_stages(home, RUN, 50, 90)
    assert some is not None and some["seq"].to_pylist() == [5, 6, 7, 8]
    assert pq.read_schema(path_of(home, RUN)).metadata[b"run_id"] == RUN.encode()
    assert [path.name for path in home.latency.iterdir()] == [f"{RUN}.parquet"]


def test_a_run_without_decisions_keeps_nothing(tmp_path: Path) -> None:
    writer = StageWriter(path_of(Home(tmp_path), RUN), Latencies(), pytest.fail)
    writer.write()
    writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_is_told_once_and_ends_the_keeping_alone(tmp_path: Path) -> None:
    home, latencies, told = Home(tmp_path), Latencies(), list[str]()
    home.latency.parent.mkdir()
    home.latency.write_text("a file where the folder should be")
    writer = StageWriter(path_of(home, RUN), latencies, told.append)
    for part in range(3):
        decided(writer, latencies, part * BLOCK, BLOCK)
        writer.write()
    writer.close()
    assert len(told) == 1 and str(path_of(home, RUN)) in told[0]


def test_what_a_killed_run_left_goes_and_a_broken_file_is_one_sentence(tmp_path: Path) -> None:
    home, latencies = Home(tmp_path), Latencies()
    discard_partial(home)
    writer = StageWriter(path_of(home, RUN), latencies, pytest.fail)
    decided(writer, latencies, 0, BLOCK)
    writer.write()
    assert [path.name for path in home.latency.iterdir()] == [f".{RUN}.parquet.partial"]
    discard_partial(home)
    assert list(home.latency.iterdir()) == []
    path_of(home, RUN).write_bytes(b"PAR1 and nothing else")
    with pytest.raises(DataError, match=r"cannot be read .*; remove it"):
        read_stages(home, RUN)


def test_what_compares_results_cannot_meet_measured_times(repo: Path) -> None:
    """Neither replay nor certificate knows the module or its place."""
    for path in (*(repo / "qt_app" / "replay").glob("*.py"), *(repo / "qt_app" / "parity").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            known = {"qt_app.measured", "qt_app.latency"}
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            assert not known & ({node.module} if isinstance(node, ast.ImportFrom) else names), path
            assert not (isinstance(node, ast.Attribute) and node.attr == "latency"), path
