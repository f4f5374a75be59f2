"""Several sessions in one run: what a night ends, what it leaves alone, and the calendar between."""

from __future__ import annotations

import ctypes as c
import datetime as dt
from typing import Any

import pytest
from exchange_desk import BUY, LIMIT, MARKET, SELL, Desk
from exchange_harness import INVALID_ARGS, NO_POSITION, OK, Exchange, OrderRecord, Position, SystemTime, wide
from test_published_book import ListBook

CLOSED, OPEN, PRE_OPENING = 6, 0, 13
NEW, EXPIRED, REJECTED = 0, 12, 8

#: A quarter of an hour of trading a day, so that a week passes in a second.
SHORT = {"start": "09:02", "open": "09:00", "close": "09:10", "activity": 0.2}


def desk(sim: Exchange, *kinds: str, **settings: Any) -> Desk:
    """Held at the start."""
    d = Desk.__new__(Desk)
    d.sim, sim.on_order = sim, d.on_order
    sim.connect("order", "trade", "phase", *kinds, **(SHORT | {"speed": 0, "hold": 1} | settings))
    sim.subscribe(str(settings.get("symbol", "WDOZ26")), offers="offer" in kinds, depth="depth" in kinds)
    return d


def run_out(sim: Exchange) -> None:
    sim.release()
    sim.until_rest()


def dates(sim: Exchange) -> list[str]:
    return list(dict.fromkeys(e[3][:10] for e in sim.of("trade")))


def comparable(sim: Exchange) -> list[tuple[Any, ...]]:
    """What the market said, without the addresses of arrays."""
    return [e[:-2] if e[0] == "offer" else e for e in sim.events if e[0] in ("offer", "trade", "daily", "phase")]


def position(sim: Exchange, kind: int) -> tuple[int, Position]:
    p = Position(version=2, account=sim.account(), asset=sim.asset(), kind=kind)
    return int(sim.dll.GetPositionV2(c.byref(p))), p


def orders_between(sim: Exchange, first: SystemTime | None = None, last: SystemTime | None = None) -> list[int]:
    """Local ids of the current day's orders, or of an interval."""
    seen: list[int] = []

    def note(order: Any, _param: int) -> int:
        seen.append(order.contents.order.local)
        return 1

    proc = c.CFUNCTYPE(c.c_int32, c.POINTER(OrderRecord), c.c_ssize_t)(note)
    if first is None:
        assert sim.dll.EnumerateAllOrders(c.byref(sim.account()), 1, c.c_ssize_t(0), proc) == OK
    else:
        assert sim.dll.EnumerateOrdersByInterval(c.byref(sim.account()), 1, first, last, c.c_ssize_t(0), proc) == OK
    return seen


@pytest.mark.lengthy
def test_days_follow_each_other_over_weekends_and_holidays(sim: Exchange) -> None:
    desk(sim, "daily", days=4)
    run_out(sim)
    assert dates(sim) == ["18/11/2026", "19/11/2026", "23/11/2026", "24/11/2026"], "the 20th is a holiday"
    assert [e[3] for e in sim.of("phase")] == [OPEN, *[CLOSED, PRE_OPENING, OPEN] * 3, CLOSED]
    assert sim.of("phase")[2][2] == "19/11/2026 08:55:00.000"
    for day in dates(sim)[1:]:
        prints = [e for e in sim.of("trade") if e[3].startswith(day)]
        assert [e[2] for e in prints] == list(range(10, 10 * len(prints) + 1, 10)), "trade numbers restart"
        assert prints[0][10] == 4, "each day opens by an auction"


def test_a_night_restarts_the_summary_from_the_last_close(sim: Exchange) -> None:
    desk(sim, "daily", days=2)
    sim.run_until("2026-11-19 09:00:02")
    yesterday = [e for e in sim.of("trade") if e[3].startswith("18/11")]
    today = [e for e in sim.of("trade") if e[3].startswith("19/11")]
    daily = sim.of("daily")[-1]
    assert daily[2].startswith("19/11/2026") and daily[8] == yesterday[-1][5], "yesterday's close"
    assert daily[3] == today[0][5] and daily[14] <= sum(e[6] for e in today)
    close = c.c_double()
    assert sim.dll.GetLastDailyClose(wide("WDOZ26"), wide("F"), c.byref(close), 1) != OK, "it is loaded again"
    sim.until_rest()
    assert sim.dll.GetLastDailyClose(wide("WDOZ26"), wide("F"), c.byref(close), 1) == OK
    assert close.value == yesterday[-1][5]


