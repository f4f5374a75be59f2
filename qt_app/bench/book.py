"""Book events per second in replay: our engine against hftbacktest's ROI depth and NautilusTrader's book."""
# ruff: noqa: PLC0415  (peers are imported only where they are measured)
from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.bench import stream
from qt_app.bench.rounds import Aim, Section, interleave
from qt_core._types import BookAction
from qt_core.engine import Engine

CHANGES = 200_000
NAUTILUS_SHARE = 5


def ours(events: NDArray[Any]) -> float:
    """Events per second through the engine: book, quote, event time, counters."""
    engine = Engine(tick=(1, 2), sessions=None, sample="close", features=False, readings=False)
    begin = time.perf_counter()
    done = 0
    while done < len(events):
        done = engine.feed(events, done)
    return len(events) / (time.perf_counter() - begin)


def hftbacktest_events(events: NDArray[Any]) -> NDArray[Any]:
    """The same changes in the peer's record."""
    from hftbacktest import BUY_EVENT, DEPTH_EVENT, EXCH_EVENT, LOCAL_EVENT, SELL_EVENT
    from hftbacktest.types import event_dtype

    out = np.zeros(len(events), dtype=event_dtype)
    side = np.where(events["side"] > 0, BUY_EVENT, SELL_EVENT).astype(np.uint64)
    out["ev"] = DEPTH_EVENT | EXCH_EVENT | LOCAL_EVENT | side
    out["exch_ts"] = events["ts_ns"]
    out["local_ts"] = events["ts_ns"]
    out["px"] = events["price"] / 2.0
    out["qty"] = events["qty"]
    return out


def hftbacktest_roi(data: NDArray[Any]) -> float:
    """Events per second of the peer's fastest depth, its clock advanced in 10 ms steps inside compiled code."""
    from hftbacktest import BacktestAsset, ROIVectorMarketDepthBacktest

    low = float(data["px"].min()) - 10
    high = float(data["px"].max()) + 10
    asset = (BacktestAsset().data([data]).linear_asset(1.0).constant_latency(0, 0).risk_adverse_queue_model()
             .no_partial_fill_exchange().trading_value_fee_model(0.0, 0.0).tick_size(0.5).lot_size(1.0)
             .roi_lb(low).roi_ub(high))
    backtest = ROIVectorMarketDepthBacktest([asset])
    elapse = _elapse_all()
    begin = time.perf_counter()
    elapse(backtest)
    seconds = time.perf_counter() - begin
    backtest.close()
    return len(data) / seconds


@cache
def _elapse_all() -> Any:
    from numba import njit

    @njit
    def run(backtest):  # type: ignore[no-untyped-def]
        steps = 0
        while backtest.elapse(10_000_000) == 0:
            steps += 1
        return steps

    return run


def nautilus_deltas(events: NDArray[Any]) -> list[Any]:
    """The same changes as the peer's objects, made before the clock starts."""
    from nautilus_trader.model.data import BookOrder, OrderBookDelta
    from nautilus_trader.model.enums import BookAction as Action
    from nautilus_trader.model.enums import OrderSide
    from nautilus_trader.model.identifiers import InstrumentId
    from nautilus_trader.model.objects import Price, Quantity

    instrument = InstrumentId.from_str("WDO.B3")
    actions = {int(BookAction.ADD): Action.ADD, int(BookAction.EDIT): Action.UPDATE,
               int(BookAction.DELETE): Action.DELETE}
    sides = {1: OrderSide.BUY, -1: OrderSide.SELL}

    def delta(number: int, event: Any) -> Any:
        ticks, ts = int(event["price"]), int(event["ts_ns"])
        order = BookOrder(sides[int(event["side"])], Price(ticks / 2.0, 1), Quantity(int(event["qty"]), 0), ticks)
        return OrderBookDelta(instrument, actions[int(event["code"])], order, 0, number, ts, ts)

    return [delta(number, event) for number, event in enumerate(events)]


def nautilus(deltas: list[Any]) -> float:
    """Changes per second of the peer's level book."""
    from nautilus_trader.model.book import OrderBook
    from nautilus_trader.model.enums import BookType
    from nautilus_trader.model.identifiers import InstrumentId

    book = OrderBook(InstrumentId.from_str("WDO.B3"), BookType.L2_MBP)
    begin = time.perf_counter()
    for delta in deltas:
        book.apply_delta(delta)
    return len(deltas) / (time.perf_counter() - begin)


def measure(rounds: int, scale: float) -> Section:
    """All sides replay the same changes; the slow one a part of them."""
    events = stream.level_changes(max(1_000, round(CHANGES * scale)))
    section = Section("book changes per second")
    cases: dict[str, Callable[[], float]] = {"engine": partial(ours, events)}
    try:
        cases["hftbacktest_roi"] = partial(hftbacktest_roi, hftbacktest_events(events))
    except ImportError:
        section.absent.append("hftbacktest")
    try:
        cases["nautilus"] = partial(nautilus, nautilus_deltas(events[: len(events) // NAUTILUS_SHARE]))
    except ImportError:
        section.absent.append("nautilus_trader")
    section.cases = interleave(cases, rounds)
    section.add_ratio("engine", "hftbacktest_roi", Aim(at_least=1.0))
    section.add_ratio("engine", "nautilus", Aim(at_least=4.0))
    return section
