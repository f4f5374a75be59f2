"""What a reader who comes late would have seen: the topic ``history``.

The engine's thread copies a row per decision and a little more once a second; everything is folded and shaped on the
broadcaster's thread.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.calendar import day_ns
from qt_app.orders.account import day_of
from qt_app.pipeline import Pipeline
from qt_app.risk.view import MarketView
from qt_app.services.broadcast import Broadcaster
from qt_app.services.course import Bars, Curve, Spreads
from qt_app.votes import Decision
from qt_core.features.registry import NAMES

FIRST_S = 1.0           # after the first decision
PERIOD_S = 10.0
LOOK_S = 1.0            # between two points of the curve
COURSE = 40             # rows of each message
CANDLES = 512           # closed ones that are looked at first: all that the engine keeps
FILLS = 300             # newest ones in each message
PENDING = 4000          # rows that may wait for the broadcaster; an accelerated market has many in a second


class Day:
    """The day so far, folded on one thread; another day of event time begins it anew."""

    def __init__(self) -> None:
        self._begin(0, 0)

    def _begin(self, since_ns: int, end_ns: int) -> None:
        self._since_ns, self._end_ns = since_ns, end_ns
        self._spreads = Spreads()
        self._rows: deque[tuple[int, NDArray[np.float64]]] = deque(maxlen=COURSE)
        self._curve = Curve()
        self._bars = Bars()

    def row(self, ts_ns: int, row: NDArray[np.float64]) -> None:
        if ts_ns >= self._end_ns:
            self._begin(*day_ns(day_of(ts_ns)))
        self._spreads.add(ts_ns, row)
        self._rows.append((ts_ns, row))

    def look(self, ts_ns: int, net_brl: float | None, candles: NDArray[Any]) -> None:
        """Result and closed candles at a moment, after the row of that moment."""
        if net_brl is not None:
            self._curve.add(ts_ns, net_brl)
        new = candles[candles["start_ns"] > self._bars.until_ns]
        self._bars.add({name: new[name].tolist() for name in Bars.COLUMNS}, self._since_ns)

    def told(self, fills: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        return {"names": NAMES, "spread": self._spreads.told(), "curve": self._curve.told(),
                "rows": {"ts_ns": [ts for ts, _ in self._rows],
                         "values": np.array([row for _, row in self._rows], dtype=np.float32)},
                "bars": self._bars.told(), "fills": [fill for fill in fills if fill["ts_ns"] >= self._since_ns]}


class DayTeller:
    """An output of the pipeline: the topic ``history``. Prices are ticks, quantities lots, instants UTC ns, money BRL.

    Everything is of this run and of its newest day. ``lines`` gives the newest lines of the log.
    """

    def __init__(self, pipeline: Pipeline, out: Broadcaster, lines: Callable[[], Sequence[Mapping[str, Any]]],
                 clock: Callable[[], float] = monotonic) -> None:
        self._pipeline = pipeline
        self._lines = lines
        self._out = out
        self._clock = clock
        self._next_s: float | None = None
        self._look_s = 0.0
        self._looked_ns = 0
        self._day = Day()
        self._waiting: deque[Callable[[], None]] = deque(maxlen=PENDING)
        self._waited = 0        # things that were put there since the last message
        self._fills: deque[dict[str, Any]] = deque(maxlen=FILLS)

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        """Copies the row; result and candles when a second has passed; sends when it is time."""
        now_s, ts_ns, kept = self._clock(), decision.ts_ns, row.copy()
        self._wait(lambda: self._day.row(ts_ns, kept))
        if self._next_s is None:
            self._next_s = now_s + FIRST_S
        if now_s >= self._look_s:
            self._look_s = now_s + LOOK_S
            self._look(ts_ns)
        if now_s >= self._next_s or self._waited >= PENDING // 2:
            self._next_s, self._waited = now_s + PERIOD_S, 0
            self._send(decision)

    def record(self, kind: str, record: dict[str, Any]) -> None:
        if kind == "fill":
            self._fills.append({name: record[name] for name in ("ts_ns", "side", "qty", "price", "position")})

    def _wait(self, fold: Callable[[], None]) -> None:
        self._waiting.append(fold)
        self._waited += 1

    def _look(self, ts_ns: int) -> None:
        engine = self._pipeline.engine
        view = MarketView.of(engine.market, engine.now_ns)
        net = self._pipeline.trader.account.day(view.bid, view.ask).net_brl
        since, self._looked_ns = self._looked_ns, ts_ns
        candles = engine.market.candles.recent(min(CANDLES, (ts_ns - since) // engine.market.candles.period_ns + 2))
        self._wait(lambda: self._day.look(ts_ns, net, candles))

    def _send(self, decision: Decision) -> None:
        """What waits now, and nothing that comes later, is in the message: a reader can count on from there."""
        last, fills, tick = self._waiting[-1], tuple(self._fills), self._pipeline.trader.account.instrument.tick

        def shaped() -> Mapping[str, Any]:
            folded = None
            while folded is not last and self._waiting:
                folded = self._waiting.popleft()
                folded()
            return {**self._day.told(fills), "tick": tick, "log": self._lines()}

        self._out.send("history", decision.seq, decision.ts_ns, shaped)
