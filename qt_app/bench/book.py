"""Book events per second in replay: our engine against hftbacktest's ROI depth and NautilusTrader's book."""
from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.bench import stream
from qt_app.bench.rounds import interleave, ratio
from qt_core._types import BookAction
from qt_core.engine import Engine

CHANGES = 200_000
NAUTILUS_CHANGES = 40_000


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
    out["ev"] = DEPTH_EVENT | EXCH_EVENT | LOCAL_EVENT | np.where(events["side"] > 0, BUY_EVENT, SELL_EVENT).astype(np.uint64)
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


def _elapse_all() -> Any:
    from numba import njit

    global _COMPILED  # noqa: PLW0603
    if _COMPILED is None:
        @njit
        def run(backtest):  # type: ignore[no-untyped-def]
            steps = 0
            while backtest.elapse(10_000_000) == 0:
                steps += 1
            return steps

        _COMPILED = run
    return _COMPILED


_COMPILED: Any = None


def nautilus_deltas(events: NDArray[Any]) -> list[Any]:
    """The same changes as the peer's objects, made before the clock starts."""
    from nautilus_trader.model.data import BookOrder, OrderBookDelta
    from nautilus_trader.model.enums import BookAction as Action
    from nautilus_trader.model.enums import OrderSide
    from nautilus_trader.model.identifiers import InstrumentId
    from nautilus_trader.model.objects import Price, Quantity

    instrument = InstrumentId.from_str("WDO.B3")
    actions = {int(BookAction.ADD): Action.ADD, int(BookAction.EDIT): Action.UPDATE, int(BookAction.DELETE): Action.DELETE}
    sides = {1: OrderSide.BUY, -1: OrderSide.SELL}
    return [OrderBookDelta(instrument, actions[int(e["code"])],
                           BookOrder(sides[int(e["side"])], Price(e["price"] / 2.0, 1), Quantity(int(e["qty"]), 0), int(e["price"])),
                           0, i, int(e["ts_ns"]), int(e["ts_ns"])) for i, e in enumerate(events)]


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


def measure(rounds: int) -> dict[str, Any]:
    """The section of the report; peers that are not installed are named as absent."""
    events = stream.level_changes(CHANGES)
    cases = {"engine": lambda: ours(events)}
    absent: list[str] = []
    try:
        data = hftbacktest_events(events)
        cases["hftbacktest_roi"] = lambda: hftbacktest_roi(data)
    except ImportError:
        absent.append("hftbacktest")
    try:
        deltas = nautilus_deltas(events[:NAUTILUS_CHANGES])
        cases["nautilus"] = lambda: nautilus(deltas)
    except ImportError:
        absent.append("nautilus_trader")
    done = interleave(cases, rounds)
    return {"unit": "book changes per second", "absent": absent, "cases": {name: one.as_dict() for name, one in done.items()},
            "ratios": {f"engine / {peer}": ratio(done["engine"], done[peer]) for peer in done if peer != "engine"}}
