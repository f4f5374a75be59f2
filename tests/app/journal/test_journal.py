"""The journal keeps what was put, in the order it was put, each fill once, and nothing is ever changed."""
from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from app.journal.journal_kit import ACCOUNT, NOON, SECOND, SYMBOL, fill, order, report

from qt_app.errors import ExitCode, JournalError
from qt_app.journal.entries import Cancel, Decision, Entry, Fact, Mark, Named, Sent
from qt_app.journal.journal import Journal
from qt_app.journal.reader import Reader
from qt_app.journal.schema import TABLES


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal.open(path, "run 1")
    yield journal
    journal.close()


def put(journal: Journal, *entries: Entry) -> None:
    for entry in entries:
        journal.put(entry)
    journal.barrier()


def test_everything_about_an_order_comes_back_in_the_order_of_its_writing(journal: Journal) -> None:
    story = [order(1), Sent(1, 7, 8, "s"), report(1, "accepted"), Cancel(1, NOON, "LATE"), Named(1, "NEL.1"),
             report(1, "partial", 1), fill(1, 1), report(1, "cancelled", 1, "fim de pregão ☕")]
    put(journal, *story)
    with Reader(journal.path) as reader:
        assert reader.of_order(1) == story


def test_decisions_facts_and_marks_come_back(journal: Journal) -> None:
    decision = Decision(5, NOON, "buy", 0.75, "CONSENSUS", "00ff")
    facts = [Fact("strikes", 1, NOON), Fact("strikes", {"a": [1, None, "ç"]}, NOON)]
    put(journal, decision, *facts, Mark("started", NOON, "x"))
    with Reader(journal.path) as reader:
        assert reader.decisions() == [decision]
        assert reader.facts("strikes") == facts
        assert reader.marks() == [Mark("started", NOON, "x")]


def test_a_decision_without_a_confidence_comes_back_without_one(journal: Journal) -> None:
    put(journal, Decision(5, NOON, "hold", math.nan, "NO_MODEL", ""))
    with Reader(journal.path) as reader:
        assert math.isnan(reader.decisions()[0].confidence)


def test_a_day_is_a_span_of_event_time(journal: Journal) -> None:
    put(journal, *(Decision(n, NOON + n * SECOND, "hold", 0.5, "R", "") for n in range(4)))
    with Reader(journal.path) as reader:
        assert [d.seq for d in reader.decisions((NOON + SECOND, NOON + 3 * SECOND))] == [1, 2]


def test_a_fact_that_is_no_json_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="JSON"):
        Fact("strikes", math.nan, NOON)


def test_what_was_put_is_there_after_close_without_a_barrier(path: Path) -> None:
    journal = Journal.open(path, "run 1")
    for number in range(1, 500):
        journal.put(order(number))
    journal.close()
    journal.close()
    assert not path.with_name(f"{path.name}-wal").exists()
    with Reader(path) as reader:
        assert [o.order_id for o in reader.orders()] == list(range(1, 500))


def test_a_closed_journal_takes_nothing(path: Path) -> None:
    journal = Journal.open(path, "run 1")
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.put(order(1))
    with pytest.raises(JournalError, match="closed"):
        journal.barrier()


def test_many_threads_put_and_wait(journal: Journal) -> None:
    def work(first: int) -> None:
        for number in range(first, first + 50):
            put(journal, order(number), Sent(number, number, number, "s"))

    threads = [threading.Thread(target=work, args=(1 + 50 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Reader(journal.path) as reader:
        assert sorted(o.order_id for o in reader.orders()) == list(range(1, 201))


def test_the_same_fill_twice_is_kept_once_and_told(journal: Journal) -> None:
    put(journal, order(1), fill(1, 1), fill(1, 1), fill(1, 2))
    with Reader(journal.path) as reader:
        assert reader.fills() == [fill(1, 1), fill(1, 2)]
        assert [mark.kind for mark in reader.marks()] == ["doubt"]
    assert "fills" in journal.doubt
    assert not journal.failed


def test_adopted_lots_twice_are_kept_once(journal: Journal) -> None:
    journal.begin(SYMBOL, ACCOUNT)
    put(journal, fill(0, 1, entry=False), fill(0, 1, entry=False))
    with Reader(journal.path) as reader:
        assert reader.fills() == [fill(0, 1, entry=False)]


def test_a_position_that_does_not_follow_is_kept_and_told(journal: Journal) -> None:
    put(journal, order(1), fill(1, 2))
    with Reader(journal.path) as reader:
        assert reader.fills() == [fill(1, 2)]
    assert "the position was 0 before this fill" in journal.doubt


def test_an_order_without_a_row_lets_nothing_be_sent(journal: Journal) -> None:
    put(journal, order(1))
    journal.put(order(1))
    with pytest.raises(JournalError, match="an order has no row"):
        journal.barrier()
    journal.put(report(1, "filled", 1))
    with pytest.raises(JournalError, match="an order has no row"):
        journal.barrier()
    with Reader(journal.path) as reader:
        assert reader.orders() == [order(1)]
        assert reader.reports() == [report(1, "filled", 1)]


def test_news_of_an_order_nobody_wrote_is_kept_as_a_mark(journal: Journal) -> None:
    put(journal, report(9, "filled", 1, "\udcff"))
    with Reader(journal.path) as reader:
        assert reader.reports() == []
        assert "status='filled'" in reader.marks()[0].text


@pytest.mark.lengthy
@pytest.mark.parametrize("table", ["runs", *TABLES])
def test_rows_are_never_changed_or_removed(journal: Journal, table: str) -> None:
    put(journal, order(1), Cancel(1, NOON, "r"), Sent(1, 1, 1, "s"), Named(1, "n"), report(1, "accepted"), fill(1, 1),
        Decision(1, NOON, "buy", 0.5, "r", ""), Fact("a", 1, NOON), Mark("a", NOON, ""))
    connection = sqlite3.connect(journal.path, isolation_level=None)
    for verb in (f"UPDATE {table} SET run = run + 1", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            connection.execute(verb)
    connection.close()


def test_a_reader_without_a_journal_says_so(path: Path) -> None:
    with pytest.raises(JournalError, match="there is none yet") as caught:
        Reader(path)
    assert caught.value.code == ExitCode.DATA
    assert not path.exists()


def test_reading_goes_on_beside_the_writer_and_sees_one_moment(journal: Journal) -> None:
    put(journal, order(1))
    with Reader(journal.path) as reader:
        assert len(reader.orders()) == 1
        put(journal, order(2))
        assert len(reader.orders()) == 2


def test_a_disk_that_takes_too_long_blocks_until_a_commit_comes_through(journal: Journal,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    held, transaction = threading.Event(), journal._transaction

    def slow() -> None:
        held.wait()
        transaction()

    monkeypatch.setattr(journal, "_transaction", slow)
    journal.put(order(1))
    with pytest.raises(JournalError, match=r"not on the disk within 0\.01 s; look at the disk's load"):
        journal.barrier(0.01)
    assert "not on the disk" in journal.failed
    held.set()
    put(journal, order(2))
    assert journal.failed == ""
