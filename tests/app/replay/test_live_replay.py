"""What a recorder keeps of a live run, fed to a new engine, makes the same rows at the same events, bit for bit."""
from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app.replay.files import SECOND, T0
from numpy.typing import NDArray

from qt_app.replay.recorder import Recorder
from qt_app.replay.recording import read_recording
from qt_core._types import EVENT_DTYPE, NO_PRICE, BookAction, Flag, Kind
from qt_core.engine import DUE_SAMPLE, Engine
from qt_core.ring import Ring

TICK, STEP = (1, 2), (1, 1)
SESSIONS = np.array([[T0 - 3600 * SECOND, T0 + 3600 * SECOND]])
FIELDS = int(Flag.HAS_PRICE | Flag.HAS_QTY | Flag.HAS_ID | Flag.HAS_AGENT)
Sample = tuple[int, int, bytes, bytes]


class Market:
    """Vendor events of a market that a seed determines: positional offers, one-sided quotes, prints, clock, state."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lists: dict[int, list[int]] = {1: [], -1: []}   # prices, best first
        self.now = T0
        self.ids = 1000

    def event(self, kind: Kind, **fields: int) -> NDArray[Any]:
        self.now += self.random.randrange(0, SECOND // 3)
        event = np.zeros(1, EVENT_DTYPE)
        for name, value in {"kind": int(kind), "ts_ns": self.now, "exch_ns": self.now - 7, "recv_ns": 99, "pos": -1,
                            **fields}.items():
            event[name] = value
        return event

    def price(self, side: int) -> int:
        return 10_500 - side * self.random.randrange(1, 12)

    def image(self, side: int) -> Iterator[NDArray[Any]]:
        prices = sorted((self.price(side) for _ in range(8)), reverse=side > 0)
        self.lists[side] = prices
        for k, price in enumerate(reversed(prices)):   # the vendor lists the worst first
            flags = (Flag.FIRST if k == 0 else 0) | (Flag.LAST if k == len(prices) - 1 else 0)
            yield self.offer(side, BookAction.IMAGE, len(prices) - 1 - k, price, 5, int(flags))

    def offer(self, side: int, action: BookAction, position: int, price: int, qty: int, flags: int = 0) -> NDArray[Any]:
        self.ids += 1
        return self.event(Kind.OFFER, code=int(action), side=side, pos=position, price=price, qty=qty, id=self.ids,
                          a=self.random.randrange(3, 20), flags=FIELDS | flags)

    def change(self) -> NDArray[Any]:
        side = self.random.choice((1, -1))
        prices = self.lists[side]
        if len(prices) < 4 or self.random.random() < 0.5:
            price = self.price(side)
            position = sum(1 for other in prices if other * side >= price * side)
            prices.insert(position, price)
            return self.offer(side, BookAction.ADD, position, price, self.random.randrange(1, 9))
        position = self.random.randrange(len(prices))
        if self.random.random() < 0.5:
            return self.event(Kind.OFFER, code=int(BookAction.EDIT), side=side, pos=position, qty=1,
                              flags=int(Flag.HAS_QTY))
        del prices[position]
        return self.event(Kind.OFFER, code=int(BookAction.DELETE), side=side, pos=position)

    def trade(self, kind: Kind = Kind.TRADE, number: int = 0, **fields: int) -> NDArray[Any]:
        side = self.random.choice((1, -1))
        self.ids += 1
        return self.event(kind, code=2 if side > 0 else 3, side=side, price=10_500 + self.random.randrange(-3, 4),
                          qty=self.random.randrange(1, 20), a=self.random.randrange(3, 20),
                          b=self.random.randrange(3, 20), id=number or self.ids, **fields)

    def anything(self) -> NDArray[Any]:
        quote = {"side": self.random.choice((1, -1)), "qty": 4}
        return self.random.choices([
            self.change, self.trade, lambda: self.event(Kind.CLOCK),
            lambda: self.event(Kind.TINY, price=self.price(quote["side"]), **quote),
            lambda: self.event(Kind.DAILY, price=10_500, qty=10**10, id=5), lambda: self.event(Kind.CONTROL, code=1),
            lambda: self.event(Kind.STATE, a=2, b=4), lambda: self.event(Kind.THEORETICAL, price=NO_PRICE),
            lambda: self.trade(flags=int(Flag.EDIT)), lambda: self.event(Kind.OFFER, code=2, side=1, pos=9999),
        ], [60, 25, 4, 8, 1, 1, 1, 1, 1, 0.2])[0]()

    def live(self, count: int) -> NDArray[Any]:
        both = [*self.image(1), *self.image(-1)]
        middle = [self.anything() for _ in range(count)]
        return np.concatenate([*both, *middle, *self.image(1), *self.image(-1),
                               *(self.anything() for _ in range(count)), self.event(Kind.CLOCK)])

    def warm_start(self) -> NDArray[Any]:
        """State and live events from now, mixed with prints of the past two minutes, which overlap the live ones."""
        live = [self.event(Kind.STATE, a=2, b=4), *self.image(1), *self.image(-1),
                *(self.anything() for _ in range(30))]
        start, self.now = self.now, T0 - 120 * SECOND
        past = []
        for number in range(400):
            print_ = self.trade(Kind.HISTORY, number=600 + number)
            print_["exch_ns"] = print_["ts_ns"] = min(int(self.now), T0)
            past.append(print_)
        past[-1]["flags"] |= int(Flag.DONE)
        self.now = start
        return np.concatenate([*live[:10], *past[:100], *live[10:], *past[100:]])


def engine(mode: Any) -> Engine:
    return Engine(tick=TICK, qty_step=STEP, sessions=SESSIONS, sample=mode, interval_ns=SECOND // 2)


def samples(engine: Engine, events: NDArray[Any], act: Callable[[int], None] = lambda done: None) -> list[Sample]:
    """Every row that falls due; ``act`` is called where the engine stopped."""
    found, done = [], 0
    while done < len(events):
        done = engine.feed(events, done)
        if engine.due & DUE_SAMPLE:
            found.append((engine.sample_ns, engine.seq, engine.row.tobytes(), engine.reading.tobytes()))
        act(done)
    return found


def recorded(folder: Path, engine: Engine, run: Callable[[], list[Sample]]) -> list[Sample]:
    engine.sink = Ring(1 << 16)
    recorder = Recorder(folder, "WDOZ26", engine.sink, tick=TICK, qty_step=STEP, synthetic=True, part_events=500)
    recorder.start()
    found = run()
    recorder.stop()
    assert recorder.stats()["missing"] == 0
    assert recorder.stats()["events"] == engine.seq
    return found


@pytest.mark.lengthy
@pytest.mark.parametrize("mode", ["interval", "trade", "close"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_recorded_run_replays_bit_for_bit(tmp_path: Path, seed: int, mode: str) -> None:
    events, live = Market(seed).live(1500), engine(mode)
    lost = iter([700])

    def act(done: int) -> None:
        if done >= 700 and next(lost, None):
            live.lose_book()

    found = recorded(tmp_path, live, lambda: samples(live, events, act))
    again = engine(mode)
    assert samples(again, read_recording(tmp_path).events) == found
    assert again.seq == live.seq
    assert len(found) > 50


@pytest.mark.lengthy
@pytest.mark.parametrize("mode", ["interval", "trade"])
@pytest.mark.parametrize("seed", [3, 4])
def test_a_recorded_warm_start_replays_bit_for_bit(tmp_path: Path, seed: int, mode: str) -> None:
    market, live = Market(seed), engine(mode)
    events = np.concatenate([market.warm_start(), market.live(800)])
    live.begin_backfill()
    found = recorded(tmp_path, live, lambda: samples(live, events))
    recording, again = read_recording(tmp_path), engine(mode)
    assert recording.warm_started
    again.begin_backfill()
    assert samples(again, recording.events) == found
    assert (again.seq, again.now_ns) == (live.seq, live.now_ns)
    assert live.counters()["history"] > 300
    assert len(found) > 50
