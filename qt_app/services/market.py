"""What a screen draws: recent candles and prints, the book, our working orders, money by three assumptions, stages.

The engine's thread only copies, at most once per second of the wall clock and after the decision is made; the message
is shaped on the broadcaster's thread.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.latency import STAGES, Latencies
from qt_app.orders.account import Account
from qt_app.orders.trader import Trader
from qt_app.orders.working import Working
from qt_app.pipeline import Pipeline
from qt_app.risk.schedule import MINUTE_NS
from qt_app.risk.view import MarketView
from qt_app.services.broadcast import Broadcaster
from qt_app.votes import Decision

PERIOD_S = 1.0
CANDLES = 240       # closed ones in each message, so that who joins late has a chart
PRINTS = 60         # at least as many prints in each message
MOST_PRINTS = 600   # and never more: a reader sees by ``count`` what it missed
LEVELS = 10
BOOKS = ("pessimistic", "probable", "optimistic")
#: Upper ends of the latency classes, µs; the last class has none.
CLASSES_US = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class MarketTeller:
    """An output of the pipeline: the topic ``market``.

    ``names`` gives the names of brokers, as far as they are known. Prices are ticks (``tick`` is points per tick as a
    fraction), quantities lots, instants UTC ns.
    """

    def __init__(self, pipeline: Pipeline, out: Broadcaster, names: Callable[[Iterable[int]], Mapping[int, str]],
                 clock: Callable[[], float] = monotonic) -> None:
        self._pipeline = pipeline
        self._out = out
        self._names = names
        self._clock = clock
        self._next_s = 0.0
        self._told = 0      # prints of the session that were sent

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        """Copies the market when a second has passed since the last copy."""
        if self._clock() < self._next_s:
            return
        self._next_s = self._clock() + PERIOD_S
        engine, trader = self._pipeline.engine, self._pipeline.trader
        market, tape = engine.market, engine.market.tape
        new = tape.count - self._told if tape.count >= self._told else tape.count
        self._told = tape.count
        prints = tape.recent_prints(min(MOST_PRINTS, max(PRINTS, new)))
        candles, depth = market.candles.recent(CANDLES), market.depth(LEVELS)
        view, state, orders = MarketView.of(market, engine.now_ns), trader.state, tuple(trader.bracket.orders.values())
        period_ns, count = market.candles.period_ns, tape.count

        def shaped() -> Mapping[str, Any]:
            return {"quote": _quote(view), "session": _session(view, trader),
                    "candles": {"period_ns": period_ns, **_columns(candles)},
                    "tape": {"count": count, **_columns(prints)}, "brokers": self._names(_brokers(prints)),
                    "book": {"bids": depth[0], "asks": depth[1]},
                    "orders": {"state": state, "working": [_order(order) for order in orders]},
                    "money": _money(trader.account, view), "instrument": _instrument(trader.account),
                    "latency": _stages(self._pipeline.latencies)}

        self._out.send("market", decision.seq, decision.ts_ns, shaped)

    def record(self, kind: str, record: dict[str, Any]) -> None:
        """Orders have topics of their own."""


def _columns(rows: NDArray[Any]) -> dict[str, NDArray[Any]]:
    assert rows.dtype.names is not None
    return {name: np.ascontiguousarray(rows[name]) for name in rows.dtype.names}


def _brokers(prints: NDArray[Any]) -> list[int]:
    found: list[int] = np.unique(np.concatenate((prints["buyer"], prints["seller"]))).tolist()
    return found


def _quote(view: MarketView) -> dict[str, Any]:
    return {"bid": view.bid, "ask": view.ask, "last": view.last, "phase": view.phase, "quote_ns": view.quote_ns}


def _session(view: MarketView, trader: Trader) -> dict[str, Any]:
    flat_ns = None if view.close_ns is None else view.close_ns - trader.limits.flat_by_minutes * MINUTE_NS
    return {"open_ns": view.open_ns, "close_ns": view.close_ns, "flat_by_ns": flat_ns}


def _order(order: Working) -> dict[str, Any]:
    request = order.request
    return {"order_id": request.order_id, "purpose": order.purpose.value, "side": request.side, "qty": request.qty,
            "traded": order.traded, "price": request.price, "stop": request.stop, "stage": order.stage,
            "since_ns": order.since_ns}


def _money(account: Account, view: MarketView) -> dict[str, Any]:
    """Since the account began, by assumption about fills."""
    found: dict[str, Any] = {}
    for book in BOOKS:
        figures = account.figures(book, view.bid, view.ask)
        found[book] = {"realised_brl": figures.realised_brl, "open_brl": figures.open_brl, "net_brl": figures.net_brl}
    return {**found, "costs_brl": account.costs_brl}


def _instrument(account: Account) -> dict[str, Any]:
    instrument = account.instrument
    return {"tick": instrument.tick, "qty_step": instrument.qty_step, "point_value_brl": instrument.point_value_brl}


def _stages(latencies: Latencies) -> dict[str, Any]:
    """Of the recent window, by stage: percentiles in µs, and how many fell into each class."""
    return {"classes_us": CLASSES_US, "stages": {stage: _stage(latencies.kept(stage)) for stage in STAGES}}


def _stage(ns: NDArray[np.int64]) -> dict[str, Any]:
    if not len(ns):
        return {"p50": None, "p99": None, "max": None, "counts": [0] * (len(CLASSES_US) + 1)}
    us = ns / 1000
    p50, p99 = np.percentile(us, (50, 99)).round(1).tolist()
    counts = np.bincount(np.searchsorted(CLASSES_US, us, side="left"), minlength=len(CLASSES_US) + 1)
    return {"p50": p50, "p99": p99, "max": round(float(us.max()), 1), "counts": counts.tolist()}
