"""Login, states, refusals, subscriptions, prints, history and the side channel."""

from __future__ import annotations

import ctypes as c
import re

import pytest
from exchange_harness import (
    EXCHANGE_UNKNOWN,
    FUNCTYPE,
    INVALID_ARGS,
    INVALID_TICKER,
    MARKET_ONLY,
    NOT_INITIALIZED,
    OK,
    PERIOD_LIMIT,
    TRADE_V1,
    U16,
    VERSION,
    Asset,
    CancelOrders,
    Exchange,
    Group,
    Position,
    SendOrder,
    Trade,
    narrow,
    wide,
)

WDO, F = wide("WDOZ26"), wide("F")


def test_login_reports_states_in_the_vendors_order(sim: Exchange) -> None:
    sim.connect("account", start="09:01")
    states = [e[1:] for e in sim.of("state")]
    assert [s for s in states if s[0] != 1] == [(0, 0), (3, 0), (2, 1), (2, 2), (2, 4)]
    assert [s for s in states if s[0] == 1] == [(1, 1), (1, 2), (1, 4), (1, 5)]
    sim.wait(lambda: sim.of("account"))
    assert sim.of("account") == [("account", 32003, "Corretora Simulador", "1000001", "João da Simulação")]


def test_everything_before_init_is_refused(sim: Exchange) -> None:
    dll, asset = sim.dll, sim.asset()
    assert dll.SubscribeTicker(WDO, F) == NOT_INITIALIZED
    assert dll.SubscribePriceDepth(c.byref(asset)) == NOT_INITIALIZED
    assert dll.GetHistoryTrades(WDO, F, wide("18/11/2026 10:00:00"), wide("18/11/2026 11:00:00")) == NOT_INITIALIZED
    assert dll.GetAccountCount() == NOT_INITIALIZED
    assert dll.SendOrder(c.byref(SendOrder(version=2))) == NOT_INITIALIZED
    assert dll.DLLFinalize() == NOT_INITIALIZED


def test_market_login_refuses_orders_and_never_speaks_of_routing(sim: Exchange) -> None:
    sim.connect(market_only=True, start="09:01")
    assert sim.dll.GetAccountCount() == MARKET_ONLY
    assert sim.dll.SendOrder(c.byref(SendOrder(version=2))) == MARKET_ONLY
    assert sim.dll.GetPositionV2(c.byref(Position(version=1))) == MARKET_ONLY
    assert not [e for e in sim.of("state") if e[1] == 1]


def test_wrong_versions_are_refused(sim: Exchange) -> None:
    sim.connect(start="09:01")
    account = sim.account()
    assert sim.dll.SendOrder(c.byref(SendOrder(version=9, account=account))) == VERSION
    assert sim.dll.SendCancelOrdersV2(c.byref(CancelOrders(version=3, account=account))) == VERSION
    assert sim.dll.GetPositionV2(c.byref(Position(version=7, account=account))) == VERSION
    assert sim.dll.SubscribePriceDepth(c.byref(Asset(version=5))) == VERSION
    assert sim.dll.GetPriceGroup(c.byref(sim.asset()), 0, 0, c.byref(Group(version=4))) == VERSION


def test_unknown_symbols_are_answered_later_and_bad_exchanges_at_once(sim: Exchange) -> None:
    sim.connect("invalid", start="09:01")
    assert sim.dll.SubscribeTicker(wide("PETR4"), F) == OK
    sim.wait(lambda: sim.of("invalid"))
    assert sim.of("invalid") == [("invalid", "PETR4")]
    assert sim.dll.SubscribeTicker(WDO, wide("BMF")) == EXCHANGE_UNKNOWN
    assert sim.dll.SubscribeTicker(WDO, wide("?")) == EXCHANGE_UNKNOWN
    assert sim.dll.SubscribeOfferBook(wide("PETR4"), F) == INVALID_TICKER
    assert sim.dll.SubscribeTicker(None, F) == INVALID_ARGS


def test_a_subscription_begins_with_a_snapshot(sim: Exchange) -> None:
    sim.connect("daily", "tiny", "phase", "trade", start="09:05", until="09:05:10")
    sim.subscribe()
    sim.until_rest()
    assert [e[0] for e in sim.events if e[0] not in ("state", "account")] == ["phase", "daily", "tiny", "tiny"]
    assert sim.of("phase")[0][3] == 0
    assert sorted(e[4] for e in sim.of("tiny")) == [0, 1]
    sim.release()
    sim.until_rest()
    assert sim.of("trade") and len(sim.of("daily")) > 5


