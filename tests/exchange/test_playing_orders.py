"""Our orders in a recorded market: small recordings, written here, in which every fill can be worked out by hand."""

from __future__ import annotations

import ctypes as c
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exchange_harness import Exchange
from test_orders import BUY, LIMIT, MARKET, SELL, STOP_LIMIT, Desk

from qt_app.instruments import Instrument, generic, instrument
from qt_app.replay.play import play_header
from qt_core._types import EVENT_DTYPE, BookAction, Flag, Kind

NS = 10**9
#: 10:00 in Brasilia; rows are stamped in seconds from here
TEN = (1_795_046_400 + 13 * 3600) * NS
BID, ASK = 1, -1
ADD, EDIT, DELETE, IMAGE = BookAction.ADD, BookAction.EDIT, BookAction.DELETE, BookAction.IMAGE
Row = dict[str, Any]


def trade(second: float, price: int, qty: int, aggressor: int = 0, code: int | None = None) -> Row:
    known = {1: 2, -1: 3, 0: 32}[aggressor] if code is None else code
    return {"ts_ns": second, "kind": Kind.TRADE, "price": price, "qty": qty, "side": aggressor, "code": known}


def order(second: float, code: int, side: int, number: int, price: int, qty: int = 0, agent: int = 3) -> Row:
    return {"ts_ns": second, "kind": Kind.ORDER, "code": code, "side": side, "id": number, "price": price, "qty": qty,
            "a": agent, "flags": Flag.LAST}


def level(second: float, side: int, price: int, qty: int, count: int = 0) -> Row:
    return {"ts_ns": second, "kind": Kind.LEVEL, "code": ADD if qty else DELETE, "side": side, "price": price,
            "qty": qty, "b": count, "flags": Flag.LAST}


def quote(second: float, bid: int, bid_qty: int, ask: int, ask_qty: int) -> Row:
    return {"ts_ns": second, "kind": Kind.QUOTE, "price": bid, "qty": bid_qty, "a": ask, "id": ask_qty}


def phase(second: float, code: int) -> Row:
    return {"ts_ns": second, "kind": Kind.PHASE, "code": code}


def recorded(rows: list[Row]) -> np.ndarray[Any, Any]:
    events = np.zeros(len(rows), EVENT_DTYPE)
    for event, row in zip(events, rows, strict=True):
        for name, value in row.items():
            event[name] = TEN + round(value * NS) if name == "ts_ns" else value
    return events


WDO = instrument("WDOZ26")
#: bids 9999 (5 + 7), 9998 (20); asks 10000 (4), 10001 (6 + 6): ticks of half a point
ORDERS = [order(0, ADD, BID, 1, 9999, 5), order(0, ADD, BID, 2, 9999, 7), order(0, ADD, BID, 3, 9998, 20),
          order(0, ADD, ASK, 4, 10000, 4), order(0, ADD, ASK, 5, 10001, 6), order(0, ADD, ASK, 6, 10001, 6)]
LEVELS = [level(0, BID, 9999, 12, 2), level(0, BID, 9998, 20), level(0, ASK, 10000, 4), level(0, ASK, 10001, 12, 2)]


def load(sim: Exchange, rows: list[Row], contract: Instrument = WDO, exchange: str | None = None, **terms: Any) -> int:
    events = recorded(rows)
    header = play_header(contract, len(events), exchange=exchange, **terms)
    pointers = [array.ctypes.data_as(c.c_void_p) for array in (events, header)]
    return int(sim.dll.SIM_Play(pointers[0], c.c_int64(len(events)), pointers[1]))


@pytest.fixture
def market(sim: Exchange) -> Iterator[Callable[..., Desk]]:
    """A desk in the recorded market, held one second after 10:00."""

    def open_market(rows: list[Row], **terms: Any) -> Desk:
        contract = terms.get("contract", WDO)
        last = {**trade(100, rows[0].get("price", 9999), 1, code=1), "id": terms.pop("filler", 0)}
        assert load(sim, [*rows, last], **terms) == 0, sim.dll.SIM_Error()
        sim.on_order = None
        desk = Desk.__new__(Desk)
        desk.sim, sim.on_order = sim, desk.on_order
        sim.connect("order", "trade", "tiny", "phase", hold=1, speed=0)
        sim.subscribe(contract.symbol)
        sim.run_until("10:00:01")
        return desk

    yield open_market
    sim.finish()
    sim.set(play="")


