"""The roll: the front contract matures, the next one is the market, and what was open is settled in cash."""

from __future__ import annotations

import ctypes as c
import datetime as dt
from typing import Any

import pytest
from exchange_desk import BUY, LIMIT, MARKET, SELL, Desk
from exchange_harness import NO_POSITION, OK, Exchange, Group, wide
from test_days import comparable, desk, history, run_out

from qt_app import calendar

OLD, NEW, ALIAS = "WDOZ26", "WDOF27", "WDOFUT"
LAST, FIRST = "30/11/2026", "01/12/2026"
CARRY = 18.5  # points: F lies 37 ticks above Z


def roll(sim: Exchange, *kinds: str, **settings: Any) -> Desk:
    """Held on the old contract's last trading day, the first of two."""
    d = desk(sim, *kinds, **({"day": "2026-11-30", "days": 2} | settings))
    sim.subscribe(NEW)
    sim.subscribe(ALIAS)
    return d


def prints(sim: Exchange, name: str, day: str) -> list[tuple[Any, ...]]:
    return [e for e in sim.of("trade") if e[1] == name and e[3].startswith(day)]


def message(d: Desk, local: int) -> tuple[int, str]:
    event = d.of(local)[-1]
    return event[2], event[4]


@pytest.mark.lengthy
def test_the_new_contract_is_the_market_and_the_alias_follows(sim: Exchange) -> None:
    roll(sim)
    run_out(sim)
    assert prints(sim, OLD, LAST) and not prints(sim, OLD, FIRST), "the old one goes silent"
    assert prints(sim, NEW, FIRST) and not prints(sim, NEW, LAST), "the new one was silent"
    alias = prints(sim, ALIAS, LAST) + prints(sim, ALIAS, FIRST)
    assert [e[2:] for e in alias] == [e[2:] for e in prints(sim, OLD, LAST) + prints(sim, NEW, FIRST)]
    assert abs(prints(sim, NEW, FIRST)[0][5] - prints(sim, OLD, LAST)[-1][5] - CARRY) <= 1.0, "the level jumps"


def test_the_old_name_is_invalid_once_it_has_matured(sim: Exchange) -> None:
    roll(sim, "invalid")
    sim.run_until("2026-11-30 09:05:00")
    assert not sim.of("invalid")
    sim.run_until("2026-12-01 09:01:00")
    for call in (sim.dll.SubscribeTicker, sim.dll.RequestTickerInfo):
        assert call(wide(OLD), wide("F")) == OK
    sim.wait(lambda: len(sim.of("invalid")) == 2)
    assert {e[1] for e in sim.of("invalid")} == {OLD}


@pytest.mark.lengthy
def test_what_is_open_is_settled_at_the_last_price(sim: Exchange) -> None:
    d = roll(sim, "positions")
    d.send(MARKET, SELL, 3)
    d.send(MARKET, BUY, 1)
    sim.run_until("2026-11-30 09:09:00")
    cash, fills, told = sim.stat("cash_ticks"), sim.stat("fills"), len(sim.of("positions"))
    sim.run_until("2026-11-30 20:00:00")
    settlement = prints(sim, OLD, LAST)[-1][5]
    assert sim.stat("position") == 0 and sim.stat("fills") == fills + 1
    assert sim.stat("cash_ticks") == cash - 2 * round(settlement * 2), "two bought back"
    assert sim.of("positions")[told][2] == OLD
    assert d.position()[0] == OK and d.position()[1].open == 0
    sim.run_until("2026-12-01 09:02:00")
    result, old = d.position(OLD)
    assert (result, old.open, old.bought, old.sold) == (OK, 0, 0, 0)
    assert d.position(NEW)[0] == NO_POSITION
    d.send(MARKET, BUY, 2, symbol=NEW)
    run_out(sim)
    assert d.position(NEW)[1].open == 2 == sim.stat("position")


