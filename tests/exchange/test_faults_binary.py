"""Hostility at binary level: dirt above narrow arguments, absurd values, wrong text, guarded memory."""

from __future__ import annotations

import ctypes as c
import math
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from exchange_harness import (
    F64,
    FUNCTYPE,
    I64,
    INVALID_ARGS,
    PTR,
    U32,
    Asset,
    AssetRec,
    Exchange,
    Group,
    Text,
    Trade,
)
from test_faults_delivery import played
from test_faults_orders import BUY, MARKET, FaultDesk

KINDS = ("trade", "offer", "depth", "tiny", "state", "daily")
Events = list[tuple[Any, ...]]


def masked(events: Events) -> Events:
    """Flags by their low byte, the only one that counts; states of the login aside."""
    return [(*e[:9], *(x & 0xFF for x in e[9:14]), *e[14:]) if e[0] == "offer" else e for e in events]


def test_dirt_above_narrow_arguments_changes_nothing_for_a_client_that_looks_at_its_own_bits(sim: Exchange) -> None:
    clean = played(sim, "", *KINDS, until="09:10:02", offers=True, depth=True)
    dirty = played(sim, '{kind = "garbage"}', *KINDS, until="09:10:02", offers=True, depth=True)
    assert masked(dirty) == masked(clean)
    flags = {x for e in dirty if e[0] == "offer" for x in e[9:14]}
    assert any(x > 0xFF for x in flags) and {x & 0xFF for x in flags} <= {0, 1}


def test_the_dirt_is_there_above_bit_31(sim: Exchange) -> None:
    seen: list[tuple[int, ...]] = []
    wide = FUNCTYPE(None, AssetRec, F64, I64, I64)(lambda a, price, qty, side: seen.append((qty, side)))
    sim.faults('{kind = "garbage"; callback = "tiny"}')
    sim.connect(start="09:10")
    assert sim.dll.SetTinyBookCallback(wide) == 0
    sim.subscribe()
    sim.run_until("09:10:05")
    assert seen and all(0 < qty & 0xFFFFFFFF < 100000 and side & 0xFFFFFFFF in (0, 1) for qty, side in seen)
    assert any(qty >> 32 for qty, _ in seen) and any(side >> 32 for _, side in seen)


def test_the_old_slots_are_dirty_too(sim: Exchange) -> None:
    """What an old-style function gets in its slot: 32-bit quantities whose upper halves are rubbish."""
    seen: list[tuple[Any, ...]] = []
    types = [AssetRec, Text, U32, F64, F64, I64, I64, I64, I64, I64]
    trade = FUNCTYPE(None, *types)(lambda a, date, number, price, money, *rest: seen.append((price, money, *rest)))
    sim.faults('{kind = "garbage"; callback = "trade"}')
    sim.connect(slots={"trade_v1": trade}, start="09:10")
    sim.subscribe()
    sim.run_until("09:10:05")
    assert seen and all(abs(p * 10 * (qty & 0xFFFFFFFF) - money) < 0.01 for p, money, qty, *_ in seen)
    assert any(qty >> 32 for _, _, qty, *_ in seen)


def values(sim: Exchange, callback: str, field: str, value: str, index: int) -> set[Any]:
    script = f'{{kind = "absurd"; callback = "{callback}"; field = "{field}"; value = "{value}"}}'
    events = played(sim, script, callback, until="09:10:03", offers=callback == "offer", depth=callback == "depth")
    found = {e[index] for e in events if e[0] == callback and not (callback == "offer" and e[2] == 4)}
    assert found
    return found


@pytest.mark.lengthy
@pytest.mark.parametrize(("callback", "field", "value", "index", "wanted"), [
    ("trade", "price", "inf", 5, {math.inf}),
    ("trade", "price", "zero", 5, {0.0}),
    ("trade", "qty", "huge", 6, {180_000_000_000_000_000}),
    ("trade", "type", "unknown", 10, {77}),
    ("trade", "number", "zero", 2, {0}),
    ("offer", "qty", "huge", 5, {180_000_000_000_000_000}),
    ("offer", "position", "huge", 3, {1_000_000}),
    ("offer", "position", "negative", 3, {-1}),
    ("offer", "side", "unknown", 4, {77}),
    ("depth", "position", "huge", 3, {1_000_000}),
    ("tiny", "price", "-inf", 2, {-math.inf}),
    ("tiny", "qty", "huge", 3, {2**31 - 1}),
])
def test_absurd_values_are_shown(
    sim: Exchange, callback: str, field: str, value: str, index: int, wanted: set[Any]
) -> None:
    assert values(sim, callback, field, value, index) == wanted


def test_not_a_number_is_shown(sim: Exchange) -> None:
    assert all(math.isnan(x) for x in values(sim, "trade", "price", "nan", 5))