def at(d: Desk, second: float) -> None:
    d.sim.run_until(f"10:00:{second:06.3f}")


def fills(d: Desk, local: int) -> tuple[int, int, float]:
    """Status, traded and average price of an order's last event."""
    last = d.of(local)[-1]
    return last[2], last[6], last[8]


# ---- joining the queue ------------------------------------------------------------------------------


@pytest.mark.parametrize("book", [ORDERS, LEVELS, [quote(0, 9999, 12, 10000, 4)]])
def test_prints_consume_what_was_displayed_before_us_and_then_fill_us(
    market: Callable[..., Desk], book: list[Row]
) -> None:
    d = market([*book, trade(2, 9999, 10, ASK), trade(3, 9999, 2, ASK), trade(4, 9999, 2, ASK), trade(5, 9999, 9, ASK)])
    local = d.send(LIMIT, BUY, 3, 4999.5)
    at(d, 3.5)
    assert fills(d, local)[:2] == (0, 0), "twelve contracts stood before us"
    at(d, 4.5)
    assert fills(d, local) == (1, 2, 4999.5)
    at(d, 5.5)
    assert fills(d, local) == (2, 3, 4999.5)
    assert [e[6] for e in d.sim.of("trade")] == [10, 2, 2, 9], "the tape stays as it was recorded"


def test_a_print_through_our_price_fills_us_whatever_stood_before_us(market: Callable[..., Desk]) -> None:
    d = market([*ORDERS, trade(2, 9998, 2, ASK)])
    local = d.send(LIMIT, BUY, 3, 4999.5)
    at(d, 3)
    assert fills(d, local) == (1, 2, 4999.5)


def test_buyers_do_not_hit_bids_and_prints_outside_the_book_hit_nobody(market: Callable[..., Desk]) -> None:
    d = market([*ORDERS, trade(2, 9999, 50, BID), trade(2, 9998, 50, code=13), trade(2, 9998, 50, code=1),
                trade(2, 9999, 50, code=32)])
    local = d.send(LIMIT, BUY, 3, 4999.5)
    at(d, 3)
    assert fills(d, local)[:2] == (0, 0)


def test_withdrawn_levels_shrink_the_queue_only_when_too_few_are_left(market: Callable[..., Desk]) -> None:
    d = market([*LEVELS, level(2, BID, 9999, 20), level(3, BID, 9999, 12), trade(4, 9999, 11, ASK),
                level(5, BID, 9999, 5), trade(6, 9999, 2, ASK)])
    local = d.send(LIMIT, BUY, 3, 4999.5)
    at(d, 5.5)
    assert fills(d, local)[:2] == (0, 0), "withdrawn from behind us first: one is still before us"
    at(d, 7)
    assert fills(d, local) == (1, 1, 4999.5)


def test_recorded_orders_that_leave_in_front_of_us_move_us_up_at_once(market: Callable[..., Desk]) -> None:
    d = market([*ORDERS, order(2, ADD, BID, 7, 9999, 30), order(3, DELETE, BID, 1, 9999),
                order(3, DELETE, BID, 7, 9999),
                trade(4, 9999, 8, ASK)])
    local = d.send(LIMIT, BUY, 3, 4999.5)
    at(d, 5)
    assert fills(d, local) == (1, 1, 4999.5), "seven stood before us once order 1 had gone; order 7 came later"


def test_a_row_and_a_print_of_the_same_instant_count_once(market: Callable[..., Desk]) -> None:
    d = market([*ORDERS, order(2, DELETE, BID, 1, 9999), trade(2, 9999, 5, ASK), trade(3, 9999, 7, ASK),
                order(3, DELETE, BID, 2, 9999), trade(4, 9999, 1, ASK)])
    local = d.send(LIMIT, BUY, 3, 4999.5)
    at(d, 3.5)
    assert fills(d, local)[:2] == (0, 0)
    at(d, 4.5)
    assert fills(d, local) == (1, 1, 4999.5)


