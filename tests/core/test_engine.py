"""The engine: instants before events, one order for every source, warm start, sessions, stops."""
from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
from book_kit import (
    ADD,
    ASK,
    BID,
    DELETE,
    FIRST,
    IMAGE,
    LAST,
    SECOND,
    T0,
    Events,
    book_levels,
    clock,
    event,
    join,
    level,
    offer,
    quote,
    trade,
)
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE, NO_PRICE, Control, Flag, Kind, Phase, TradeType
from qt_core.engine import DUE_NOTICE, DUE_PRICE, DUE_REPORTS, DUE_SAMPLE, Engine
from qt_core.features.registry import NAMES
from qt_core.readings.registry import NAMES as READING_NAMES
from qt_core.ring import Ring

OPEN = T0 - T0 % (60 * SECOND)          # a whole minute
CLOSE = OPEN + 600 * SECOND
SESSION = np.array([[OPEN, CLOSE]], np.int64)
DONE = int(Flag.DONE)

Sample = tuple[int, int, bytes, bytes]   # instant, seq, row, readings


def engine(**options: object) -> Engine:
    return Engine(**{"tick": (1, 2), "sessions": SESSION, **options})


def sampled(eng: Engine) -> Sample:
    return eng.sample_ns, eng.seq, eng.row.tobytes(), eng.reading.tobytes()


def run(eng: Engine, events: Events) -> list[Sample]:
    """Feeds everything, keeping each row."""
    done, samples = 0, list[Sample]()
    while done < len(events):
        done = eng.feed(events, done)
        if eng.due & DUE_SAMPLE:
            samples.append(sampled(eng))
        eng.notices()
    return samples


def drained(eng: Engine, events: Events, capacity: int = 256, batch: int = 100) -> list[Sample]:
    """The same from a ring that is filled again whenever it is empty."""
    ring, done, samples = Ring(capacity), 0, list[Sample]()
    while done < len(events) or ring.fill:
        done += ring.push(events[done:done + capacity - ring.fill])
        eng.drain(ring, batch)
        if eng.due & DUE_SAMPLE:
            samples.append(sampled(eng))
        eng.notices()
    return samples


