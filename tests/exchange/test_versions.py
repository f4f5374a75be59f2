"""Older interfaces: what the three versions refuse, lack or do differently."""

from __future__ import annotations

import ctypes as c

import pytest
from exchange_desk import BUY, MARKET, Desk
from exchange_harness import (
    INVALID_ARGS,
    INVALID_TICKER,
    NOT_IMPLEMENTED,
    OK,
    PERIOD_LIMIT,
    VERSION,
    CancelOrder,
    ChangeOrder,
    Exchange,
    OrderId,
    Position,
    SendOrder,
    ZeroPosition,
    wide,
)

OLD, MIDDLE, NEW = "4.0.0.31", "4.0.0.38", "4.0.0.42"
F, PETR = wide("F"), wide("PETR4")


@pytest.mark.parametrize(("version", "newest"), [(OLD, 0), (MIDDLE, 0), (NEW, 1)])
def test_records_newer_than_the_library_are_refused(sim: Exchange, version: str, newest: int) -> None:
    d = Desk(sim, version=version)
    dll, account = sim.dll, sim.account()
    assert dll.SIM_Version().decode() == version
    missing = OrderId(0, 5, None)
    assert d.send(MARKET, BUY, 1, version=newest + 2) == VERSION
    assert dll.SendChangeOrderV2(c.byref(ChangeOrder(newest + 1, account, missing))) == VERSION
    assert dll.SendCancelOrderV2(c.byref(CancelOrder(newest + 1, account, missing))) == VERSION
    zero = ZeroPosition(newest + 2, account, sim.asset(), None, -1.0, 1)
    assert dll.SendZeroPositionV2(c.byref(zero)) == VERSION
    local = d.send(MARKET, BUY, 1, version=newest + 1)
    d.wait_status(local, 2)
    assert d.message.message == (1 if version == NEW else -1), "a message id is written only where the record has one"
    zero.version = newest + 1
    zero.message = -77
    d.wait_status(dll.SendZeroPositionV2(c.byref(zero)), 2)
    assert (zero.message > 0) == (version == NEW) and (zero.message == -77) == (version != NEW)


def test_short_records_are_not_written_beyond_their_end(sim: Exchange) -> None:
    d = Desk(sim)
    d.wait_status(d.send(MARKET, BUY, 1), 2)
    short = Position(version=0, account=sim.account(), asset=sim.asset(), kind=0xEE, event=-77)
    assert sim.dll.GetPositionV2(c.byref(short)) == OK
    assert (short.open, short.kind, short.event) == (1, 0xEE, -77)
    send = SendOrder(1, sim.account(), sim.asset(), None, MARKET, BUY, -1.0, -1.0, 1, -77)
    assert sim.dll.SendOrder(c.byref(send)) > 0 and send.message == -77


@pytest.mark.parametrize(("version", "answer"), [(OLD, NOT_IMPLEMENTED), (MIDDLE, NOT_IMPLEMENTED), (NEW, OK)])
def test_functions_that_came_later_answer_as_if_they_were_not_there(sim: Exchange, version: str, answer: int) -> None:
    sim.connect(start="09:01", version=version)
    state = c.c_int32(7)
    assert sim.dll.SetHealthCallback(sim.callback("health")) == answer
    assert sim.dll.SetTradingMessageResultCallback(sim.callback("route")) == answer
    assert sim.dll.GetHealthStatus(c.byref(state)) == answer
    assert state.value == (0 if answer == OK else 7)


@pytest.mark.parametrize("version", [OLD, MIDDLE])
def test_an_unknown_offer_book_was_once_taken_and_answered_later(sim: Exchange, version: str) -> None:
    sim.connect("invalid", start="09:01", version=version)
    answer = sim.dll.SubscribeOfferBook(PETR, F)
    if version == MIDDLE:
        assert answer == INVALID_TICKER
        return
    assert answer == OK
    sim.wait(lambda: sim.of("invalid") == [("invalid", "PETR4")])


