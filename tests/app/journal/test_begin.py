"""What a restart continues from is what a slow and obvious fold of all entries says."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from app.journal.journal_kit import ACCOUNT, MEMORY, NOON, SECOND, SYMBOL, fill, order, report
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_app.journal.entries import (
    Begin,
    Cancel,
    Decision,
    Entry,
    Fact,
    Fill,
    Mark,
    Named,
    OpenOrder,
    Order,
    Report,
    Sent,
)
from qt_app.journal.journal import Journal

ENDS = ("filled", "cancelled", "rejected")
OTHER = "paper"
KINDS = ("order", "sent", "named", "report", "fill", "adopt", "cancel", "fact", "session", "mark", "decision")


def begin_after(path: Path, *runs: Sequence[Entry], account: str = ACCOUNT) -> Begin:
    """What the run after these begins with."""
    for number, entries in enumerate(runs):
        journal = Journal.open(path, f"run {number}")
        journal.begin(SYMBOL, ACCOUNT)
        for entry in entries:
            journal.put(entry)
        journal.close()
    journal = Journal.open(path, "the next run")
    try:
        return journal.begin(SYMBOL, account)
    finally:
        journal.close()


def test_an_empty_journal_begins_with_nothing(tmp_path: Path) -> None:
    begin = begin_after(tmp_path / "j.sqlite")
    assert begin == Begin(1, (), (), {}, clean=True)
    assert begin.position == 0


def test_a_run_that_did_not_stop_is_not_clean(tmp_path: Path) -> None:
    started, stopped = Mark("started", NOON, ""), Mark("stopped", NOON, "")
    assert begin_after(tmp_path / "a.sqlite", [started, stopped]).clean
    assert not begin_after(tmp_path / "b.sqlite", [started, stopped], [started]).clean
    assert not begin_after(tmp_path / "c.sqlite", [started, stopped], []).clean
    assert begin_after(tmp_path / "d.sqlite", [started], [started, stopped]).clean


def test_beginning_twice_in_a_run_says_the_same(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "j.sqlite", "run 1")
    journal.put(Mark("started", NOON, ""))
    assert journal.begin(SYMBOL, ACCOUNT).clean
    assert journal.begin(SYMBOL, ACCOUNT).clean
    journal.close()


def test_fills_begin_at_the_last_flat_moment_before_the_session(tmp_path: Path) -> None:
    night = [order(1), fill(1, 1), fill(1, 0, side=-1), fill(1, 1, price=9_999)]
    day = [Fact("session", NOON, NOON), order(2), fill(2, 0, side=-1), fill(2, -1, side=-1)]
    begin = begin_after(tmp_path / "j.sqlite", night + day)
    assert begin.fills == (night[3], day[2], day[3])
    assert begin.position == -1


def test_other_accounts_and_contracts_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    other = [order(2, account=OTHER), fill(2, 1), order(3, symbol="WINZ26"), fill(3, -1, side=-1)]
    begin = begin_after(path, [order(1), fill(1, 1), *other])
    assert begin.fills == (fill(1, 1),)
    assert [known.order.order_id for known in begin.orders] == [1]
    assert begin.next_order_id == 4
    assert begin_after(path, account=OTHER).fills == (fill(2, 1),)


def test_ended_orders_of_the_session_stay_in_sight_and_older_ones_do_not(tmp_path: Path) -> None:
    before = [order(1), report(1, "rejected"), order(2)]
    begin = begin_after(tmp_path / "j.sqlite", [*before, Fact("session", NOON, NOON), order(3), report(3, "cancelled")])
    assert [(known.order.order_id, known.status, known.ended) for known in begin.orders] == [
        (2, "intent", False), (3, "cancelled", True)]


def test_an_order_whose_reported_lots_were_not_booked_has_not_ended(tmp_path: Path) -> None:
    begin = begin_after(tmp_path / "j.sqlite", [order(1), report(1, "partial", 1), fill(1, 1), report(1, "filled", 2)])
    assert begin.orders == (OpenOrder(order(1), "filled", 0, "", "", 1, 10_000, False, False),)


def test_an_order_sent_again_has_the_names_of_its_last_send(tmp_path: Path) -> None:
    entries = [order(1), Sent(1, 5, 6, "s1"), Named(1, "A"), Sent(1, 8, 9, "s2"), Named(1, "B"), Cancel(1, NOON, "X")]
    begin = begin_after(tmp_path / "j.sqlite", entries)
    assert begin.orders == (OpenOrder(order(1), "sent", 8, "B", "s2", 0, 0, True, False),)


def test_a_clock_that_jumps_changes_nothing(tmp_path: Path) -> None:
    hour = 3600 * SECOND
    entries = [Fact("session", 1, NOON), order(1), report(1, "accepted", ts_ns=NOON + hour),
               report(1, "filled", 1, ts_ns=NOON - hour), fill(1, 1, ts_ns=NOON + hour),
               order(2, ts_ns=NOON - hour), fill(2, 0, side=-1, ts_ns=NOON - hour),
               Fact("halt", "first", NOON + hour), Fact("halt", "second", NOON - hour)]
    begin = begin_after(tmp_path / "j.sqlite", entries)
    assert begin.fills == (fill(1, 1, ts_ns=NOON + hour), fill(2, 0, side=-1, ts_ns=NOON - hour))
    assert begin.facts["halt"].value == "second"
    assert [(known.order.order_id, known.ended) for known in begin.orders] == [(1, True), (2, False)]
    assert begin.next_order_id == 3


# ---- random stories against a naive fold


def naive(entries: Sequence[Entry], *, clean: bool) -> Begin:
    """One pass over everything, with lists and no thought of speed."""
    session = max((n for n, e in enumerate(entries) if isinstance(e, Fact) and e.name == "session"), default=-1)
    orders = [e for e in entries if isinstance(e, Order)]
    mine = {e.order_id for e in orders if (e.symbol, e.account) == (SYMBOL, ACCOUNT)}
    fills = [(n, e) for n, e in enumerate(entries) if isinstance(e, Fill) and (e.order_id in mine or not e.order_id)]
    flat = max((n for n, e in fills if n < session and e.position == 0), default=-1)
    known = [(n, known_of(e, entries, recent=n > session)) for n, e in enumerate(entries)
             if isinstance(e, Order) and e.order_id in mine]
    return Begin(max((e.order_id for e in orders), default=0) + 1, tuple(e for n, e in fills if n > flat),
                 tuple(k for n, k in known if not k.ended or n > session),
                 {e.name: e for e in entries if isinstance(e, Fact)}, clean)


def known_of(the: Order, entries: Sequence[Entry], *, recent: bool) -> OpenOrder:
    status, local, name, run, traded, value, asked, end, reported = "intent", 0, "", "", 0, 0, False, "", 0
    for e in entries:
        if getattr(e, "order_id", None) != the.order_id:
            continue
        if isinstance(e, Sent):
            local, run = e.local_id, e.run
            status = "sent" if status == "intent" else status
        elif isinstance(e, Named):
            name = e.cl_ord_id
        elif isinstance(e, Report):
            status, end, reported = e.status, e.status if e.status in ENDS else end, max(reported, e.traded)
        elif isinstance(e, Fill):
            traded, value = traded + e.qty, value + e.qty * e.price
        elif isinstance(e, Cancel):
            asked = True
    ended = bool(end) and (traded >= reported or not recent)
    return OpenOrder(the, end or status, local, name, run, traded, value, asked, ended)


@st.composite
def stories(draw: st.DrawFn) -> list[Entry]:
    """Entries as a program may put them: news only of orders that exist, positions that add up."""
    story: list[Entry] = []
    accounts: list[str] = []
    position: dict[str, int] = {ACCOUNT: 0, OTHER: 0}
    for _ in range(draw(st.integers(0, 40))):
        ts_ns = NOON + draw(st.integers(-3600, 3600)) * SECOND
        kind = draw(st.sampled_from(KINDS))
        if kind == "order":
            accounts.append(draw(st.sampled_from((ACCOUNT, ACCOUNT, OTHER))))
            story.append(order(len(accounts), side=draw(st.sampled_from((-1, 1))), ts_ns=ts_ns, account=accounts[-1]))
        elif kind == "fact":
            story.append(Fact(draw(st.sampled_from(("halt", "strikes"))), draw(st.integers(0, 9) | st.none()), ts_ns))
        elif kind == "session":
            story.append(Fact("session", ts_ns, ts_ns))
        elif kind == "mark":
            story.append(Mark(draw(st.sampled_from(("started", "stopped", "alert"))), ts_ns, "text"))
        elif kind == "decision":
            story.append(Decision(len(story), ts_ns, "hold", 0.5, "R", "ff"))
        elif kind == "adopt" or accounts:
            oid = 0 if kind == "adopt" else draw(st.integers(1, len(accounts)))
            story.append(news(draw, kind, oid, ts_ns, position, accounts[oid - 1] if oid else ACCOUNT))
    return story


def news(draw: st.DrawFn, kind: str, oid: int, ts_ns: int, position: dict[str, int], account: str) -> Entry:
    if kind == "sent":
        return Sent(oid, draw(st.integers(1, 99)), draw(st.integers(1, 99)), draw(st.sampled_from(("s1", "s2"))))
    if kind == "named":
        return Named(oid, draw(st.text(max_size=4)))
    if kind == "cancel":
        return Cancel(oid, ts_ns, "LATE")
    if kind == "report":
        status = draw(st.sampled_from(("accepted", "partial", "triggered", "replaced", "unknown", *ENDS)))
        return report(oid, status, draw(st.integers(0, 2)), "tèxt", ts_ns)
    side, qty = draw(st.sampled_from((-1, 1))), draw(st.integers(1, 3))
    position[account] += side * qty
    return fill(oid, position[account], side=side, qty=qty, price=draw(st.integers(1, 20_000)), ts_ns=ts_ns,
                entry=draw(st.booleans()))


def distinct(story: Sequence[Entry]) -> bool:
    """Whether no fill equals another to the last field: those count as one."""
    fills = [entry for entry in story if isinstance(entry, Fill)]
    return len(set(fills)) == len(fills)


@pytest.mark.lengthy
@settings(max_examples=25)
@given(stories().filter(distinct), st.integers(0, 40))
def test_any_story_begins_as_the_naive_fold_says(story: list[Entry], cut: int) -> None:
    with TemporaryDirectory(dir=MEMORY) as folder:
        begin = begin_after(Path(folder) / "j.sqlite", story[:cut], story[cut:])
    ends = [entry.kind for entry in story[cut:] if isinstance(entry, Mark) and entry.kind != "alert"]
    assert begin == naive(story, clean=ends[-1:] == ["stopped"])