@pytest.mark.lengthy
def test_listed_holidays_take_the_place_of_the_known_ones(sim: Exchange) -> None:
    desk(sim, days=3, holidays="2026-11-19,2026-11-23")
    run_out(sim)
    assert dates(sim) == ["18/11/2026", "20/11/2026", "24/11/2026"]


@pytest.mark.lengthy
def test_one_day_is_what_a_longer_run_begins_with(sim: Exchange) -> None:
    streams = []
    for days in (1, 2, 2):
        sim.events.clear()
        desk(sim, "offer", "daily", days=days, activity=0.03)
        run_out(sim)
        streams.append(comparable(sim))
        sim.finish()
    one, two, again = streams
    assert two[:len(one)] == one and len(two) > 1.5 * len(one)
    assert two == again, "a seed gives the same days"
    assert [e[5:7] for e in two if e[0] == "trade"][:50] != [e[5:7] for e in two[len(one):] if e[0] == "trade"][:50]


@pytest.mark.lengthy
def test_books_begin_empty_and_stay_in_step(sim: Exchange) -> None:
    desk(sim, "offer", "depth", days=2, activity=0.03)
    sim.run_until("2026-11-19 08:56:00")
    assert [e for e in sim.of("depth") if e[4] == 4][-1], "the depth is told anew"
    sim.run_until("2026-11-19 09:03:00")
    book = ListBook()
    for event in sim.of("offer"):
        book.apply(event)
    assert [book.levels(side) for side in (0, 1)] == [sim.levels(side) for side in (0, 1)]


def test_day_orders_expire_at_the_close_and_ids_go_on(sim: Exchange) -> None:
    d = desk(sim, days=2)
    old = d.send(LIMIT, BUY, 1, 5300.0)
    sim.run_until("09:10:01")
    assert d.statuses(old)[-1] == EXPIRED
    night = d.send(LIMIT, BUY, 1, 5300.0)
    sim.run_until("2026-11-18 20:00:00")
    assert d.statuses(night)[-1] == REJECTED and d.of(night)[-1][4] == "Mercado fechado para negociação"
    sim.run_until("2026-11-19 08:56:00")
    early = d.send(LIMIT, BUY, 1, 5300.0)
    sim.run_until("09:02")
    assert d.statuses(early)[-1] == NEW, "a time without a date is the market's day"
    names = [d.of(x)[-1][3] for x in (old, night, early)]
    assert len(set(names)) == 3 and orders_between(sim) == [early]
    first, last = SystemTime(2026, 11, 0, 18, 0), SystemTime(2026, 11, 0, 18, 23, 59)
    assert orders_between(sim, first, last) == [old, night]
    assert sim.dll.SIM_RunUntil(b"2026-11-18 23:00:00") == -2 and "is past" in sim.error()
    assert sim.dll.SIM_RunUntil(b"2026-13-18 23:00:00") == -2 and "is not a time" in sim.error()


@pytest.mark.lengthy
def test_positions_stay_overnight_and_the_days_figures_begin_anew(sim: Exchange) -> None:
    d = desk(sim, "account", days=2)
    d.send(MARKET, BUY, 3)
    d.send(MARKET, SELL, 1)
    sim.run_until("09:03")
    bought = position(sim, 2)[1]
    sim.run_until("2026-11-19 09:02:00")
    result, held = position(sim, 2)
    assert (result, held.open, held.side, held.average) == (OK, 2, 1, bought.average)
    assert (held.bought, held.sold) == (0, 0), "of the day"
    assert position(sim, 1)[1].open == 0
    assert len(sim.of("account")) == 2, "accounts are told each day"
    d.send(MARKET, SELL, 5)
    run_out(sim)
    assert (position(sim, 2)[1].open, position(sim, 2)[1].side, position(sim, 1)[1].open) == (3, 2, 5)
    assert (sim.stat("position"), sim.stat("bought"), sim.stat("sold")) == (-3, 3, 6), "the ledger is of the whole run"