def test_two_orders_of_ours_are_filled_in_their_order(market: Callable[..., Desk]) -> None:
    d = market([*ORDERS, trade(3, 9999, 12, ASK), trade(4, 9999, 3, ASK), trade(5, 9999, 3, ASK)])
    first = d.send(LIMIT, BUY, 2, 4999.5)
    at(d, 2)
    second = d.send(LIMIT, BUY, 2, 4999.5)
    at(d, 4.5)
    assert fills(d, first) == (2, 2, 4999.5) and fills(d, second) == (1, 1, 4999.5)
    at(d, 5.5)
    assert fills(d, second) == (2, 2, 4999.5)


def test_behind_a_touch_without_depth_only_the_touch_or_a_print_through_counts(market: Callable[..., Desk]) -> None:
    d = market([quote(0, 9999, 12, 10000, 4), trade(2, 9998, 50, ASK),
                quote(3, 9998, 7, 10000, 4), trade(4, 9998, 8, ASK)])
    local = d.send(LIMIT, BUY, 3, 4999.0)
    at(d, 2.5)
    assert fills(d, local)[:2] == (0, 0), "nobody knows what stood there"
    at(d, 4.5)
    assert fills(d, local) == (1, 1, 4999.0)


def test_with_a_tape_alone_the_assumed_touch_stands_before_us(market: Callable[..., Desk]) -> None:
    d = market([trade(0, 9999, 1, ASK), trade(2, 9999, 6, ASK), trade(3, 9999, 6, ASK)], touch=10)
    local, market_order = d.send(LIMIT, BUY, 3, 4999.5), d.send(MARKET, BUY, 1)
    at(d, 2.5)
    assert fills(d, local)[:2] == (0, 0)
    assert fills(d, market_order)[0] == 8 and "contraparte" in d.of(market_order)[-1][4]
    at(d, 3.5)
    assert fills(d, local) == (1, 2, 4999.5)


# ---- taking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("book", [ORDERS, LEVELS])
def test_a_market_order_takes_what_is_shown_and_the_tape_does_not_change(
    market: Callable[..., Desk], book: list[Row]
) -> None:
    d = market([*book, trade(4, 10001, 1, BID)])
    local = d.send(MARKET, BUY, 7)
    at(d, 2)
    assert fills(d, local) == (2, 7, (4 * 5000.0 + 3 * 5000.5) / 7)
    assert d.sim.levels(1)[0][:2] == (5000.5, 9), "what we took is not there twice"
    again = d.send(MARKET, BUY, 20)
    at(d, 3)
    assert fills(d, again) == (15, 9, 5000.5) and not d.sim.levels(1)
    at(d, 5)
    assert [e[6] for e in d.sim.of("trade")] == [1]
    result, position = d.position()
    assert result == 0 and (position.open, position.bought) == (16, 16)


def test_what_we_took_of_an_order_stays_taken_and_of_a_level_until_it_is_written_again(
    market: Callable[..., Desk]
) -> None:
    d = market([*ORDERS, order(3, EDIT, ASK, 4, 10000, 2)])
    d.send(MARKET, BUY, 3)
    at(d, 2)
    assert d.sim.levels(1)[0] == (5000.0, 1, 1)
    at(d, 4)
    assert d.sim.levels(1)[0] == (5000.5, 12, 2), "the recording left 2 of 4, we had taken 3"
    d.sim.finish()
    d = market([*LEVELS, level(3, ASK, 10000, 3)])
    d.send(MARKET, BUY, 4)
    at(d, 2)
    assert d.sim.levels(1)[0] == (5000.5, 12, 2)
    at(d, 4)
    assert d.sim.levels(1)[0] == (5000.0, 3, 1)


def test_a_limit_order_takes_to_its_price_and_its_rest_joins_the_book(market: Callable[..., Desk]) -> None:
    d = market([*ORDERS, trade(3, 10000, 1, ASK)])
    local = d.send(LIMIT, BUY, 6, 5000.0)
    at(d, 2)
    assert fills(d, local) == (1, 4, 5000.0)
    assert d.sim.levels(0)[0] == (5000.0, 2, 1) and d.sim.levels(1)[0][0] == 5000.5
    at(d, 4)
    assert fills(d, local) == (1, 5, 5000.0), "nobody was before us at a price of our own"