def stream(n: int = 6000, seed: int = 3, start: int = OPEN, step: int = SECOND // 20) -> Events:
    """A deterministic market: prints, L2 rows and quotes round a random walk."""
    rng = np.random.default_rng(seed)
    events = np.zeros(n + 2, EVENT_DTYPE)
    events[:1] = level(BID, 9_999, 5, IMAGE, FIRST)
    events[1:2] = level(ASK, 10_001, 5, IMAGE, LAST)
    walk = 10_000 + np.cumsum(rng.integers(-1, 2, n))
    events["ts_ns"] = start + np.r_[0, 0, np.cumsum(rng.integers(0, 2 * step, n))]
    body = events[2:]
    what, side = rng.integers(0, 10, n), rng.choice([BID, ASK], n)
    body["kind"] = np.select([what < 5, what < 8], [int(Kind.TRADE), int(Kind.LEVEL)], int(Kind.QUOTE))
    body["side"] = np.where(what < 8, side, 0)
    body["qty"] = rng.integers(1, 9, n)
    body["price"] = np.where(what < 5, walk, walk - side * rng.integers(1, 5, n))
    body["code"] = np.where(what < 5, np.where(side > 0, int(TradeType.BUY), int(TradeType.SELL)), ADD)
    quotes = what >= 8
    body["price"][quotes] = walk[quotes] - 1
    body["a"] = np.where(what < 5, rng.integers(1, 9, n), np.where(quotes, walk + 1, 0))
    body["b"] = np.where(what < 5, rng.integers(1, 9, n), 0)
    body["id"] = np.where(what < 5, np.arange(1, n + 1), np.where(quotes, 4, 0))
    body["flags"] = np.where(what < 5, 0, LAST)
    return events


# -- instants


def test_a_row_at_t_uses_events_before_t() -> None:
    prints = [trade(OPEN + SECOND // 2, 10_000), trade(OPEN + SECOND - 1, 10_010), trade(OPEN + SECOND, 10_020)]
    eng = engine()
    assert eng.feed(join(*prints)) == 2                    # stopped before the print at the instant itself
    assert eng.due == DUE_SAMPLE and eng.sample_ns == OPEN + SECOND and eng.now_ns == OPEN + SECOND
    assert eng.market.last_price == 10_010 and eng.seq == 2
    assert eng.feed(join(*prints), 2) == 3 and eng.due == 0    # the same instant is not sampled twice
    assert eng.market.last_price == 10_020 and eng.seq == 3


def test_a_long_silence_makes_every_instant_due_one_by_one() -> None:
    eng = engine()
    got = run(eng, join(trade(OPEN + 1, 10_000), clock(OPEN + 5 * SECOND + 1)))
    assert [s[0] for s in got] == [OPEN + k * SECOND for k in range(1, 6)]
    assert eng.counters()["candles"] == 1


def test_a_candle_closes_before_the_sample_of_the_same_instant() -> None:
    eng = engine(candle_ns=SECOND)
    eng.feed(join(trade(OPEN + 1, 10_000), clock(OPEN + SECOND)))
    assert eng.due & DUE_SAMPLE and eng.market.candles.count == 1


@pytest.mark.parametrize("mode", ["interval", "close"])
def test_a_clock_event_only_makes_an_instant_happen_sooner(mode: str) -> None:
    events = stream()
    ticks = np.arange(OPEN + SECOND, int(events["ts_ns"][-1]), SECOND)
    clocks = np.zeros(len(ticks), EVENT_DTYPE)
    clocks["kind"], clocks["ts_ns"] = Kind.CLOCK, ticks
    both = np.concatenate([clocks, events])                # clocks first where the stamps are equal
    both = both[np.argsort(both["ts_ns"], kind="stable")]
    plain, clocked = run(engine(sample=mode), events), run(engine(sample=mode), both)
    assert [(s[0], s[2], s[3]) for s in plain] == [(s[0], s[2], s[3]) for s in clocked] and len(plain) > 50


def test_advance_equals_a_clock_event_but_is_not_counted() -> None:
    events = stream(600)
    fed, moved, done = engine(), engine(), 0
    expected = run(fed, join(events, clock(int(events["ts_ns"][-1]) + 3 * SECOND)))
    got = run(moved, events)
    while moved.advance(int(events["ts_ns"][-1]) + 3 * SECOND):
        got.append(sampled(moved))
        done += 1
    assert got == expected and done == 3 and fed.seq == moved.seq + 1 and fed.now_ns == moved.now_ns


@pytest.mark.lengthy
@pytest.mark.parametrize("mode", ["interval", "close", "trade"])
def test_the_future_changes_no_row(mode: str) -> None:
    events = stream()
    full = run(engine(sample=mode), events)
    for cut in (2, 137, 3000, 5999):
        poisoned = events.copy()
        poisoned["price"][cut:] += 1000
        poisoned["qty"][cut:] *= 7
        known = [s for s in full if s[1] < cut + (mode == "trade")]    # made due by an event before the cut
        for altered in (events[:cut], poisoned):
            assert run(engine(sample=mode), altered)[:len(known)] == known
    assert len(known) > 50


def test_close_mode_writes_a_row_per_closed_candle() -> None:
    eng = engine(sample="close")
    got = run(eng, join(trade(OPEN + 7 * SECOND, 10_000), trade(OPEN + 16 * SECOND, 10_001)))
    assert [s[0] for s in got] == [OPEN + 10 * SECOND, OPEN + 15 * SECOND]
    assert [s[1] for s in got] == [1, 1]


def test_trade_mode_samples_after_each_print_of_the_session() -> None:
    prints = join(trade(OPEN - 1, 10_000), trade(OPEN + 1, 10_000), trade(OPEN + 2, 10_000, code=TradeType.AUCTION),
                  trade(OPEN + 2, 10_001), quote(OPEN + 3, 9_999, 1, 10_001, 1),
                  trade(OPEN + 4, 10_000, flags=int(Flag.EDIT)))
    got = run(engine(sample="trade"), prints)
    assert [(s[0], s[1]) for s in got] == [(OPEN + 1, 2), (OPEN + 2, 4)]


# -- sources


@pytest.mark.lengthy
@pytest.mark.parametrize("mode", ["interval", "close", "trade"])
@pytest.mark.parametrize(("capacity", "batch"), [(2, 1), (64, 7), (8192, 4096)])
def test_a_ring_equals_an_array_bit_for_bit(mode: str, capacity: int, batch: int) -> None:
    events = stream(2000)
    fed, pulled = engine(sample=mode), engine(sample=mode)
    assert drained(pulled, events, capacity, batch) == run(fed, events)
    assert pulled.counters() == fed.counters() and pulled.seq == fed.seq == len(events)


def test_any_cut_of_the_input_gives_the_same_rows() -> None:
    events, whole = stream(3000), engine()
    expected = run(whole, events)
    for size in (1, 13, 500):
        eng, got = engine(), list[Sample]()
        for start in range(0, len(events), size):
            got += run(eng, events[start:start + size])
        assert got == expected and eng.counters() == whole.counters()


def test_the_offline_door_writes_the_same_rows() -> None:
    events = stream(3000)
    expected = run(engine(sample="close"), events)
    eng, done, got = engine(sample="close"), 0, list[tuple[int, bytes]]()
    ts, rows = np.zeros(7, np.int64), np.zeros((7, len(NAMES)))
    while done < len(events):
        done, written = eng.rows(events, ts, rows, done)
        got += [(int(ts[i]), rows[i].tobytes()) for i in range(written)]
    assert got == [(s[0], s[2]) for s in expected] and len(got) > 20


def test_resolved_events_reach_the_sink_and_replay_alike() -> None:
    events = stream(1500)
    live, live.sink = engine(), Ring(4096)
    rows = run(live, events)
    record = live.sink.pop(4096)
    assert len(record) == live.seq
    assert run(engine(), record) == rows


def test_a_positional_feed_is_recorded_resolved_and_replays_alike() -> None:
    feed = [offer(ASK, IMAGE, -1, 10_003, 2, FIRST, ts_ns=OPEN), offer(ASK, IMAGE, -1, 10_001, 3, LAST, ts_ns=OPEN),
            offer(BID, IMAGE, -1, 9_999, 4, FIRST | LAST, ts_ns=OPEN), trade(OPEN + 1, 10_001),
            offer(BID, ADD, 0, 10_000, 1, ts_ns=OPEN + 2), offer(BID, DELETE, 0, ts_ns=OPEN + 3 * SECOND),
            offer(BID, DELETE, 5, ts_ns=OPEN + 4 * SECOND), offer(BID, ADD, 0, 9_998, 4, ts_ns=OPEN + 5 * SECOND),
            offer(BID, IMAGE, -1, 9_998, 1, FIRST | LAST, ts_ns=OPEN + 6 * SECOND), clock(OPEN + 8 * SECOND)]
    live, live.sink = engine(), Ring(256)
    rows = run(live, join(*feed))
    again = engine()
    record = live.sink.pop(256)
    assert set(record["kind"]) == {Kind.ORDER, Kind.TRADE, Kind.CLOCK}
    assert run(again, record) == rows
    assert live.counters()["refused_bad_position"] == 2 and not live.needs_resync and live.market.book_ready
    assert book_levels(again.market.book, BID) == book_levels(live.market.book, BID) == [(9_998, 1)]


def test_one_sided_quotes_become_two_sided_ones() -> None:
    eng, eng.sink = engine(), Ring(16)
    run(eng, join(event(Kind.TINY, OPEN + 1, side=BID, price=9_999, qty=5),
                  event(Kind.TINY, OPEN + 2, side=ASK, price=10_001, qty=6)))
    record = eng.sink.pop()
    assert record["kind"].tolist() == [Kind.QUOTE] * 2
    assert record["price"].tolist() == [9_999, 9_999] and record["a"].tolist() == [NO_PRICE, 10_001]
    assert (eng.market.bid, eng.market.bid_qty, eng.market.ask, eng.market.ask_qty) == (9_999, 5, 10_001, 6)
    run(eng, event(Kind.TINY, OPEN + 3, side=ASK, price=NO_PRICE))
    assert eng.market.ask == NO_PRICE and eng.market.bid == 9_999


def test_one_side_that_moves_through_the_other_is_not_forgotten() -> None:
    eng = engine()
    run(eng, join(*(event(Kind.TINY, OPEN + i, side=side, price=price, qty=1)
                    for i, (side, price) in enumerate([(BID, 100), (ASK, 101), (BID, 102)]))))
    assert (eng.market.bid, eng.market.ask) == (100, 101) and eng.market.crossed_quotes == 1
    run(eng, event(Kind.TINY, OPEN + 9, side=ASK, price=103, qty=1))
    assert (eng.market.bid, eng.market.ask) == (102, 103)


def test_drops_of_the_ring_put_the_book_out_of_step_until_an_image() -> None:
    eng, ring = engine(), Ring(4)
    ring.push(join(level(BID, 9_999, 1, IMAGE, FIRST, OPEN), level(ASK, 10_001, 1, IMAGE, LAST, OPEN)))
    eng.drain(ring)
    assert eng.market.book_ready
    assert ring.push(join(*(level(BID, 9_990 - i, 1, ts_ns=OPEN) for i in range(6)))) == 4
    eng.drain(ring)
    assert eng.counters()["ring_lost"] == 2 and not eng.market.book_ready
    ring.push(join(level(BID, 9_999, 1, IMAGE, FIRST, OPEN + 1), level(ASK, 10_001, 1, IMAGE, LAST, OPEN + 1)))
    eng.drain(ring)
    assert eng.market.book_ready


# -- time and sanity


def test_stamps_never_run_backwards() -> None:
    eng, eng.sink = engine(), Ring(16)
    run(eng, join(trade(OPEN + 5000, 10_000), trade(OPEN + 4000, 10_001), trade(OPEN + 6 * SECOND, 1),
                  trade(OPEN + 4 * SECOND, 2)))
    assert eng.sink.pop()["ts_ns"].tolist() == [OPEN + 5000, OPEN + 5000, OPEN + 6 * SECOND]
    assert eng.counters()["refused_time_back"] == 1


@pytest.mark.lengthy
@pytest.mark.parametrize(("row", "counter"), [
    (trade(OPEN, 0), "bad_price"), (trade(OPEN, -5), "bad_price"), (trade(OPEN, NO_PRICE), "bad_price"),
    (trade(OPEN, 5, 0), "bad_qty"), (trade(OPEN, 5, -1), "bad_qty"), (trade(OPEN, 5, 2_000_000_000), "bad_qty"),
    (event(Kind.TRADE, OPEN, price=5, qty=1, side=2), "bad_type"), (event(Kind.NONE, OPEN), "bad_type"),
    (event(Kind.CLOCK, 0), "bad_time"), (event(Kind.CLOCK, 5 * 10**18), "bad_time"),
    (quote(OPEN, -3, 1, 10_001, 1), "bad_price"), (quote(OPEN, 10_000, -1, 10_001, 1), "bad_qty"),
    (event(Kind.TINY, OPEN, price=5, qty=1), "bad_type"), (level(0, 5, 1, ts_ns=OPEN), "bad_type"),
    (level(BID, 5, -1, ts_ns=OPEN), "bad_qty"),
])
def test_garbage_is_counted_by_kind_and_never_applied(row: Events, counter: str) -> None:
    eng = engine()
    run(eng, row)
    assert {k: v for k, v in eng.counters().items() if v and k.startswith("refused")} == {f"refused_{counter}": 1}
    assert eng.market.last_price == NO_PRICE and eng.market.quote_ns == 0


def test_an_unknown_kind_is_refused() -> None:
    row = clock(OPEN)
    row["kind"] = 200
    eng = engine()
    run(eng, row)
    assert eng.counters()["refused_bad_type"] == 1 and eng.seq == 0


def test_other_symbols_are_left_out_but_the_connection_concerns_all() -> None:
    eng = engine(symbol=1)
    eng.feed(join(trade(OPEN + 1, 5), event(Kind.STATE, OPEN + 1, a=2, b=4)))
    assert eng.counters()["other_symbol"] == 1 and eng.due == DUE_NOTICE and len(eng.notices()) == 1


def test_wrong_arguments_are_refused() -> None:
    for bad in ({"sample": "hourly"}, {"interval_ns": 0}, {"candle_ns": 0}, {"sessions": np.zeros((0, 2), np.int64)},
                {"sessions": np.array([[5, 5]])}, {"sessions": np.array([[5, 9], [7, 12]])}):
        with pytest.raises(ValueError, match=r"sample|interval|sessions"):
            engine(**bad)
    with pytest.raises(ValueError, match="start"):
        engine().feed(clock(OPEN), 2)
    with pytest.raises(ValueError, match="EVENT_DTYPE"):
        engine().feed(np.zeros(2))
    with pytest.raises(ValueError, match="columns"):
        engine().rows(clock(OPEN), np.zeros(1, np.int64), np.zeros((1, 3)))


# -- sessions


def test_prints_outside_the_session_enter_nothing() -> None:
    eng = engine()
    run(eng, join(trade(OPEN - SECOND, 10_000), trade(OPEN, 10_001), trade(CLOSE - 1, 10_002), trade(CLOSE, 10_003)))
    assert eng.market.tape.count == 2 and eng.counters()["off_session"] == 2
    assert eng.market.session_open_ns == 0 and not eng.market.is_open


def test_samples_lie_after_the_open_and_up_to_the_close() -> None:
    got = run(engine(), join(clock(OPEN - 3 * SECOND), trade(OPEN, 10_000), clock(CLOSE + 5 * SECOND)))
    assert [s[0] for s in got] == list(range(OPEN + SECOND, CLOSE + 1, SECOND))


def test_a_late_start_decides_nothing_about_the_past() -> None:
    late = OPEN + 100 * SECOND + 5
    got = run(engine(), join(clock(late), clock(late + 2 * SECOND)))
    assert [s[0] for s in got] == [OPEN + 101 * SECOND, OPEN + 102 * SECOND]


def test_a_new_session_begins_without_the_old_prints() -> None:
    day = 86_400 * SECOND
    sessions = np.array([[OPEN, CLOSE], [OPEN + day, CLOSE + day], [OPEN + 2 * day, CLOSE + 2 * day]])
    eng = engine(sessions=sessions, sample="close")
    run(eng, stream(500))
    assert eng.market.candles.count > 3
    run(eng, trade(OPEN + 2 * day + 1, 10_000))               # the second session passed without an event
    assert eng.market.tape.count == 1 and eng.market.candles.count == 0
    assert eng.market.session_open_ns == OPEN + 2 * day and eng.market.session_close_ns == CLOSE + 2 * day


def test_the_last_candle_closes_at_the_close_and_the_cut_one_never() -> None:
    cut = np.array([[OPEN, OPEN + 12 * SECOND]])
    for sessions, ends in ((cut, [5, 10]), (np.array([[OPEN, OPEN + 15 * SECOND]]), [5, 10, 15])):
        eng = engine(sample="close", sessions=sessions)
        got = run(eng, join(trade(OPEN + 1, 10_000), trade(OPEN + 11 * SECOND, 10_001), clock(OPEN + 60 * SECOND)))
        assert [s[0] for s in got] == [OPEN + e * SECOND for e in ends]


def test_without_sessions_the_first_event_opens_one_that_never_ends() -> None:
    eng = engine(sessions=None)
    assert not eng.advance(OPEN)
    got = run(eng, join(trade(OPEN + 5, 10_000), clock(OPEN + 3 * SECOND)))
    assert [s[0] for s in got] == [OPEN + k * SECOND for k in (1, 2, 3)]
    assert eng.market.session_open_ns == OPEN + 5 and eng.market.session_close_ns == 0


# -- warm start


def history(ts_ns: int, price: int, trade_id: int, flags: int = 0) -> Events:
    row = trade(ts_ns, price, trade_id=trade_id, flags=flags)
    row["kind"], row["ts_ns"] = Kind.HISTORY, OPEN + 90 * SECOND
    return row


def backfilled(*tail: Events) -> tuple[Engine, list[Sample]]:
    eng, eng.sink = engine(), Ring(1 << 12)
    eng.begin_backfill()
    feed = join(trade(OPEN + 90 * SECOND, 10_003, trade_id=40), clock(OPEN + 91 * SECOND),
                history(OPEN + 10 * SECOND, 10_000, 10), history(OPEN + 20 * SECOND, 10_001, 20),
                trade(OPEN + 91 * SECOND, 10_005, trade_id=50), history(OPEN + 30 * SECOND, 10_002, 30),
                history(OPEN + 90 * SECOND, 10_003, 40, DONE), *tail)
    return eng, run(eng, feed)


def test_history_then_held_events_without_gap_or_duplicate() -> None:
    eng, samples = backfilled(clock(OPEN + 93 * SECOND))
    record = eng.sink.pop(4096)
    prints = record[np.isin(record["kind"], (Kind.TRADE, Kind.HISTORY)) & (record["qty"] > 0)]
    assert prints["id"].tolist() == [10, 20, 30, 40, 50]
    assert (np.diff(record["ts_ns"]) >= 0).all() and record["ts_ns"][0] == OPEN + 10 * SECOND
    assert eng.market.tape.count == 5 and eng.counters()["duplicates"] == 1 and not eng.backfilling
    assert [s[0] for s in samples] == [OPEN + 92 * SECOND, OPEN + 93 * SECOND]    # nothing is decided about the past
    assert eng.market.candles.count == 16


def test_a_recorded_warm_start_replays_alike() -> None:
    live, rows = backfilled(trade(OPEN + 92 * SECOND, 10_006, trade_id=60), clock(OPEN + 95 * SECOND))
    again, again.sink = engine(), Ring(1 << 12)
    record = live.sink.pop(4096)
    again.begin_backfill()
    assert run(again, record) == rows and again.seq == live.seq
    assert again.sink.pop(4096).tobytes() == record.tobytes()


def test_a_warm_start_equals_having_been_there() -> None:
    events = stream(3000)
    events["exch_ns"] = events["ts_ns"]
    prints = events[events["kind"] == Kind.TRADE]
    there, cut = run(engine(readings=False), prints), len(prints) // 2
    past = prints[:cut].copy()
    past["kind"] = Kind.HISTORY
    past["flags"][-1] |= DONE
    warm = engine(readings=False)
    warm.begin_backfill()
    got = run(warm, np.concatenate([prints[cut - 100:cut], past, prints[cut:]]))
    later = [s for s in there if s[0] > int(prints["ts_ns"][cut - 1])]
    assert [(s[0], s[2]) for s in got] == [(s[0], s[2]) for s in later] and len(later) > 20


def test_end_backfill_releases_what_waits() -> None:
    eng = engine()
    eng.begin_backfill()
    run(eng, join(trade(OPEN + 5, 10_000, trade_id=1), event(Kind.PHASE, OPEN + 6, code=Phase.AUCTION)))
    assert eng.market.tape.count == 0 and eng.backfilling and not eng.advance(OPEN + 50 * SECOND)
    assert eng.end_backfill() == 2 and eng.due == DUE_NOTICE
    assert eng.market.tape.count == 1 and eng.market.phase == Phase.AUCTION and eng.end_backfill() == 0


def test_connection_and_operator_are_heard_during_a_backfill() -> None:
    eng = engine()
    eng.begin_backfill()
    eng.feed(event(Kind.CONTROL, OPEN + 5, code=Control.HALT))
    assert eng.due == DUE_NOTICE and eng.notices()["code"].tolist() == [Control.HALT] and eng.now_ns == 0


def test_history_outside_a_backfill_is_counted_and_ignored() -> None:
    eng = engine()
    run(eng, history(OPEN + SECOND, 10_000, 1))
    assert eng.counters()["stray_history"] == 1 and eng.seq == 0 and eng.market.tape.count == 0


def test_a_request_may_end_without_a_print() -> None:
    eng = engine()
    eng.begin_backfill()
    run(eng, event(Kind.HISTORY, OPEN, price=NO_PRICE, flags=DONE))
    assert not eng.backfilling and eng.counters()["history"] == 0


def test_a_reconnection_fills_the_gap_only() -> None:
    eng = engine()
    run(eng, join(trade(OPEN + 1, 10_000, trade_id=10), trade(OPEN + 2, 10_001, trade_id=20)))
    eng.begin_backfill()
    run(eng, join(trade(OPEN + 9 * SECOND, 10_004, trade_id=50), history(OPEN + 2, 10_001, 20),
                  history(OPEN + 3 * SECOND, 10_002, 30), history(OPEN + 4 * SECOND, 10_003, 40, DONE)))
    assert eng.market.tape.count == 5 and eng.counters()["duplicates"] == 1 and eng.market.last_price == 10_004


# -- stops


def test_notices_stop_after_the_event_and_wait_for_python() -> None:
    eng = engine()
    events = join(event(Kind.STATE, OPEN + 1, a=1, b=2), event(Kind.CONTROL, OPEN + 2, code=Control.STOP),
                  trade(OPEN + 3, 5))
    assert eng.feed(events) == 1 and eng.due == DUE_NOTICE and eng.seq == 1
    assert eng.feed(events, 1) == 2 and eng.feed(events, 2) == 3 and eng.due == 0
    assert eng.notices()["kind"].tolist() == [Kind.STATE, Kind.CONTROL] and len(eng.notices()) == 0


def test_paper_reports_stop_after_the_event() -> None:
    eng = engine(paper=True, interval_ns=3600 * SECOND)
    run(eng, quote(OPEN + 1, 9_999, 5, 10_001, 5))
    eng.paper.submit(1, BID, 1, NO_PRICE, NO_PRICE, eng.now_ns)
    events = join(clock(OPEN + SECOND), clock(OPEN + 2 * SECOND))
    assert eng.feed(events) == 1 and eng.due == DUE_REPORTS and eng.market.now_ns == OPEN + SECOND
    assert eng.paper.reports()[-1].status == "filled"
    assert eng.feed(events, 1) == 2 and eng.due == 0


def test_the_event_that_made_a_sample_due_is_known() -> None:
    late = trade(OPEN + SECOND, 10_000)
    late["recv_ns"] = 777
    eng = engine()
    eng.feed(join(trade(OPEN + 1, 10_000), late))
    assert eng.due == DUE_SAMPLE and eng.last_recv_ns == 777 and eng.sample_cost_ns > 0
    count, median, tail = eng.features_latency()
    assert count == 1 and 0 < median <= tail


def test_parts_can_be_switched_off() -> None:
    eng = engine(features=False, readings=False)
    got = run(eng, stream(400))
    assert eng.features is None and eng.readings is None and eng.paper is None and len(got) > 5
    assert np.isnan(eng.row).all() and eng.row.shape == (65,) and eng.reading.shape == (len(READING_NAMES),)


def test_waiting_ends_with_an_event_or_the_time_limit() -> None:
    eng, ring = engine(), Ring(8)
    strategies: list[tuple[int, int, int]] = [(10**9, 0, 0), (0, 10**9, 0), (0, 0, 10_000), (1000, 1000, 10_000)]
    for spin, yielding, sleep in strategies:
        assert not eng.wait(ring, spin, yielding, sleep, 50_000)
    pusher = threading.Thread(target=ring.push, args=(clock(OPEN),))
    pusher.start()
    assert eng.wait(ring, 1000, 1000, 10_000, 60 * SECOND)
    pusher.join()
    assert eng.drain(ring) == 1 and eng.now_ns == OPEN


def test_a_wait_ends_when_it_is_woken_before_or_meanwhile() -> None:
    eng, ring = engine(), Ring(8)
    eng.wake()
    assert not eng.wait(ring, 0, 0, 10_000, 3600 * SECOND)
    waker = threading.Thread(target=eng.wake)
    waker.start()
    assert not eng.wait(ring, 0, 0, 10_000, 3600 * SECOND)
    waker.join()


@pytest.mark.parametrize(("floor", "ceiling", "stops"), [(9_998, None, 2), (None, 10_003, 3), (9_990, 10_050, 4)])
def test_watched_prices_stop_once_after_the_event(floor: int | None, ceiling: int | None, stops: int) -> None:
    eng = engine(interval_ns=3600 * SECOND)
    quotes = join(*(quote(OPEN + i, bid, 5, bid + 2, 5) for i, bid in enumerate((9_999, 9_998, 10_001, 9_997))))
    eng.watch_prices(floor, ceiling)
    done = eng.feed(quotes)
    assert done == stops
    assert eng.due == (DUE_PRICE if floor == 9_998 or ceiling == 10_003 else 0)
    assert eng.feed(quotes, done) == 4 and eng.due == 0


Make = Callable[[], Engine]


@pytest.mark.parametrize("make", [engine, lambda: engine(sample="trade"), lambda: engine(sessions=None)])
def test_the_same_events_twice_give_the_same_rows(make: Make) -> None:
    events: NDArray[np.void] = stream(2500)
    first, second = make(), make()
    assert run(first, events) == run(second, events) and first.counters() == second.counters()