@pytest.mark.lengthy
def test_the_ledger_is_the_orders_fills_and_the_settlement(sim: Exchange) -> None:
    d = roll(sim, days=3, accounts=2, day="2026-11-27")
    days = {"2026-11-27": OLD, "2026-11-30": OLD, "2026-12-01": NEW}
    sent: list[tuple[str, int, int]] = []
    for n, (day, symbol) in enumerate(days.items()):
        sim.run_until(f"{day} 09:03:00")
        for account, side, qty in (("1000001", BUY, 3 - n), ("1000002", SELL, 2), ("1000001", SELL, 1)):
            sent.append((account, side, d.send(MARKET, side, qty, symbol=symbol, account=account)))
        sim.run_until(f"{day} 09:04:00")
    settlement = prints(sim, OLD, "30/11/2026")[-1][5]
    run_out(sim)
    for number, account in enumerate(("1000001", "1000002"), 1):
        orders = [(side, d.of(local)[-1]) for name, side, local in sent if name == account]
        signs = [(1 if side == BUY else -1) * o[6] for side, o in orders]
        cash = sum(-s * round(o[8] * o[6] * 2) // o[6] for s, (_, o) in zip(signs, orders, strict=True))
        open_at_the_roll = sum(s for s, (_, o) in zip(signs, orders, strict=True) if o[9] == OLD)
        assert open_at_the_roll, "something was settled"
        assert sim.stat(f"cash_ticks:{number}") == cash + open_at_the_roll * round(settlement * 2)
        assert sim.stat(f"position:{number}") == sum(signs) - open_at_the_roll


@pytest.mark.lengthy
def test_a_history_cut_by_a_fault_is_cut_under_every_name(sim: Exchange) -> None:
    sim.faults("""
        {kind = "history_tail"; trades = 5; count = 1}
    """)
    roll(sim, "history", "progress", start="08:50")
    run_out(sim)
    week = "30/11/2026 08:00:00", "01/12/2026 20:00:00"
    assert [len(history(sim, *week, symbol=name)) for name in (OLD, ALIAS, NEW)] == [0, 5, 5]


@pytest.mark.lengthy
def test_orders_in_a_contract_that_is_not_the_market_die_with_a_reason(sim: Exchange) -> None:
    d = roll(sim)
    early = d.send(LIMIT, BUY, 1, 5300.0, symbol=NEW)
    day = d.send(LIMIT, BUY, 1, 5300.0)
    sim.run_until("2026-11-30 09:05:00")
    assert message(d, early) == (8, "Ativo sem negociação")
    sim.run_until("2026-12-01 08:54:59.980")
    between = d.send(LIMIT, BUY, 1, 5300.0)
    sim.run_until("2026-12-01 09:02:00")
    late = d.send(LIMIT, BUY, 1, 5300.0)
    good = d.send(LIMIT, BUY, 1, 5300.0, symbol=NEW)
    sim.run_until("2026-12-01 09:03:00")
    assert d.statuses(day)[-1] == 12
    assert message(d, between) == message(d, late) == (8, "Ativo vencido")
    assert message(d, good) == (0, "") and d.of(day)[-1][9] == OLD


@pytest.mark.lengthy
def test_expired_contracts_have_no_history_and_the_alias_has_both(sim: Exchange) -> None:
    roll(sim, "history", "progress", start="08:50")
    run_out(sim)
    week = "30/11/2026 08:00:00", "01/12/2026 20:00:00"
    assert history(sim, *week, symbol=OLD) == []
    assert history(sim, *week, symbol=NEW) == [e[2:8] for e in prints(sim, NEW, FIRST)]
    assert history(sim, *week, symbol=ALIAS) == [e[2:8] for e in sim.of("trade") if e[1] == ALIAS]


def test_the_next_contract_is_known_before_it_trades(sim: Exchange) -> None:
    roll(sim, "info", "history", "progress")
    assert sim.dll.RequestTickerInfo(wide(NEW), wide("F")) == OK
    sim.wait(lambda: sim.of("info"))
    assert sim.of("info")[0][1] == NEW and "04/01/2027 00:00:00.000" in sim.of("info")[0]
    assert sim.levels(0, NEW) == [] and sim.levels(0)
    group, asset = Group(), sim.asset(NEW)
    assert sim.dll.GetPriceGroup(c.byref(asset), 0, 0, c.byref(group)) != OK
    assert history(sim, "30/11/2026 08:00:00", "30/11/2026 20:00:00", symbol=NEW) == []
    closes = c.c_double(), c.c_double()
    for name, close in zip((OLD, NEW), closes, strict=True):
        assert sim.dll.GetLastDailyClose(wide(name), wide("F"), c.byref(close), 1) != OK
        sim.until_rest()
        assert sim.dll.GetLastDailyClose(wide(name), wide("F"), c.byref(close), 1) == OK
    assert closes[1].value - closes[0].value == CARRY


def test_one_day_knows_no_next_contract(sim: Exchange) -> None:
    desk(sim, "invalid", day="2026-11-30", days=1)
    sim.subscribe(NEW)
    sim.wait(lambda: sim.of("invalid"))


@pytest.mark.lengthy
def test_a_roll_repeats_exactly(sim: Exchange) -> None:
    streams = []
    for _ in range(2):
        sim.events.clear()
        roll(sim, "offer", "daily", activity=0.03)
        run_out(sim)
        streams.append(comparable(sim))
        sim.finish()
    assert streams[0] == streams[1]


def contracts_by_day(sim: Exchange, root: str, first: dt.date, days: int) -> dict[dt.date, str]:
    """Which contract printed on each day of a run that begins with the front contract of its first day."""
    symbol = traded_on(root, first)
    sim.events.clear()
    d = Desk.__new__(Desk)
    d.sim = sim
    sim.connect("trade", day=first, days=days, start="08:54", close="09:01", activity=0.001, symbol=symbol)
    for name in (symbol, after(symbol)):
        sim.subscribe(name)
    sim.release()
    sim.until_rest()
    sim.finish()
    return {dt.date(int(e[3][6:10]), int(e[3][3:5]), int(e[3][:2])): e[1] for e in sim.of("trade")}


def after(contract: str) -> str:
    """The product's next contract: the front one of the day on which this one is gone."""
    expires = calendar.contract_expiry(contract)
    return calendar.front_contract(contract[:3], calendar.session_before(expires, -1), 0)


def traded_on(root: str, day: dt.date) -> str:
    """By the product's calendar: the dollar trades until the day before it expires, the index until that day."""
    front = calendar.front_contract(root, calendar.session_before(day) if root == "WIN" else day, 0)
    assert calendar.contract_expiry(front) >= day
    return front


@pytest.mark.slow
@pytest.mark.parametrize("root", ["WDO", "WIN"])
def test_product_and_exchange_roll_on_the_same_days_for_two_years(sim: Exchange, root: str) -> None:
    start, end = dt.date(2026, 1, 2), dt.date(2028, 1, 10)
    seen = calendar.sessions_between(start, end)
    weekdays = (start + dt.timedelta(n) for n in range((end - start).days + 40))
    closed = [d for d in weekdays if d.weekday() < 5 and not calendar.is_session(d)]
    sim.set(holidays=",".join(map(str, closed)))
    rolls = 0
    for at in range(0, len(seen) - 1, 15):
        days = contracts_by_day(sim, root, seen[at], 16)
        for day, symbol in days.items():
            assert symbol == traded_on(root, day), day
        assert list(days) == list(calendar.sessions_between(seen[at], list(days)[-1]))
        rolls += len(set(days.values())) - 1
    assert rolls == (24 if root == "WDO" else 12)