def test_prints_translate_inside_their_callback_and_never_after(sim: Exchange) -> None:
    sim.connect("trade", start="09:05", until="09:05:20")
    sim.subscribe()
    sim.release()
    sim.until_rest()
    prints = sim.of("trade")
    assert len(prints) > 50
    numbers = [p[2] for p in prints]
    assert numbers == list(range(numbers[0], numbers[0] + 10 * len(numbers), 10))
    for _, ticker, _, day, _, price, qty, volume, buyer, seller, kind, flags, clock in prints:
        assert ticker == "WDOZ26" and day.startswith("18/11/2026 09:05:") and price * 2 == int(price * 2)
        assert volume == pytest.approx(price * qty * 10) and flags == 0 and kind in (1, 2, 3, 13)
        assert (buyer == seller) if kind == 13 else True
        assert clock >= 0
    trade = Trade()
    assert sim.dll.TranslateTrade(sim.handles[-1], c.byref(trade)) != 0
    assert sim.stat("stale_handles") == 1 and len(set(sim.handles)) == len(sim.handles)


def test_the_clock_stands_at_the_prints_time_during_its_callback(sim: Exchange) -> None:
    sim.connect("trade", start="09:05", until="09:05:05")
    sim.subscribe()
    sim.release()
    sim.until_rest()
    for p in sim.of("trade"):
        ms = p[12] // 1_000_000 - 3 * 3_600_000
        seconds = ms // 1000 % 86400
        assert f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" == p[3][11:]
        assert ms % 1000 == p[4]


def test_v1_slots_get_the_v1_layout(sim: Exchange) -> None:
    seen: list[tuple[object, ...]] = []
    trade = FUNCTYPE(None, *TRADE_V1, U16)(
        lambda a, date, number, price, volume, qty, buyer, seller, kind, edit: seen.append(
            (narrow(a.ticker), narrow(date), number, price, volume, qty, edit & 0xFF)
        )
    )
    sim.connect(start="09:05", until="09:05:05", slots={"trade_v1": trade})
    sim.subscribe()
    sim.release()
    sim.until_rest()
    assert seen
    for ticker, date, _, price, volume, qty, edit in seen:
        assert ticker == "WDOZ26" and edit == 0 and volume == pytest.approx(price * qty * 10)  # type: ignore[operator]
        assert re.fullmatch(r"18/11/2026 09:05:\d\d\.\d{3}", str(date))


def ask_history(sim: Exchange, start: str, end: str, symbol: str = "WDOZ26") -> list[tuple[object, ...]]:
    before, done = len(sim.events), len([e for e in sim.of("progress") if e[2] == 100])
    assert sim.dll.GetHistoryTrades(wide(symbol), F, wide(start), wide(end)) == OK
    sim.wait(lambda: len([e for e in sim.of("progress") if e[2] == 100]) > done)
    return [e for e in sim.events[before:] if e[0] == "history"]


@pytest.mark.lengthy
def test_history_and_live_together_are_the_session_exactly_once(sim: Exchange) -> None:
    sim.connect("history", "progress", "trade", start="09:02", until="09:02:30")
    sim.subscribe()
    past = ask_history(sim, "18/11/2026 09:00:00", "18/11/2026 09:02:00")
    sim.release()
    sim.until_rest()
    numbers = [e[2] for e in past + sim.of("trade")]
    assert numbers == list(range(10, 10 * sim.stat("trades") + 10, 10))
    assert [e[11] for e in past] == [0] * (len(past) - 1) + [2]
    assert [e[10] for e in past[:40]] == [4] * 40, "the session opens with the auction's prints"
    progress = [e[2] for e in sim.of("progress")]
    assert progress[0] == 0 and progress[-2:] == [99, 100] and progress == sorted(progress)
    again = ask_history(sim, "18/11/2026 09:00:00", "18/11/2026 09:03:00")
    assert [e[2] for e in again] == numbers, "a second request delivers the same prints again"


def test_history_follows_the_vendors_rules(sim: Exchange) -> None:
    sim.connect("history", "progress", start="09:02")
    assert ask_history(sim, "18/11/2026 09:00:00", "18/11/2026 09:02:00") == [], "without SubscribeTicker: empty"
    sim.subscribe()
    assert ask_history(sim, "18/11/2026", "18/11/2026") == [], "without a time: accepted, empty"
    first = ask_history(sim, "18/11/2026 09:01:00", "18/11/2026 09:01:01")
    assert first and all(str(e[3]).endswith("09:01:00") for e in first), "the end is exclusive"
    get = sim.dll.GetHistoryTrades
    assert get(WDO, F, wide("01/10/2026 09:00:00"), wide("01/10/2026 10:00:00")) == PERIOD_LIMIT
    assert get(WDO, F, wide("08/11/2026 09:00:00"), wide("18/11/2026 09:00:00")) == INVALID_ARGS
    assert get(WDO, F, wide("2026-11-18"), wide("18/11/2026 09:00:00")) == INVALID_ARGS


def test_the_alias_carries_the_contracts_prints_under_its_own_name(sim: Exchange) -> None:
    sim.connect("trade", start="09:05", until="09:05:05")
    sim.subscribe("WDOFUT")
    sim.release()
    sim.until_rest()
    assert {e[1] for e in sim.of("trade")} == {"WDOFUT"}