def test_a_recorded_order_that_comes_to_our_price_meets_us(market: Callable[..., Desk]) -> None:
    d = market([*ORDERS, order(2, DELETE, ASK, 4, 10000), order(3, ADD, ASK, 8, 10000, 3),
                order(4, ADD, ASK, 9, 10000, 9)])
    local = d.send(LIMIT, BUY, 9, 5000.0)
    at(d, 3.5)
    assert fills(d, local) == (1, 7, 5000.0)
    at(d, 4.5)
    assert fills(d, local) == (2, 9, 5000.0)


def test_an_order_never_trades_with_another_of_ours(market: Callable[..., Desk]) -> None:
    d = market([*ORDERS[:3], trade(50, 9999, 1, BID)])
    d.send(LIMIT, SELL, 2, 5000.0)
    at(d, 2)
    local = d.send(LIMIT, BUY, 2, 5000.0)
    at(d, 3)
    assert fills(d, local)[0] == 8 and "próprio comitente" in d.of(local)[-1][4]


def test_cancels_and_changes_reach_the_recorded_book(market: Callable[..., Desk]) -> None:
    d = market(ORDERS)
    local = d.send(LIMIT, BUY, 2, 4999.5)
    at(d, 2)
    assert d.sim.levels(0)[0] == (4999.5, 14, 3)
    assert d.cancel(local) == 0
    at(d, 3)
    assert fills(d, local)[0] == 4 and d.sim.levels(0)[0] == (4999.5, 12, 2)


# ---- stops, phases, images ---------------------------------------------------------------------------------


def test_a_stop_limit_fires_on_a_recorded_print(market: Callable[..., Desk]) -> None:
    d = market([*ORDERS, trade(2, 10000, 1, BID), trade(3, 10001, 1, BID)])
    local = d.send(STOP_LIMIT, BUY, 2, price=5001.0, stop=5000.5)
    at(d, 2.5)
    assert fills(d, local)[0] == 0
    at(d, 4)
    assert fills(d, local) == (2, 2, 5000.0), "the recorded book still showed four at 5000"


def test_recorded_phases_decide_and_the_close_expires_orders(market: Callable[..., Desk]) -> None:
    d = market([phase(0, 0), *ORDERS, phase(3, 4), trade(4, 9990, 3, code=4), phase(6, 6)])
    local = d.send(LIMIT, BUY, 4, 4999.5)
    at(d, 3.1)
    refused = d.send(LIMIT, BUY, 1, 4999.5)
    at(d, 5)
    assert fills(d, local) == (1, 3, 4999.5), "the auction went through our price"
    assert fills(d, refused)[0] == 8
    at(d, 7)
    assert fills(d, local)[:2] == (17, 3)
    assert [e[3] for e in d.sim.of("phase")] == [0, 0, 4, 6]


def test_a_new_image_replaces_the_recorded_orders_and_leaves_ours(market: Callable[..., Desk]) -> None:
    image = [order(3, IMAGE, BID, 11, 9997, 8), order(3, IMAGE, ASK, 12, 10003, 9)]
    image[0]["flags"] = Flag.FIRST
    d = market([*ORDERS, *image])
    d.send(LIMIT, BUY, 2, 4999.0)
    at(d, 4)
    assert d.sim.levels(0) == [(4999.0, 2, 1), (4998.5, 8, 1)] and d.sim.levels(1) == [(5001.5, 9, 1)]


def test_a_corrected_print_is_told_as_one_and_trades_with_nobody(market: Callable[..., Desk]) -> None:
    rows = [trade(2, 9998, 4, ASK), trade(3, 9998, 2, ASK), trade(3.5, 9999, 1, ASK)]
    for row, number in zip(rows, (10, 10, 20), strict=True):
        row["id"] = number
    rows[1]["flags"] = Flag.EDIT
    d = market([*ORDERS, *rows, {**trade(4, 9999, 1, ASK), "id": 30}], filler=40)
    local = d.send(LIMIT, BUY, 9, 4999.5)
    at(d, 5)
    assert [(e[2], e[6], e[11]) for e in d.sim.of("trade")] == [(10, 4, 0), (10, 2, 1), (20, 1, 0), (30, 1, 0)]
    assert fills(d, local)[:2] == (1, 4), "four through our price; the correction is no trade"
    assert d.sim.stat("play_skipped") == 0