@pytest.mark.parametrize(
    ("version", "far", "wide_range"), [(OLD, OK, OK), (MIDDLE, OK, OK), (NEW, PERIOD_LIMIT, INVALID_ARGS)]
)
def test_history_had_no_limits(sim: Exchange, version: str, far: int, wide_range: int) -> None:
    sim.connect(start="09:01", version=version)
    get, symbol = sim.dll.GetHistoryTrades, wide("WDOZ26")
    assert get(symbol, F, wide("01/03/2026 09:00:00"), wide("02/03/2026 09:00:00")) == far
    assert get(symbol, F, wide("08/11/2026 09:00:00"), wide("18/11/2026 09:00:00")) == wide_range


@pytest.mark.parametrize("version", [OLD, MIDDLE])
def test_daily_pages_and_depth_of_older_builds(sim: Exchange, version: str) -> None:
    """.31 fires no daily summary, flags no first page, calls every depth side buy, and sends the full book once."""
    sim.connect("daily", "offer", "depth", "tiny", version=version, start="09:05", until="09:05:05", pages=100)
    sim.subscribe(offers=True, depth=True)
    asset = sim.asset()
    assert sim.dll.UnsubscribePriceDepth(c.byref(asset)) == OK
    assert sim.dll.SubscribePriceDepth(c.byref(asset)) == OK
    sim.until_rest()
    full_books = [e for e in sim.of("depth") if e[4] == 4]
    flags = [data[-4] for _, data in sim.arrays]
    assert (full_books, bool(sim.of("daily"))) == (
        [("depth", "WDOZ26", 254, 0, 4)] * (1 if version == OLD else 2),
        version != OLD,
    )
    assert any(f & 2 for f in flags) == (version != OLD) and any(f & 1 for f in flags)
    sim.release()
    sim.until_rest()
    assert {e[2] for e in sim.of("depth") if e[4] != 4} == ({0} if version == OLD else {0, 1})


@pytest.mark.parametrize(("version", "row"), [(OLD, "32"), (MIDDLE, ""), (NEW, "")])
def test_quantities_of_ticker_information_grew_to_64_bits(sim: Exchange, version: str, row: str) -> None:
    suffix = "_32" if row else ""
    sim.connect("info" + suffix, version=version, start="09:01")
    assert sim.dll.RequestTickerInfo(wide("WDOZ26"), F) == OK
    sim.wait(lambda: sim.of("info" + suffix))
    told = sim.of("info" + suffix)[0]
    assert told[4:11] == (1, 1000, 1, 0, 13, 0.5, 10.0) and told[11] == "01/12/2026 00:00:00.000"


@pytest.mark.parametrize(("version", "answer"), [(OLD, lambda n: 0), (NEW, lambda n: n)])
def test_copying_an_agents_name_answers_its_length_since_36(sim: Exchange, version: str, answer: object) -> None:
    sim.connect(start="09:01", version=version)
    length = sim.dll.GetAgentNameLength(3, 0)
    room = (c.c_uint16 * (length + 1))(*[0xEEEE] * (length + 1))
    assert sim.dll.GetAgentName(length, 3, room, 0) == answer(length)  # type: ignore[operator]
    assert bytes(room).decode("utf-16-le") == "Ipê-Roxo Corretora de Títulos e Valores Mobiliários S.A.\0"


@pytest.mark.parametrize(("version", "told"), [(MIDDLE, [4, 4, 4]), (NEW, [4, 5, 4, 6, 4])])
def test_older_builds_have_no_word_for_a_slow_reader(sim: Exchange, version: str, told: list[int]) -> None:
    sim.faults("""{kind = "stall"; at = "09:05:01"; seconds = 1; state = 5}
                  {kind = "stall"; at = "09:05:03"; seconds = 1}""")
    sim.connect(version=version, start="09:05", until="09:05:06")
    sim.release()
    sim.until_rest()
    assert [e[2] for e in sim.of("state") if e[1] == 2 and e[2] >= 4] == told
