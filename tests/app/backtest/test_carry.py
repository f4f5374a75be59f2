"""What a day leaves to the next one in memory is what a journal on the disk would leave."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qt_app.backtest.carry import Memory
from qt_app.backtest.task import Outcome
from qt_app.journal.entries import Begin, Cancel, Entry, Fact, Fill, Order, Report
from qt_app.journal.journal import Journal
from qt_app.journal.reader import Reader

SYMBOL = "WDOZ26"
NUMBERS = st.integers(1, 6)
STATUSES = st.sampled_from(["accepted", "partial", "filled", "cancelled", "rejected"])
ENTRIES = st.lists(st.one_of(
    st.builds(Report, NUMBERS, st.just(1), st.integers(0, 9), STATUSES, st.integers(0, 2), st.just("")),
    st.builds(Cancel, NUMBERS, st.integers(0, 9), st.just("")),
    st.builds(Fill, NUMBERS, st.just(1), st.integers(0, 9), st.sampled_from([1, -1]), st.just(1), st.just(10_000),
              st.just(10_000), st.just(10_000), st.booleans(), st.integers(-1, 1)),
    st.builds(Fact, st.sampled_from(["session", "tripped", "strikes"]), st.integers(0, 3), st.integers(0, 9)),
    st.builds(Order, NUMBERS, st.just(1), st.integers(0, 9), st.just(SYMBOL), st.just("paper"),
              st.sampled_from(["entry", "stop", "exit"]), st.just(1), st.just(1), st.none(), st.none(), st.just("")),
), max_size=25)


def sound(entries: list[Entry]) -> list[Entry]:
    """An order is noted once, and before anything about it; no fill is like another."""
    known: set[int] = set()
    kept: list[Entry] = []
    for entry in entries:
        number: Any = getattr(entry, "order_id", None)
        if isinstance(entry, Order):
            if number in known:
                continue
            known.add(number)
        elif number is not None and number not in known:
            continue
        kept.append(replace(entry, seq=len(kept)) if isinstance(entry, Fill) else entry)
    return kept


def of_journal(path: Path, entries: list[Entry]) -> Begin:
    journal = Journal.open(path, "r1")
    for entry in entries:
        journal.put(entry)
    journal.close()
    with Reader(path) as reader:
        return reader.begin(SYMBOL, "paper")


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ENTRIES)
def test_it_is_what_a_journal_would_say(tmp_path_factory: Any, entries: list[Entry]) -> None:
    kept, memory = sound(entries), Memory()
    memory.open(SYMBOL)
    for entry in kept:
        memory.put(entry)
    said, journal = memory.open(SYMBOL), of_journal(tmp_path_factory.mktemp("journal") / "j.sqlite", kept)
    assert (said.next_order_id, said.fills, said.orders, said.facts) == (
        journal.next_order_id, journal.fills, journal.orders, journal.facts)


def test_another_contract_has_an_account_of_its_own_and_common_numbers() -> None:
    memory = Memory()
    memory.open("WDOZ26")
    memory.put(Order(1, 1, 1, "WDOZ26", "paper", "entry", 1, 1, None, None, ""))
    memory.put(Fill(1, 1, 1, 1, 1, 10_000, 10_000, 10_000, True, 1))
    other = memory.open("WDOF27")
    assert (other.next_order_id, other.fills, other.orders) == (2, (), ())
    assert memory.open("WDOZ26").position == 1


@pytest.mark.lengthy
def test_a_position_goes_on_and_the_money_adds_up(fresh: list[Outcome], carried: Outcome) -> None:
    first, second, _ = carried.days
    alone = fresh[0].days[0]
    assert (first.orders, first.fills, first.summary, first.money) == (alone.orders, alone.fills, alone.summary,
                                                                       alone.money)
    assert first.summary["position_lots"] == 1 and alone.trades[-1].exit_ns is None
    names = ("ts_ns", "seq", "order_id", "purpose")
    begun = dict(zip(names, second.orders[0], strict=False))
    assert begun["purpose"] in ("stop", "target", "exit") and begun["order_id"] == len(first.orders) + 1
    assert second.trades[0].entry_ns < begun["ts_ns"] and second.trades[0].gross_brl is not None
    assert sum(len([t for t in day.trades if t.exit_ns is None]) for day in carried.days) <= 1