# ---- other contracts, bad input ---------------------------------------------------------------------------


def test_other_contracts_have_their_letter_tick_and_lot(market: Callable[..., Desk], sim: Exchange) -> None:
    d = market([level(0, BID, 6_000_012, 400), level(0, ASK, 6_000_013, 400)],
               contract=generic("BTCUSDT", (1, 100), (1, 1000), 1.0), exchange="M")
    assert sim.dll.SubscribeTicker(sim.keep("BTCUSDT"), sim.keep("M")) == 0
    sim.until_rest()
    assert {(e[2], e[3]) for e in sim.of("tiny")} == {(60000.12, 400), (60000.13, 400)}
    d.sim.finish()
    d = market(LEVELS, contract=instrument("DOLX26"))
    refused = d.send(LIMIT, BUY, 3, 4999.5, symbol="DOLX26")
    taken = d.send(MARKET, BUY, 5, symbol="DOLX26")
    at(d, 2)
    assert fills(d, refused)[0] == 8 and "lote" in d.of(refused)[-1][4]
    assert fills(d, taken) == (2, 5, (4 * 5000.0 + 5000.5) / 5)


@pytest.mark.parametrize(("rows", "reason"), [
    ([trade(1, 10, 1), trade(0, 10, 1)], b"event 1 is earlier than the one before it"),
    ([trade(1, 0, 1)], b"event 0 is a print without a price"),
    ([trade(1, 10, 0)], b"event 0 is a print with an impossible quantity"),
    ([order(1, ADD, BID, 0, 10, 5)], b"event 0 has no order id"),
    ([order(1, 3, BID, 1, 10, 5)], b"event 0 has an action that is not add"),
    ([order(1, ADD, 0, 1, 10, 5)], b"event 0 has no side"),
    ([order(1, ADD, BID, 1, 10, 5), level(1, BID, 10, 5)], b"event 1 mixes rows of levels with rows of orders"),
    ([trade(1, 10, 1), trade(1, 2_000_000_000, 1)], b"span too many ticks"),
    ([{"ts_ns": 1, "kind": 40}], b"event 0 is of no known kind"),
])
def test_a_recording_that_cannot_be_played_is_refused_with_the_reason(
    sim: Exchange, rows: list[Row], reason: bytes
) -> None:
    assert load(sim, rows) == -2 and reason in sim.dll.SIM_Error()
    assert sim.stat("playing") == 0


def test_bad_files_are_refused_with_one_sentence(sim: Exchange, tmp_path: Path) -> None:
    path, events = tmp_path / "market.qtplay", recorded(ORDERS)
    good = play_header(WDO, len(events)).tobytes() + events.tobytes()
    cases = [(b"", b"shorter than a header"), (b"PAR1" + good[4:], b"does not begin with QTPLAY1"),
             (good[:-1], b"shorter or longer"), (good + b"\0", b"shorter or longer"),
             (good[:8] + b"\x7f" + good[9:], b"another version"), (good[:48] + bytes(4) + good[52:], b"tick"),
             (good[:16] + bytes(8) + good[24:], b"no events")]
    for content, reason in cases:
        path.write_bytes(content)
        assert sim.dll.SIM_Set(b"play", str(path).encode()) == -2
        assert reason in sim.dll.SIM_Error()
    assert sim.dll.SIM_Set(b"play", str(tmp_path / "none").encode()) == -2
    assert b"cannot be opened" in sim.dll.SIM_Error()
    path.write_bytes(good)
    sim.set(play=path)
    assert sim.stat("playing") == 1
    assert sim.dll.SIM_Set(b"day", b"2026-11-19") == -2 and b"brings its own day" in sim.dll.SIM_Error()
    sim.set(play="")
    assert sim.stat("playing") == 0
    sim.set(day="2026-11-18", symbol="WDOZ26")