def test_requests_inside_a_callback_are_counted(sim: Exchange) -> None:
    sim.connect(start="09:05")
    tiny = sim.callback("tiny")

    def misbehave(*args: object) -> None:
        if not sim.of("misbehaved"):
            sim.note("misbehaved", sim.dll.UnsubscribeTicker(WDO, F))

    bad = type(tiny)(misbehave)
    sim.kept.append(bad)
    assert sim.dll.SetTinyBookCallback(bad) == 0
    assert sim.stat("reentrant") == 0
    sim.subscribe()
    sim.wait(lambda: sim.of("misbehaved"))
    assert sim.stat("reentrant") == 1


def test_nothing_calls_back_after_finalize_and_a_new_session_may_begin(sim: Exchange) -> None:
    sim.connect("trade", "offer", start="09:05", hold=0)
    sim.subscribe(offers=True)
    sim.wait(lambda: len(sim.events) > 2000)
    assert sim.dll.DLLFinalize() == 0
    told, called = len(sim.events), sim.stat("callbacks")
    assert sim.dll.SubscribeTicker(WDO, F) == NOT_INITIALIZED
    assert (len(sim.events), sim.stat("callbacks")) == (told, called)
    sim.events.clear()
    sim.connect(start="09:05", hold=1)
    assert sim.events[0] == ("state", 0, 0)


def test_settings_are_checked(sim: Exchange) -> None:
    def put(key: str, value: str) -> int:
        return int(sim.dll.SIM_Set(key.encode(), value.encode()))

    assert put("colour", "blue") == -1
    for key, value in [
        ("seed", "x"),
        ("seed", "-1"),
        ("day", "2026-02-30"),
        ("start", "25:00"),
        ("symbol", "PETR4"),
        ("speed", "-1"),
        ("speed", "nan"),
        ("start_price", "5400.3"),
        ("pages", "0"),
        ("activity", ""),
    ]:
        assert put(key, value) == -2, (key, value)
    assert sim.stat("synthetic") == 1 and sim.stat("nonsense") == -1
    assert sim.dll.SIM_Version() == b"4.0.0.42"


def test_the_mini_index_has_its_own_tick_and_money(sim: Exchange) -> None:
    sim.connect("trade", symbol="WINZ26", start="09:05", until="09:05:05")
    sim.subscribe("WINZ26")
    sim.release()
    sim.until_rest()
    for e in sim.of("trade"):
        assert e[5] % 5 == 0 and e[7] == pytest.approx(e[5] * e[6] * 0.2)


def test_before_the_open_there_is_a_theoretical_price_and_then_an_auction(sim: Exchange) -> None:
    sim.connect("trade", "phase", "theoretical", start="08:59:50", until="09:00:00")
    sim.subscribe()
    group = Group()
    assert sim.dll.GetPriceGroup(c.byref(sim.asset()), 0, 0, c.byref(group)) == 0
    assert group.price == float("-inf") and group.flags == 1
    sim.release()
    sim.until_rest()
    assert [e[3] for e in sim.of("phase")] == [13, 0]
    assert sim.of("theoretical") and [e[10] for e in sim.of("trade")] == [4] * 40


def test_the_session_ends_with_the_closed_state(sim: Exchange) -> None:
    sim.connect("phase", start="09:00:30", close="09:01")
    sim.subscribe()
    sim.release()
    sim.until_rest()
    assert [e[3] for e in sim.of("phase")] == [0, 6]


def stream(sim: Exchange, seed: int) -> list[tuple[object, ...]]:
    sim.events.clear()
    sim.connect("trade", "offer", "depth", "tiny", "daily", seed=seed, start="09:03", until="09:03:20")
    sim.subscribe(offers=True, depth=True)
    sim.until_rest()
    sim.release()
    sim.until_rest()
    sim.dll.DLLFinalize()
    return list(sim.events)


@pytest.mark.lengthy
def test_one_seed_one_stream(sim: Exchange) -> None:
    first, second, other = stream(sim, 7), stream(sim, 7), stream(sim, 8)
    assert len(first) > 1000 and first == second
    assert first != other


def test_a_full_reader_holds_the_connector_back(sim: Exchange) -> None:
    full = [True]
    asked = [0]

    def fill() -> int:
        asked[0] += 1
        with sim.cond:
            sim.cond.notify_all()
        return 20_000 if full[0] else 0

    callback = c.CFUNCTYPE(c.c_int64)(fill)
    sim.connect("trade", start="09:05", until="09:05:05")
    sim.subscribe()
    sim.until_rest()
    assert sim.dll.SIM_SetBacklog(callback) == 0
    sim.release()
    sim.wait(lambda: asked[0] > 20)
    assert not sim.of("trade")
    full[0] = False
    sim.until_rest()
    assert sim.of("trade")
    assert sim.dll.SIM_SetBacklog(None) == 0
