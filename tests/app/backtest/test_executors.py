"""The same results in the same order wherever tasks run; workers that die are replaced, but not for ever."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest
from app.backtest.deadly import die, die_once, square

from qt_app.backtest.executors import Processes, Serial
from qt_app.errors import QtError

needs_kill = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")


def test_one_after_the_other() -> None:
    told: list[tuple[int, int]] = []
    assert Serial().run(square, [3, 1, 2], lambda *done: told.append(done)) == [9, 1, 4]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert Serial().run(square, []) == []


@pytest.mark.slow
def test_processes_keep_the_order_of_the_tasks() -> None:
    told: list[tuple[int, int]] = []
    assert Processes(2).run(square, list(range(20)), lambda *done: told.append(done)) == [n * n for n in range(20)]
    assert [done for done, _ in told] == list(range(1, 21))


@pytest.mark.slow
@needs_kill
def test_the_tasks_of_a_killed_worker_go_to_another(tmp_path: Path) -> None:
    assert Processes(2).run(die_once, [(tmp_path, n) for n in range(6)]) == [n * n for n in range(6)]
    assert (tmp_path / "died").exists()


@pytest.mark.slow
@needs_kill
def test_workers_that_always_die_are_an_error() -> None:
    with pytest.raises(QtError, match=r"worker processes died 2 times, and 2 of 2 tasks are not done"):
        Processes(1, retries=1).run(die, [1, 2])
