"""Messages as an engine tells them, for a monitor without one."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import orjson

from qt_app.latency import STAGES
from qt_app.monitor.state import Monitor
from qt_app.services.broadcast import OPTIONS
from qt_app.services.course import Bars
from qt_app.services.day import Day
from qt_core.features.registry import NAMES

NS = 1_000_000_000
START = 1_795_095_000 * NS      # 19/11/2026 10:30:00 in Sao Paulo


class Engine:
    """Counts its messages as the broadcaster does."""

    def __init__(self, symbol: str = "WDOZ26", session: str = "20261119-103000", synthetic: bool = True) -> None:
        self.n = 0
        self.logged = -1
        self.symbol, self.session, self.synthetic = symbol, session, synthetic

    def body(self, ts_ns: int | None, **payload: Any) -> dict[str, Any]:
        self.n += 1
        return {**payload, "v": 1, "n": self.n - 1, "seq": self.n * 10, "ts_ns": ts_ns, "symbol": self.symbol,
                "synthetic": self.synthetic}

    def heartbeat(self, ts_ns: int = START, log_left_out: int = 0) -> tuple[str, dict[str, Any]]:
        return "heartbeat", self.body(ts_ns, state="running", age_ms=3.0, log_left_out=log_left_out)

    def features(self, values: Sequence[float | None], ts_ns: int) -> tuple[str, dict[str, Any]]:
        return "features", self.body(ts_ns, names=list(NAMES), values=list(values))

    def decision(self, action: str = "hold", reason: str = "HOLD", ts_ns: int = START) -> tuple[str, dict[str, Any]]:
        return "decision", self.body(ts_ns, action=action, reason=reason, confidence=0.7, p=[0.1, 0.2, 0.7])

    def votes(self, ts_ns: int = START) -> tuple[str, dict[str, Any]]:
        return "votes", self.body(ts_ns, votes=[
            {"voter": "model", "p": [0.2, 0.3, 0.5], "age_ns": 0, "reason": "MODEL"},
            {"voter": "order_flow", "p": [0.0, 0.4, 0.6], "age_ns": 44_000_000, "reason": "BUY IMBALANCE"},
            {"voter": "liquidity", "p": None, "age_ns": 227 * NS, "reason": "STALE book 227.0 s"}])

    def order(self, event: str, **rest: Any) -> tuple[str, dict[str, Any]]:
        return "order", self.body(START, event=event, **rest)

    def fill(self, side: int, price: int, position: int, ts_ns: int) -> tuple[str, dict[str, Any]]:
        return "fill", self.body(ts_ns, event="fill", order_id=4, side=side, qty=1, price=price, cost_probable=price,
                                 cost_optimistic=price, position=position, realised_brl=0.0, costs_brl=1.1)

    def alert(self, code: str = "FEED_STALE", message: str = "old", over: bool = False) -> tuple[str, dict[str, Any]]:
        return "alert", self.body(START, level="WARNING", code=code, key="", component="Feed", message=message, data={},
                                  count=1, over=over, was="", at="2026-11-19T10:30:00.000-03:00")

    def log(self, message: str = "recording closed", level: str = "INFO", component: str = "Recorder",
            trace: int | None = None, number: int | None = None, **data: Any) -> tuple[str, dict[str, Any]]:
        self.logged = self.logged + 1 if number is None else number
        return "log", self.body(START, number=self.logged, at="2026-11-19T10:30:00.000-03:00", level=level,
                                component=component, message=message, data=data, trace=trace)

    def market(self, candles: Iterable[tuple[int, int, int, int, int]] = (), prints: Sequence[tuple[int, int, int, int]]
               = (), count: int | None = None, ts_ns: int = START, tick: tuple[int, int] = (1, 2),
               working: Sequence[dict[str, Any]] = ()) -> tuple[str, dict[str, Any]]:
        """``candles``: (start, open, high, low, close); ``prints``: (ts, ticks, lots, side)."""
        rows = list(candles)
        names = ("start_ns", "open", "high", "low", "close")
        columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
        columns |= {"volume": [9] * len(rows), "buy": [5] * len(rows), "sell": [4] * len(rows),
                    "trades": [3] * len(rows)}
        tape = {"ts_ns": [p[0] for p in prints], "price": [p[1] for p in prints], "qty": [p[2] for p in prints],
                "side": [p[3] for p in prints], "buyer": [3] * len(prints), "seller": [8] * len(prints),
                "code": [13 if p[3] == 0 else 2 for p in prints], "count": len(prints) if count is None else count}
        book = {"bids": [[10_809 - i, 100 + i, 10] for i in range(10)],
                "asks": [[10_810 + i, 80 + i, 8] for i in range(10)]}
        figures = {"realised_brl": 10.0, "open_brl": -5.0, "net_brl": 2.8}
        stage = {"p50": 30.0, "p99": 900.0, "max": 2500.0, "counts": [0, 5, 4, 0, 0, 1, 0, 0, 0, 0]}
        return "market", self.body(
            ts_ns, quote={"bid": 10_809, "ask": 10_810, "last": 10_810, "phase": 0, "quote_ns": ts_ns},
            session={"open_ns": START - 5400 * NS, "close_ns": START + 9 * 3600 * NS,
                     "flat_by_ns": START + 8 * 3600 * NS},
            candles={"period_ns": 5 * NS, **columns}, tape=tape, book=book, brokers={"3": "IPÊ-ROXO <b>"},
            orders={"state": "protected" if working else "flat", "working": list(working)},
            money={"pessimistic": figures, "probable": figures, "optimistic": {**figures, "net_brl": 7.8},
                   "costs_brl": 2.2},
            instrument={"tick": list(tick), "qty_step": [1, 1], "point_value_brl": 10.0},
            latency={"classes_us": [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
                     "stages": dict.fromkeys(STAGES, stage)})

    def history(self, rows: Sequence[Sequence[float]] = (), curve: Sequence[tuple[int, float]] = (),
                fills: Sequence[tuple[int, int, int, int]] = (), bars: Sequence[Sequence[int]] = (), until_ns: int = 0,
                log: Sequence[dict[str, Any]] = ()) -> tuple[str, dict[str, Any]]:
        """``rows``: one a second from START on; ``fills``: (ts, side, price, position); ``bars`` as told by columns."""
        day = Day()
        for i, row in enumerate(rows):
            day.row(START + i * NS, np.array(row))
        told = day.told([dict(zip(("ts_ns", "side", "price", "position"), fill, strict=True), qty=1) for fill in fills])
        told |= {"curve": curve, "log": log, "tick": (1, 2),
                 "bars": {"until_ns": until_ns, **{name: [bar[i] for bar in bars]
                                                   for i, name in enumerate(Bars.COLUMNS)}}}
        return "history", self.body(START, **orjson.loads(orjson.dumps(told, option=OPTIONS)))

    def metrics(self, ts_ns: int = START, uptime_s: float = 10.0, events: int = 1000, pnl: float | None = 2.8,
                frozen: Sequence[str] = (), **rest: Any) -> tuple[str, dict[str, Any]]:
        limits = {"max_position": 1, "min_confidence": 0.6, "max_daily_trades": 10, "max_daily_loss_brl": 500.0,
                  "max_daily_drawdown_brl": 750.0, "max_losses_in_row": 0, "orders_per_minute": 100,
                  "stale_after_ms": 5000}
        document = {
            "session_id": self.session, "state": "running", "mode": "paper", "uptime_s": uptime_s, "restarts": 0,
            "pnl": pnl, "features": {"constant_names": list(frozen)},
            "decision": {"latency_ms": {"mean": 1.0, "p50": 0.8, "p90": 2.0, "p99": 3.0, "max": 4.0}},
            "feed": {"source": "sim", "state": "connected", "connected": True, "age_ms": 5.0, "trades": events,
                     "book": 0, "quotes": 0, "dropped": 0, "refused": {}},
            "position": {"contracts": 1, "avg_price": 5404.5}, "reconciled": {"equal": True, "difference": ""},
            "pnl_detail": {"net_brl": pnl, "drawdown_brl": 600.0, "today": 3, "wins": 2, "losses": 1},
            "risk": {"state": "active", "blocks": [], "limits": limits,
                     "used": {"max_daily_trades": 4.0, "max_losses_in_row": 1.0, "orders_per_minute": 2.0}},
            "alerts": {"active": []}, "model": {"id": "m-1", "synthetic": True},
            "process": {"rss_mb": 300.0, "disk_free_gb": 72.0, "queue_depths": {"broadcast_dropped": 0},
                        "supervisor": {"pid": 7, "alive": True}}}
        return "metrics", {**self.body(ts_ns), **document, **rest}


def told(*messages: tuple[str, dict[str, Any]], now_s: float = 0.0, monitor: Monitor | None = None) -> Monitor:
    """A monitor that has heard them."""
    heard = monitor or Monitor()
    for topic, body in messages:
        heard.take(topic, body, now_s)
    return heard


def everything(engine: Engine) -> list[tuple[str, dict[str, Any]]]:
    """One message of each topic, in the order of a run."""
    candles = [(START + i * 5 * NS, 10_800 + i, 10_804 + i, 10_798 + i, 10_802 + i) for i in range(4)]
    prints = [(START + 20 * NS + i, 10_806 + i % 2, 1 + i, (1, -1, 0)[i % 3]) for i in range(9)]
    stop = {"order_id": 5, "purpose": "stop", "side": -1, "qty": 1, "traded": 0, "price": 10_750, "stop": 10_755,
            "stage": "accepted", "since_ns": START}
    return [engine.heartbeat(), engine.features([float(i) for i in range(len(NAMES))], START), engine.votes(),
            engine.decision("buy", "BUY"), engine.metrics(), engine.market(candles, prints, working=[stop]),
            engine.order("order", order_id=4, purpose="entry", side=1, qty=1, price=10_810, stop=None, reason="BUY"),
            engine.fill(1, 10_804, 1, START + 6 * NS), engine.alert(), engine.log(),
            engine.history([[float(i)] * len(NAMES) for i in range(40)], [(START, 1.5)],
                           [(START + 6 * NS, 1, 10_804, 1)], [(START, 10_800, 10_810, 10_790, 10_805, 9, 5, 4)], START)]