@pytest.mark.lengthy
@pytest.mark.parametrize(("value", "year"), [("zero", "0000"), ("1970", "1970"), ("2099", "2099")])
def test_impossible_dates_are_shown(sim: Exchange, value: str, year: str) -> None:
    assert {x[6:].split()[0] for x in values(sim, "trade", "date", value, 3)} == {str(int(year))}
    assert {x[6:10] for x in values(sim, "daily", "date", value, 2)} == {year}


@pytest.mark.parametrize(("value", "text"), [
    ("unterminated", "WDOZ26" + "W" * 121), ("surrogate", "�D�Z26"), ("narrow", "䑗婏㘲")])
def test_wrong_text_is_shown(sim: Exchange, value: str, text: str) -> None:
    assert values(sim, "tiny", "text", value, 1) == {text}


def test_money_and_contracts_change_places(sim: Exchange) -> None:
    events = played(sim, '{kind = "swap"; callback = "trade"}', "trade", until="09:10:03")
    told = [e for e in events if e[0] == "trade"]
    assert told and all(e[6] == e[5] * 10 * e[7] for e in told)


def test_a_handle_that_is_not_the_one_in_flight(sim: Exchange) -> None:
    results: list[int] = []

    def trade(asset: Asset, handle: int, flags: int) -> None:
        results.append(sim.dll.TranslateTrade(handle, c.byref(Trade())))

    callback = FUNCTYPE(None, Asset, PTR, U32)(trade)
    sim.faults('{kind = "stale_handle"; callback = "trade"; every = 2}')
    sim.connect(start="09:10")
    assert sim.dll.SetTradeCallbackV2(callback) == 0
    sim.subscribe()
    sim.run_until("09:10:05")
    assert results[:4] == [0, INVALID_ARGS, 0, INVALID_ARGS]
    assert sim.stat("stale_handles") == results.count(INVALID_ARGS)


# ---- memory ----


def pages(sim: Exchange, script: str) -> list[bytes]:
    sim.arrays.clear()
    played(sim, script, "offer", until="09:10:01", offers=True)
    return [data for _, data in sim.arrays]


def date_lengths(page: bytes) -> list[int]:
    count, size = struct.unpack_from("<ii", page)
    at, found = 8, []
    for _ in range(count):
        (n,) = struct.unpack_from("<H", page, at + 28)
        found.append(n)
        at += 30 + n
    assert at + 4 == size == len(page)
    return found


def test_one_entry_of_a_page_has_no_date(sim: Exchange) -> None:
    found = [date_lengths(p) for p in pages(sim, '{kind = "missing_date"}')]
    assert found and all(n.count(0) == 1 and set(n) == {0, 23} for n in found if len(n) > 1)


def test_arrays_end_at_a_guarded_page_and_can_be_read_to_their_end(sim: Exchange) -> None:
    plain, guarded = pages(sim, ""), pages(sim, '{kind = "guard_pages"}')
    assert guarded == plain and sim.stat("freepointer_leaks") == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a crash has another code there")
def test_one_byte_behind_a_guarded_array_ends_the_process() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import ctypes\n"
        "from exchange_harness import DEFAULTS, Exchange\n"
        "sim = Exchange(); sim.set(**DEFAULTS); sim.faults('{kind = \"guard_pages\"}'); sim.free_arrays = False\n"
        "sim.connect('offer', start='09:10'); sim.subscribe(offers=True); sim.until_rest()\n"
        "p, data = sim.arrays[0]; print(ctypes.string_at(p, len(data)) == data, flush=True)\n"
        "ctypes.string_at(p, len(data) + 1)\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout == "True\n" and done.returncode < 0


def test_records_are_written_at_their_true_size(sim: Exchange) -> None:
    sim.faults('{kind = "full_records"}')
    sim.connect(start="09:10")
    sim.subscribe(depth=True)
    sim.until_rest()
    guarded = (c.c_uint8 * (c.sizeof(Group) + 16))(*[0x5A] * (c.sizeof(Group) + 16))
    guarded[0] = 0
    assert sim.dll.GetPriceGroup(c.byref(sim.asset()), c.c_uint8(0), c.c_int32(0), c.byref(guarded)) == 0
    assert bytes(guarded)[36:] == b"\xa5" * 4 + b"\x5a" * 16


def test_order_details_are_absurd_inside_the_callback_only(sim: Exchange) -> None:
    desk = FaultDesk(sim, '{kind = "absurd"; callback = "order"; field = "qty"; value = "huge"}')
    local = desk.send(MARKET, BUY, 1)
    desk.run()
    assert {e[6] for e in desk.of(local)} == {180_000_000_000_000_000}
    assert desk.position()[1].open == 1 and sim.stat("position") == 1
