"""Options of the three charts (ECharts): price, depth of the book, result of the day."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qt_app.monitor.series import Candle
from qt_app.monitor.show.view import View

Options = dict[str, Any]

UP, DOWN, EVEN, LINE, INK, SOFT, GOLD = "#4da3ff", "#ff9a3d", "#8fa1b5", "#233042", "#dce6f2", "#8fa1b5", "#ffd34d"
SHOWN = 150
FONT = {"color": SOFT, "fontSize": 11}


def _figures(view: View) -> Options:
    """Labels of an axis, as the language writes numbers (the browser does it)."""
    locale = view.text.language.replace("_", "-")
    return {**FONT, ":formatter": f"value => value.toLocaleString('{locale}')"}


def price(view: View) -> Options:
    """Candles with volume; fills as triangles; average, stop and target as lines."""
    candles = view.monitor.candles.last(SHOWN)
    if (forming := _forming(view)) is not None:
        candles = [*candles, forming][-SHOWN:]
    times = [view.text.clock(candle.start_ns) for candle in candles]
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
                   "axisLabel": _figures(view), "minInterval": view.monitor.points or 0.5},
                  {"gridIndex": 1, "position": "right", "splitNumber": 2, "axisLabel": _figures(view),
                   "splitLine": {"show": False}}],
        "series": [_candles(view, candles), _fills(view, candles, 1), _fills(view, candles, -1),
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
                      "borderRadius": 3, "fontSize": 10, "position": "insideEndTop" if name else "end"}}


def _fills(view: View, candles: Sequence[Candle], side: int) -> Options:
    """A triangle up below a purchase, down above a sale; filled where it opened a position."""
    index = {candle.start_ns: i for i, candle in enumerate(candles)}
    period, colour = view.monitor.candles.period_ns or 1, UP if side > 0 else DOWN
    data = [{"value": [index[start], mark.price],
             "itemStyle": {"color": colour if mark.opens else "#0b1017", "borderColor": colour, "borderWidth": 2}}
            for mark in view.monitor.marks
            if mark.side == side and mark.price is not None
            and (start := mark.ts_ns // period * period) in index]
    return {"type": "scatter", "name": view.text.word("buy_fill" if side > 0 else "sell_fill"), "data": data,
            "symbol": "triangle", "symbolSize": 13, "symbolRotate": 0 if side > 0 else 180,
            "symbolOffset": [0, 12 * side], "z": 5}


def depth(view: View) -> Options:
    """Cumulative lots on either side of the middle."""
    book = view.market.get("book") or {"bids": [], "asks": []}
    series = [_side(view, book["bids"], "bid", UP, "solid"), _side(view, book["asks"], "ask", DOWN, "dashed")]
    return {"animation": False, "textStyle": FONT, "grid": {"left": 8, "right": 48, "top": 10, "bottom": 24},
            "xAxis": {"type": "value", "scale": True, "axisLabel": {**_figures(view), "hideOverlap": True},
                      "splitNumber": 4, "splitLine": {"show": False}, "axisLine": {"lineStyle": {"color": LINE}}},
            "yAxis": {"type": "value", "position": "right", "axisLabel": _figures(view), "splitNumber": 3,
                      "splitLine": {"lineStyle": {"color": LINE}}},
            "series": series}


def _side(view: View, levels: Sequence[Sequence[int]], name: str, colour: str, kind: str) -> Options:
    total, data = 0, []
    for ticks, lots, _ in levels:
        total += lots
        data.append([view.monitor.price(ticks), total])
    return {"type": "line", "step": "end", "name": view.text.word(name), "data": data, "symbol": "none",
            "lineStyle": {"color": colour, "width": 2, "type": kind}, "areaStyle": {"color": colour, "opacity": 0.16}}


def curve(view: View) -> Options:
    """Net BRL of the day against event time; the sign is told by the axis, not by colour alone."""
    points = list(view.monitor.curve)
    step = max(1, len(points) // 400)
    shown = points[::-step][::-1] if points else []
    last = shown[-1][1] if shown else 0.0
    colour = UP if last >= 0 else DOWN
    return {"animation": False, "textStyle": FONT, "grid": {"left": 8, "right": 56, "top": 10, "bottom": 22},
            "xAxis": {"type": "category", "data": [view.text.clock(ts) for ts, _ in shown],
                      "axisLabel": {**FONT, "hideOverlap": True}, "axisTick": {"show": False},
                      "axisLine": {"onZero": False, "lineStyle": {"color": LINE}}},
            "yAxis": {"type": "value", "scale": True, "position": "right", "axisLabel": _figures(view),
                      "splitNumber": 3, "splitLine": {"lineStyle": {"color": LINE}}},
            "series": [{"type": "line", "name": "R$", "data": [round(net, 2) for _, net in shown], "symbol": "none",
                        "lineStyle": {"color": colour, "width": 2}, "areaStyle": {"color": colour, "opacity": 0.14},
                        "markLine": {"symbol": "none", "silent": True, "animation": False, "label": {"show": False},
                                     "lineStyle": {"color": SOFT, "type": "dotted"}, "data": [{"yAxis": 0}]}}]}
