"""Options of the price's chart (ECharts), in two views: the newest minutes candle by candle, and the whole day."""
from __future__ import annotations

from collections.abc import Sequence

from qt_app.monitor.series import Candle
from qt_app.monitor.show.charts import DOWN, EVEN, FONT, GOLD, INK, LINE, UP, Options, figures
from qt_app.monitor.show.view import View
from qt_app.services.course import BAR_NS

SHOWN = 150


def newest(view: View) -> Options:
    """The engine's own candles."""
    candles, period = view.monitor.candles.last(SHOWN), view.monitor.candles.period_ns
    if (forming := _forming(view)) is not None:
        candles = [*candles, forming][-SHOWN:]
    return _price(view, candles, period, [view.text.clock(candle.start_ns) for candle in candles])


def day(view: View) -> Options:
    """Bars of a minute, as far back as the engine knows the day."""
    tick = view.monitor.points or 1.0
    bars = [Candle.of(row, tick) for row in view.monitor.bars.rows()]
    return _price(view, bars, BAR_NS, [view.text.clock(bar.start_ns)[:5] for bar in bars])


def _price(view: View, candles: Sequence[Candle], period: int, times: Sequence[str]) -> Options:
    """Candles with volume; fills as triangles; average, stop and target as lines."""
    volumes = [{"value": c.volume, "itemStyle": {"color": UP if c.close >= c.open else DOWN, "opacity": 0.45}}
               for c in candles]
    return {
        "animation": False, "textStyle": FONT,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "cross"}, "backgroundColor": "#17212e",
                    "borderColor": LINE, "textStyle": {"color": INK, "fontSize": 12}},
        "axisPointer": {"link": [{"xAxisIndex": "all"}], "label": {"backgroundColor": "#2a3a4f"}},
        "grid": [{"left": 8, "right": 74, "top": 12, "bottom": "27%"},
                 {"left": 8, "right": 74, "bottom": 24, "height": "15%"}],
        "xAxis": [_times(times, 0, shown=False), _times(times, 1, shown=True)],
        "yAxis": [{"scale": True, "position": "right", "splitLine": {"lineStyle": {"color": LINE}},
                   "axisLabel": figures(view), "minInterval": view.monitor.points or 0.5},
                  {"gridIndex": 1, "position": "right", "splitNumber": 2, "axisLabel": figures(view),
                   "splitLine": {"show": False}}],
        "series": [_candles(view, candles), _fills(view, candles, period, 1),
                   _fills(view, candles, period, -1),
                   {"type": "bar", "name": view.text.word("volume"), "data": volumes, "xAxisIndex": 1, "yAxisIndex": 1,
                    "barWidth": "70%"}],
    }


def _times(times: Sequence[str], grid: int, *, shown: bool) -> Options:
    return {"type": "category", "data": times, "gridIndex": grid, "boundaryGap": True,
            "axisLine": {"lineStyle": {"color": LINE}}, "axisTick": {"show": False},
            "axisLabel": {**FONT, "show": shown, "hideOverlap": True}, "splitLine": {"show": False}}


def _forming(view: View) -> Candle | None:
    """The candle that is not closed yet, as far as its prints were seen."""
    newest, period = view.monitor.candles.last(1), view.monitor.candles.period_ns
    if not newest:
        return None
    start = newest[-1].start_ns + period
    rows = [row for row in view.monitor.tape.prints if row.ts_ns >= start]
    if not rows:
        return None
    prices = [row.price for row in rows]
    bought, sold = (sum(row.qty for row in rows if row.side == side) for side in (1, -1))
    return Candle(rows[0].ts_ns // period * period, prices[0], max(prices), min(prices), prices[-1],
                  sum(row.qty for row in rows), bought, sold)


def _candles(view: View, candles: Sequence[Candle]) -> Options:
    return {"type": "candlestick", "name": view.text.word("price"),
            "data": [[c.open, c.close, c.low, c.high] for c in candles],
            "itemStyle": {"color": UP, "borderColor": UP, "color0": "transparent", "borderColor0": DOWN},
            "markLine": {"symbol": "none", "animation": False, "silent": True, "data": _levels(view)}}


def _levels(view: View) -> list[Options]:
    """Last price, average, stop and target; each named, so that colour never has to tell it."""
    t, m = view.text, view.monitor
    found = [(view.market.get("quote", {}).get("last"), "", EVEN, "dotted")]
    for order in view.market.get("orders", {}).get("working", ()):
        ticks = order["price"] if order["stop"] is None else order["stop"]
        colour = DOWN if order["purpose"] == "stop" else UP if order["purpose"] == "target" else INK
        found.append((ticks, t.reason(order["purpose"]), colour, "dashed"))
    lines = [_level(view, m.price(ticks), *rest) for ticks, *rest in found if ticks is not None]
    average = None if m.held is None else m.held["avg_price"]
    return lines if average is None else [*lines, _level(view, average, t.word("average"), GOLD, "solid")]


def _level(view: View, value: float | None, name: str, colour: str, kind: str) -> Options:
    shown = f"{name} {view.points(value)}".strip()
    return {"yAxis": value, "lineStyle": {"color": colour, "type": kind, "width": 1.2},
            "label": {"formatter": shown, "color": "#0b1017", "backgroundColor": colour, "padding": [2, 4],
                      "borderRadius": 3, "fontSize": 10, "position": "insideStartTop" if name else "end"}}


def _fills(view: View, candles: Sequence[Candle], period: int, side: int) -> Options:
    """A triangle up below a purchase, down above a sale; filled where it opened a position."""
    index = {candle.start_ns: i for i, candle in enumerate(candles)}
    colour = UP if side > 0 else DOWN
    data = [{"value": [index[start], view.monitor.price(mark.price)],
             "itemStyle": {"color": colour if mark.opens else "#0b1017", "borderColor": colour, "borderWidth": 2}}
            for mark in view.monitor.marks
            if mark.side == side and (start := mark.ts_ns // (period or 1) * (period or 1)) in index]
    return {"type": "scatter", "name": view.text.word("buy_fill" if side > 0 else "sell_fill"), "data": data,
            "symbol": "triangle", "symbolSize": 13, "symbolRotate": 0 if side > 0 else 180,
            "symbolOffset": [0, 12 * side], "z": 5}
