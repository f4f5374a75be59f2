"""Charts of the pages: lines, bars and a grid of shaded figures, drawn by Matplotlib into inline SVG.

The SVG holds text as text, no script and no address, and is sharp in print. Equal input makes equal bytes.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, isfinite, nan
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes as Plane
from matplotlib.axis import Axis
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from qt_app.report.numbers import Numbers
from qt_app.report.svg import inline

Point = tuple[float, float]
Style = Literal["main", "soft", "second", "dashed"]

#: Inches; a page is 900 CSS pixels wide and Matplotlib's SVG has 72 points to the inch.
WIDTH, HEIGHT, _ROW, _POINT = 900 / 72, 320 / 72, 28 / 72, 12.0
_INK, _SOFT, _AXIS, _GRID, _FRAME = "#1c2733", "#5b6b7b", "#8b98a5", "#e6ebf0", "#d8dfe6"
_GOOD, _BAD = "#0b5cad", "#b3261e"
_STROKE: dict[Style, dict[str, Any]] = {
    "main": {"color": _GOOD, "linewidth": 2.0}, "soft": {"color": "#8fb4d9", "linewidth": 1.3},
    "second": {"color": _BAD, "linewidth": 1.6}, "dashed": {"color": _SOFT, "linewidth": 1.2, "linestyle": (0, (5, 4))}}
_NAMES = 10         # names along an axis of figures
_BAR_NAMES = 30     # names under bars
_LABELLED = 14      # so many bars have their figures written on them
_FEW = 6            # fewer bars are narrower than their room
_DECIMALS = 9
_LONGEST = 18       # letters of a slanting name
_LETTER = 0.62      # width of a letter, in sizes of the font
_LOOK: dict[Any, Any] = {
    "font.size": _POINT, "font.family": "sans-serif", "text.color": _INK, "axes.labelcolor": _SOFT, "xtick.color": _INK,
    "ytick.color": _INK, "axes.edgecolor": _AXIS, "axes.spines.top": False, "axes.spines.right": False,
    "axes.spines.left": False, "axes.grid.axis": "y", "axes.grid": True, "grid.color": _GRID, "axes.axisbelow": True,
    "xtick.major.size": 0, "ytick.major.size": 0, "axes.unicode_minus": False, "legend.frameon": False,
    "axes.labelsize": _POINT}


@dataclass(frozen=True, slots=True)
class Line:
    """Points in the order of x; where y is not finite the line is broken."""

    name: str
    points: Sequence[Point]
    style: Style = "main"


@dataclass(frozen=True, slots=True)
class Axes:
    """Names of both axes; ``x_names`` are shown at x in place of figures."""

    x: str
    y: str
    x_names: Sequence[tuple[float, str]] = ()


def lines(series: Sequence[Line], axes: Axes, numbers: Numbers) -> str:
    """Every series in one plane that holds zero, with a legend; without any point the plane is empty."""
    with mpl.rc_context(_LOOK):
        figure, plane = _plane(axes, numbers)
        if not any(line.points for line in series):
            plane.set_xticks([])
            plane.set_yticks([])
        for line in series:
            x, y = (np.array([point[at] for point in line.points], dtype=float) for at in (0, 1))
            y[~np.isfinite(y)] = nan
            plane.plot(x, y, label=line.name, **_STROKE[line.style])
        if axes.x_names:
            _name(plane, _thinned(axes.x_names, _NAMES))
        else:
            plane.xaxis.set_major_formatter(_figures(numbers, plane.xaxis))
        plane.margins(x=0.02)
        if series:
            figure.legend(loc="outside upper left", ncols=len(series), handlelength=2.2)
        return inline(figure)


def bars(names: Sequence[str], values: Sequence[float], axes: Axes, numbers: Numbers) -> str:
    """A bar per name, from zero; below zero in another colour. A few bars bear their figures."""
    with mpl.rc_context(_LOOK):
        figure, plane = _plane(axes, numbers)
        known = [value if isfinite(value) else nan for value in values]
        wide = 0.7 * min(1.0, (len(known) + 1) / _FEW)
        made = plane.bar(range(len(known)), known, width=wide, color=[_BAD if v < 0 else _GOOD for v in known])
        if len(known) <= _LABELLED:
            decimals = 2 if max(map(abs, filter(isfinite, known)), default=0.0) < 100 else 0
            plane.bar_label(made, [numbers.number(v, decimals) for v in known], padding=2, fontsize=_POINT - 1)
        plane.set_xlim(-0.5, max(len(known), 1) - 0.5)
        plane.margins(y=0.1)
        _name(plane, _thinned(list(enumerate(names)), _BAR_NAMES))
        return inline(figure)


def cells(rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float]], numbers: Numbers,
          decimals: int = 0) -> str:
    """A grid of figures, shaded by size; below zero in another colour."""
    found = [(at, down, value) for down, line in enumerate(values) for at, value in enumerate(line)]
    most = max((abs(value) for _, _, value in found if isfinite(value)), default=0.0) or 1.0
    with mpl.rc_context({**_LOOK, "axes.grid": False, "axes.spines.bottom": False}):
        figure = Figure(figsize=(WIDTH, _ROW * (len(rows) + 1.5)), layout="constrained")
        plane = figure.add_subplot()
        for at, down, value in found:
            shade = to_rgba(_BAD if value < 0 else _GOOD, 0.75 * abs(value) / most if isfinite(value) else 0.0)
            plane.bar(at, 0.92, 0.96, down - 0.46, color=[shade], edgecolor=_FRAME, linewidth=0.6)
            plane.text(at, down, numbers.number(value, decimals), ha="center", va="center")
        plane.set_xlim(-0.5, max(len(columns), 1) - 0.5)
        plane.set_ylim(max(len(rows), 1) - 0.5, -0.5)
        plane.set_xticks(range(len(columns)), columns)
        plane.set_yticks(range(len(rows)), rows)
        plane.xaxis.tick_top()
        return inline(figure)


def _plane(axes: Axes, numbers: Numbers) -> tuple[Figure, Plane]:
    """With a line at zero, which is always in it."""
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    plane = figure.add_subplot(xlabel=axes.x, ylabel=axes.y)
    plane.yaxis.set_major_locator(MaxNLocator(6))
    plane.yaxis.set_major_formatter(_figures(numbers, plane.yaxis))
    plane.axhline(0.0, color=_AXIS, linewidth=0.8, zorder=1)
    return figure, plane


def _figures(numbers: Numbers, axis: Axis) -> FuncFormatter:
    """Ticks with as many decimals as their step has."""
    def shown(value: float, at: int | None) -> str:
        step = min((float(b - a) for a, b in pairwise(axis.get_majorticklocs())), default=value) or 1.0
        return numbers.number(value, next(d for d in range(_DECIMALS + 1) if d == _DECIMALS or _is_whole(step * 10**d)))

    return FuncFormatter(shown)


def _is_whole(value: float) -> bool:
    return abs(value) >= 0.5 and abs(value - round(value)) < 1e-6 * abs(value)


def _name(plane: Plane, names: Sequence[tuple[float, str]]) -> None:
    """Names along x; they slant, and the long ones lose their middle, where they would run into each other."""
    low, high = plane.get_xlim()
    inner = WIDTH * 72 * 0.9 / (high - low)
    room = min(((b - a) * inner for (a, _), (b, _) in pairwise(names)), default=WIDTH * 72)
    slanting = any(len(name) * _LETTER * _POINT > room for _, name in names)
    plane.xaxis.set_major_locator(FixedLocator([x for x, _ in names]))
    if slanting:
        plane.set_xticklabels([_short(name) for _, name in names], rotation=35, ha="right", rotation_mode="anchor")
    else:
        plane.set_xticklabels([name for _, name in names])


def _short(name: str) -> str:
    """Names often differ at their end."""
    return name if len(name) <= _LONGEST else f"{name[:8]}…{name[9 - _LONGEST:]}"


def _thinned(names: Sequence[tuple[float, str]], most: int) -> list[tuple[float, str]]:
    """At most so many, evenly chosen, the first among them."""
    return list(names[::max(1, ceil(len(names) / most))])
