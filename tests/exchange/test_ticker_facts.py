"""Ticker information, agents, last close, adjustments, server address."""

from __future__ import annotations

import ctypes as c

from exchange_harness import INVALID_ARGS, NOT_FOUND, NOT_INITIALIZED, OK, WAITING, Exchange, narrow, wide

WDO, ALIAS, F = wide("WDOZ26"), wide("WDOFUT"), wide("F")


def test_ticker_information_comes_through_three_callbacks(sim: Exchange) -> None:
    sim.connect("asset_list", "info_v2", "invalid", start="09:01")
    assert sim.dll.RequestTickerInfo(WDO, F) == OK
    sim.wait(lambda: sim.of("info_v2"))
    assert sim.of("asset_list") == [("asset_list", "WDOZ26", "Dólar mini")]
    told = sim.of("info_v2")[0]
    assert told[1:4] == ("WDOZ26", "Dólar mini", "Minicontrato futuro de taxa de câmbio de reais por dólar")
    assert told[4:11] == (1, 1000, 1, 0, 13, 0.5, 10.0)
    assert told[11:] == ("01/12/2026 00:00:00.000", "BRSIMWDOZ260", "Derivativos", "Câmbio", "Minicontratos")
    assert sim.dll.RequestTickerInfo(wide("PETR4"), F) == OK
    sim.wait(lambda: sim.of("invalid"))


def test_the_mini_index_matures_on_the_wednesday_nearest_the_15th(sim: Exchange) -> None:
    sim.connect("info", symbol="WINV26", day="2026-10-01", start="09:01")
    assert sim.dll.RequestTickerInfo(wide("WINFUT"), F) == OK
    sim.wait(lambda: sim.of("info"))
    told = sim.of("info")[0]
    assert told[1] == "WINFUT" and told[9:12] == (5.0, 0.2, "14/10/2026 00:00:00.000")


def test_agents_have_long_and_short_names_with_accents(sim: Exchange) -> None:
    dll = sim.dll
    for name in ("GetAgentNameByID", "GetAgentShortNameByID"):
        getattr(dll, name).restype = c.POINTER(c.c_uint16)
    assert dll.GetAgentNameLength(3, 0) == NOT_INITIALIZED
    sim.connect(start="09:01")
    assert dll.GetAgentNameLength(4090, 1) == len("IGUAÇU")
    room = (c.c_uint16 * 8)(*[0xEEEE] * 8)
    assert dll.GetAgentName(3, 4090, room, 1) == 3 and list(room[:5]) == [*b"IGU", 0, 0xEEEE]
    assert dll.GetAgentName(7, 5, room, 1) == dll.GetAgentNameLength(5, 0) == NOT_FOUND
    assert dll.GetAgentName(0, 3, room, 0) == INVALID_ARGS
    assert narrow(dll.GetAgentNameByID(32003)) == "Corretora Simulador"
    assert narrow(dll.GetAgentShortNameByID(8)) == "ARAÇÁ" and narrow(dll.GetAgentNameByID(5)) == ""


def test_every_broker_on_the_tape_has_a_name(sim: Exchange) -> None:
    sim.connect("trade", start="09:05", until="09:05:10")
    sim.subscribe()
    sim.release()
    sim.until_rest()
    brokers = {b for e in sim.of("trade") for b in e[8:10]}
    assert len(brokers) > 5 and all(sim.dll.GetAgentNameLength(b, 0) > 0 for b in brokers)


def test_the_last_close_is_loaded_by_asking_twice(sim: Exchange) -> None:
    sim.connect("progress", "daily", "adjust_v2", start="09:05")
    close = c.c_double(-1.0)
    get = sim.dll.GetLastDailyClose
    assert [get(WDO, F, c.byref(close), 1) for _ in range(3)] == [WAITING] * 3, "nothing loads without SubscribeTicker"
    sim.until_rest()
    assert get(WDO, F, c.byref(close), 1) == WAITING and not sim.of("progress")
    sim.subscribe()
    assert get(WDO, F, c.byref(close), 1) == WAITING and close.value == -1.0
    sim.wait(lambda: [e[2] for e in sim.of("progress")] == [0, 100])
    assert get(WDO, F, c.byref(close), 0) == OK
    assert close.value == sim.of("daily")[0][8], "yesterday's close is today's reference"
    assert get(WDO, F, None, 0) == INVALID_ARGS


def test_the_continuous_series_tells_its_joints(sim: Exchange) -> None:
    sim.connect("adjust", start="09:05")
    for name in (WDO, ALIAS):
        assert sim.dll.SubscribeAdjustHistory(name, F) == OK
    sim.wait(lambda: len(sim.of("adjust")) == 2)
    assert [(*e[1:4], e[5], e[8]) for e in sim.of("adjust")] == [
        ("WDOFUT", 16.5, "JuncaoSerie", "01/10/2026 00:00:00.000", 1),
        ("WDOFUT", 14.5, "JuncaoSerie", "03/11/2026 00:00:00.000", 1),
    ]
    assert sim.dll.SetAdjustHistoryCallbackV2(sim.callback("adjust_v2")) == OK
    assert sim.dll.SubscribeAdjustHistory(ALIAS, F) == OK
    sim.wait(lambda: len(sim.of("adjust_v2")) == 2)
    assert sim.of("adjust_v2")[0][8:] == (3, -9999.0) and "Junção" in sim.of("adjust_v2")[0][4]
    assert sim.dll.UnsubscribeAdjustHistory(ALIAS, F) == OK


def test_the_server_address_is_taken_before_the_login_only(sim: Exchange) -> None:
    assert sim.dll.SetServerAndPort(wide("example"), wide("443")) == OK
    assert sim.dll.SetServerAndPort(None, wide("443")) == INVALID_ARGS
    assert sim.dll.SetEnabledLogToDebug(1) == NOT_INITIALIZED
    sim.connect(start="09:01")
    assert sim.dll.SetServerAndPort(wide("example"), wide("443")) == INVALID_ARGS
    assert sim.dll.SetEnabledLogToDebug(1) == OK


def test_last_prices_follow_the_tape(sim: Exchange) -> None:
    sim.connect("trade", "cotation", start="09:05", until="09:05:05")
    sim.subscribe()
    sim.release()
    sim.until_rest()
    assert [(e[3], e[4]) for e in sim.of("cotation")] == [(e[2], e[5]) for e in sim.of("trade")]
