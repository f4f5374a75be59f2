"""Options of charts (ECharts): depth of the book, result of the day, and what every chart shares."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qt_app.monitor.show.view import View

Options = dict[str, Any]

UP, DOWN, EVEN, LINE, INK, SOFT, GOLD = "#4da3ff", "#ff9a3d", "#8fa1b5", "#233042", "#dce6f2", "#8fa1b5", "#ffd34d"
FONT = {"color": SOFT, "fontSize": 11}


def figures(view: View) -> Options:
    """Labels of an axis, as the language writes numbers (the browser does it)."""
    locale = view.text.language.replace("_", "-")
    return {**FONT, ":formatter": f"value => value.toLocaleString('{locale}')"}


def depth(view: View) -> Options:
    """Cumulative lots on either side of the middle."""
    book = view.market.get("book") or {"bids": [], "asks": []}
    series = [_side(view, book["bids"], "bid", UP, "solid"), _side(view, book["asks"], "ask", DOWN, "dashed")]
    return {"animation": False, "textStyle": FONT, "grid": {"left": 8, "right": 48, "top": 10, "bottom": 24},
            "xAxis": {"type": "value", "scale": True, "axisLabel": {**figures(view), "hideOverlap": True},
                      "splitNumber": 4, "splitLine": {"show": False}, "axisLine": {"lineStyle": {"color": LINE}}},
            "yAxis": {"type": "value", "position": "right", "axisLabel": figures(view), "splitNumber": 3,
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
            "yAxis": {"type": "value", "scale": True, "position": "right", "axisLabel": figures(view),
                      "splitNumber": 3, "splitLine": {"lineStyle": {"color": LINE}}},
            "series": [{"type": "line", "name": "R$", "data": [round(net, 2) for _, net in shown], "symbol": "none",
                        "lineStyle": {"color": colour, "width": 2}, "areaStyle": {"color": colour, "opacity": 0.14},
                        "markLine": {"symbol": "none", "silent": True, "animation": False, "label": {"show": False},
                                     "lineStyle": {"color": SOFT, "type": "dotted"}, "data": [{"yAxis": 0}]}}]}
