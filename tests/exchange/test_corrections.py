"""Prints that the exchange takes back or corrects, and prints that never met the book."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_harness import FUNCTYPE, OK, TRADE_V1, U16, Exchange, wide

RATE = {"corrections": 500, "start": "08:59", "until": "09:03"}
BOOK_TYPES, OTHER_TYPES = {1, 2, 3, 4, 13}, {6, 8, 12, 15, 16, 35}
Print = tuple[Any, ...]


def session(sim: Exchange, **settings: object) -> list[Print]:
    sim.connect("trade", "daily", "history", "progress", **(RATE | settings))
    sim.subscribe()
    sim.release()
    sim.until_rest()
    return sim.of("trade")


def corrected(prints: list[Print]) -> dict[int, Print]:
    """The tape by number, each print as it was told last; cancelled ones are gone."""
    last = {p[2]: p for p in prints}
    return {number: p for number, p in last.items() if p[6]}


def history(sim: Exchange, start: str, end: str) -> list[Print]:
    done = len([e for e in sim.of("progress") if e[2] == 100])
    before = len(sim.of("history"))
    assert sim.dll.GetHistoryTrades(wide("WDOZ26"), wide("F"), wide(start), wide(end)) == OK
    sim.wait(lambda: len([e for e in sim.of("progress") if e[2] == 100]) > done)
    return sim.of("history")[before:]


def test_a_correction_names_an_earlier_print_and_keeps_its_time_and_brokers(sim: Exchange) -> None:
    prints = session(sim)
    told: dict[int, Print] = {}
    edits = [p for p in prints if p[11]]
    for p in prints:
        first = told.setdefault(p[2], p)
        assert (p is first) == (p[11] == 0)
        assert first[3:5] == p[3:5] and first[8:11] == p[8:11]
    assert {p[11] for p in edits} == {1} and len(edits) > 20
    assert any(p[6] == 0 for p in edits), "some are cancelled"
    assert any(p[5] != told[p[2]][5] for p in edits) and any(p[6] not in (0, told[p[2]][6]) for p in edits)


@pytest.mark.lengthy
def test_daily_and_history_are_those_of_the_corrected_tape(sim: Exchange) -> None:
    session(sim)
    tape = corrected(sim.of("trade"))
    daily = sim.of("daily")[-1]
    past = history(sim, "18/11/2026 09:00:00", "18/11/2026 09:04:00")
    assert [p[2:11] for p in past] == [p[2:11] for p in tape.values()]
    assert [p[11] for p in past] == [0] * (len(past) - 1) + [2]
    assert daily[-7] == sum(p[6] for p in tape.values())
    assert daily[7] == pytest.approx(sum(p[7] for p in tape.values()))


@pytest.mark.lengthy
def test_the_crowd_does_the_same_with_and_without(sim: Exchange) -> None:
    with_them = [p for p in session(sim) if not p[11]]
    others = [p for p in with_them if p[10] not in BOOK_TYPES]
    assert {p[10] for p in others} == OTHER_TYPES
    sim.finish()
    sim.events.clear()
    without = session(sim, corrections=0)
    plain = [p[3:11] for p in with_them if p[10] in BOOK_TYPES]
    assert plain == [p[3:11] for p in without]


@pytest.mark.lengthy
def test_the_same_seed_corrects_the_same_prints(sim: Exchange) -> None:
    once = session(sim)
    sim.finish()
    sim.events.clear()
    assert session(sim) == once


def test_an_older_build_tells_no_types_that_it_does_not_know(sim: Exchange) -> None:
    assert {p[10] for p in session(sim, version="4.0.0.38")} - BOOK_TYPES == {6, 8, 12}


def test_v1_marks_a_correction(sim: Exchange) -> None:
    seen: list[tuple[int, int]] = []
    trade = FUNCTYPE(None, *TRADE_V1, U16)(lambda a, date, number, *rest: seen.append((number, rest[-1] & 0xFF)))
    sim.connect(slots={"trade_v1": trade}, **RATE)
    sim.subscribe()
    sim.release()
    sim.until_rest()
    fresh = {number for number, edit in seen if not edit}
    edits = {number for number, edit in seen if edit}
    assert edits and edits < fresh