def test_a_flat_account_has_no_position_the_next_day(sim: Exchange) -> None:
    d = desk(sim, days=2)
    d.send(MARKET, BUY, 1)
    d.send(MARKET, SELL, 1)
    sim.run_until("09:05")
    assert position(sim, 2)[0] == OK
    sim.run_until("2026-11-19 09:02:00")
    assert position(sim, 2)[0] == NO_POSITION


def test_order_limits_per_day_begin_anew(sim: Exchange) -> None:
    d = desk(sim, days=2, orders_per_day=2)
    three = [d.send(LIMIT, BUY, 1, 5300.0) for _ in range(3)]
    sim.run_until("09:05")
    assert sorted(d.of(x)[-1][4] for x in three) == ["", "", "Limite de ordens por dia excedido"]
    sim.run_until("2026-11-19 09:02:00")
    first = d.send(LIMIT, BUY, 1, 5300.0)
    sim.run_until("09:05")
    assert d.statuses(first)[-1] == NEW


def history(sim: Exchange, first: str, last: str, symbol: str = "WDOZ26") -> list[tuple[Any, ...]]:
    sim.events[:] = [e for e in sim.events if e[0] not in ("history", "progress")]
    assert sim.dll.GetHistoryTrades(wide(symbol), wide("F"), wide(first), wide(last)) == OK
    sim.wait(lambda: ("progress", symbol, 100) in sim.events)
    return [e[2:8] for e in sim.of("history")]


@pytest.mark.lengthy
def test_history_keeps_the_days_of_the_run(sim: Exchange) -> None:
    desk(sim, "history", "progress", days=3, start="08:50")
    run_out(sim)
    told = [e[2:8] for e in sim.of("trade")]
    for day in ("18/11/2026", "19/11/2026", "23/11/2026"):
        assert history(sim, f"{day} 08:00:00", f"{day} 20:00:00") == [t for t in told if t[1].startswith(day)]
    assert history(sim, "18/11/2026 08:00:00", "23/11/2026 20:00:00") == told
    assert history(sim, "20/11/2026 08:00:00", "20/11/2026 20:00:00") == []
    assert sim.dll.GetHistoryTrades(wide("WDOZ26"), wide("F"), wide("10/11/2026 00:00:00"),
                                    wide("23/11/2026 00:00:00")) == INVALID_ARGS, "at most ten days"


def test_until_is_of_the_last_day(sim: Exchange) -> None:
    desk(sim, days=2, until="09:05:00", start="09:08")
    run_out(sim)
    last = sim.of("trade")[-1]
    assert last[3].startswith("19/11/2026 09:04:5") and [e[3] for e in sim.of("phase")][-1] == OPEN


@pytest.mark.slow
def test_a_paced_night_is_short(sim: Exchange) -> None:
    desk(sim, days=2, speed=1000, start="09:08", hold=0)
    sim.wait(lambda: len([e for e in sim.of("phase") if e[3] == CLOSED]) == 2)
    assert dates(sim) == ["18/11/2026", "19/11/2026"]


@pytest.mark.parametrize(("key", "value"), [("days", "0"), ("days", "31"), ("holidays", "2026-11-31"),
                                            ("holidays", "2026-11-20;2026-11-21"), ("holidays", "20/11/2026")])
def test_days_that_make_no_sense_are_refused(sim: Exchange, key: str, value: str) -> None:
    assert sim.dll.SIM_Set(key.encode(), value.encode()) == -2
    assert sim.dll.SIM_Error().startswith(f"'{value[:40]}' is no {key}: give".encode())


@pytest.mark.lengthy
def test_the_known_holidays_are_those_of_the_products_calendar(sim: Exchange) -> None:
    from qt_app import calendar

    for month in range(1, 13):
        first = calendar.session_on_or_after(dt.date(2027, month, 1))
        sim.events.clear()
        desk(sim, days=25, day=first, close="09:01", start="08:54", activity=0.001, symbol="WDOZ28")
        run_out(sim)
        sim.finish()
        seen = [dt.date(int(d[6:]), int(d[3:5]), int(d[:2])) for d in dates(sim)]
        assert tuple(seen) == calendar.sessions_between(first, seen[-1])
