"""A program that is killed at any instant has lost nothing that a barrier had confirmed."""
from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from app.journal.journal_kit import ACCOUNT, SYMBOL, order
from child import environment

from qt_app.journal.journal import Journal
from qt_app.journal.reader import Reader

#: Puts an order with its names and fill, waits for the barrier, says so; on and on.
WRITES = """
import sys
from pathlib import Path
from app.journal.journal_kit import ACCOUNT, SYMBOL, fill, order, report
from qt_app.journal import journal as module
from qt_app.journal.entries import Decision, Named, Sent
module.FOLD_AFTER = 9
journal = module.Journal.open(Path(sys.argv[1]), "killed")
begin = journal.begin(SYMBOL, ACCOUNT)
number, position = begin.next_order_id, begin.position
while True:
    journal.put(order(number))
    journal.barrier(60)
    print("order", number, flush=True)
    position += 1
    for entry in (Sent(number, number, 0, "s"), Named(number, str(number)), report(number, "partial", 1),
                  fill(number, position), Decision(number, number, "hold", 0.5, "R", "")):
        journal.put(entry)
    if number % 3 == 0:
        journal.barrier(60)
        print("news", number, flush=True)
    number += 1
"""


def killed_after(path: Path, lines: int) -> list[list[str]]:
    """Starts a writer, kills it when it has said so many lines; returns all that it said until it was dead."""
    child = subprocess.Popen([sys.executable, "-c", WRITES, str(path)], env=environment(), stdout=subprocess.PIPE,
                             text=True)
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(lines)]
    child.kill()
    said += child.stdout.read().splitlines(keepends=True)
    child.wait()
    child.stdout.close()
    assert all(said[:lines]), "the writer ended by itself"
    return [line.split() for line in said if line.endswith("\n")]


def check(path: Path, said: list[list[str]]) -> None:
    """Everything confirmed is there, in order and without holes, and the next run goes on behind it."""
    journal = Journal.open(path, "next")
    begin = journal.begin(SYMBOL, ACCOUNT)
    journal.close()
    with Reader(path) as reader:
        orders, fills = reader.orders(), reader.fills()
    assert orders == [order(n) for n in range(1, begin.next_order_id)]
    assert [fill.position for fill in fills] == list(range(1, len(fills) + 1))
    assert begin.position == len(fills) and not begin.clean
    known = {entry.order.order_id: entry for entry in begin.orders}
    for what, number in said:
        assert int(number) in known
        assert what == "order" or (known[int(number)].cl_ord_id, known[int(number)].traded) == (number, 1)


def rounds(folder: Path, count: int, seed: int) -> None:
    pick = random.Random(seed)
    path = folder / "journal.sqlite"
    for _ in range(count):
        check(path, killed_after(path, pick.randint(1, 60)))


@pytest.mark.lengthy
def test_a_killed_writer_has_lost_nothing(tmp_path: Path) -> None:
    rounds(tmp_path, 3, seed=1)


@pytest.mark.slow
def test_a_writer_killed_thirty_times_has_lost_nothing(tmp_path: Path) -> None:
    rounds(tmp_path, 30, seed=2)
