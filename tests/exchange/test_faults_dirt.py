"""Dirt above narrow arguments, callback by callback: the low bits are those of a clean session, the rest is rubbish."""

from __future__ import annotations

import ctypes as c
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from exchange_desk import Desk
from exchange_harness import CALLBACKS, DEFAULTS, FUNCTYPE, I32, I64, TRADE_V1, U8, U16, U32, Exchange, wide
from test_faults_orders import BUY, MARKET

CLEAN: dict[Any, int] = {I32: 0xFFFFFFFF, U32: 0xFFFFFFFF, U16: 0xFF, U8: 0xFF}
#: two clients: one of the first forms of the callbacks, one of the second
FIRST = ("daily", "phase", "progress", "account", "history_v1", "price_book", "change", "past")
SECOND = ("trade", "history", "price_book_v2", "change_v2", "past_v2")
Calls = dict[str, list[tuple[int, ...]]]

pytestmark = pytest.mark.skipif(c.sizeof(c.c_void_p) == 4, reason="an argument has no upper half on 32 bits")


def types_of(kind: str) -> list[Any]:
    return TRADE_V1 if kind == "history_v1" else CALLBACKS[kind][1]


def cleaned(kind: str, calls: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    masks = [CLEAN[t] for t in types_of(kind) if t in CLEAN]
    return [tuple(x & mask for x, mask in zip(call, masks, strict=True)) for call in calls]


class WideClient:
    """A client whose callbacks take 64 bits wherever the interface says fewer; it keeps those arguments."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self.calls: Calls = defaultdict(list)
        self.procs = {kind: self.proc(kind) for kind in kinds}

    def proc(self, kind: str) -> Any:
        types = types_of(kind)
        narrow = [i for i, t in enumerate(types) if t in CLEAN]

        def called(*args: Any) -> None:
            self.calls[kind].append(tuple(args[i] for i in narrow))

        return FUNCTYPE(None, *(I64 if t in CLEAN else t for t in types))(called)

    def day(self, sim: Exchange, script: str) -> Calls:
        """A few seconds with an order, its history and the day's prints so far."""
        sim.faults(script)
        slots = {kind: p for kind, p in self.procs.items() if kind in ("account", "history_v1")}
        desk = Desk(sim, start="09:10", speed=0, hold=1, slots=slots)
        sim.until_rest()    # what the desk's subscription brings has passed before anybody listens
        for kind in set(self.procs) - set(slots):
            assert getattr(sim.dll, CALLBACKS[kind][0])(self.procs[kind]) == 0
        sim.subscribe()
        assert sim.dll.SubscribePriceBook(wide("WDOZ26"), wide("F")) == 0
        sim.until_rest()
        local = desk.send(MARKET, BUY, 2)
        sim.run_until("09:10:03")
        day = [wide(f"18/11/2026 {clock}") for clock in ("09:09:50", "09:10:03")]
        assert sim.dll.GetHistoryTrades(wide("WDOZ26"), wide("F"), *day) == 0
        assert sim.dll.GetOrderProfitID(I64(local)) == 0
        sim.until_rest()
        sim.finish()
        return self.calls


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[Calls, Calls]]:
    """The narrow arguments of a clean and of a dirty day, by callback."""
    sim, days = Exchange(), []
    sim.set(**DEFAULTS)
    for script in ("", '{kind = "garbage"}'):
        days.append(WideClient(FIRST).day(sim, script) | WideClient(SECOND).day(sim, script))
    yield days[0], days[1]
    sim.faults("")


@pytest.mark.lengthy
@pytest.mark.parametrize("kind", FIRST + SECOND)
def test_every_narrow_argument_is_dirty_and_means_the_same(kind: str, told: tuple[Calls, Calls]) -> None:
    clean, dirty = (day[kind] for day in told)
    assert clean and cleaned(kind, dirty) == cleaned(kind, clean)
    assert all(any(x >> 32 not in (0, -1) for x in argument) for argument in zip(*dirty, strict=True))


def test_only_the_callback_that_the_script_names_is_dirty(sim: Exchange) -> None:
    calls = WideClient(FIRST).day(sim, '{kind = "garbage"; callback = "progress"}')
    assert sim.stat("faults") == len(calls["progress"]) > 0
