"""Charts as inline SVG: lines, bars and a grid of shaded cells. No script, no network, sharp in print."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor, isfinite, log10
from typing import Literal

from qt_app.report.numbers import Numbers

Point = tuple[float, float]
Style = Literal["main", "soft", "second", "dashed"]

WIDTH, HEIGHT = 900, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 16, 14, 44
_LETTER = 6.6       # width of a letter of a name, about
_LONGEST = 18       # letters of a slanting name
_SLANT = 52         # what slanting names need below the axis
_STROKE: dict[Style, str] = {
    "main": 'stroke="#0b5cad" stroke-width="2"', "soft": 'stroke="#8fb4d9" stroke-width="1.3"',
    "second": 'stroke="#b3261e" stroke-width="1.6"', "dashed": 'stroke="#5b6b7b" stroke-dasharray="5 4"'}
_GOOD, _BAD = "#0b5cad", "#b3261e"


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
    """Every series in one plane, with a legend. A plane without any point says so by being empty."""
    known = [point for line in series for point in line.points if isfinite(point[1])]
    x_ticks = _ticks([x for x, _ in known])
    plane = _Plane(_span([x for x, _ in known], ()), _span([y for _, y in known], (0.0,)))
    names = _thinned(axes.x_names) if axes.x_names else [(x, _short(x, x_ticks, numbers)) for x in x_ticks]
    drawn = [f'<path d="{plane.path(line.points)}" fill="none" {_STROKE[line.style]}/>' for line in series]
    return _svg(plane.frame(names, axes, numbers) + drawn + _legend(series), height=HEIGHT + plane.foot(names))


def bars(names: Sequence[str], values: Sequence[float], axes: Axes, numbers: Numbers) -> str:
    """A bar per name, from zero; below zero in another colour."""
    plane = _Plane((-0.5, max(len(values), 1) - 0.5), _span([v for v in values if isfinite(v)], (0.0,)))
    wide, shown = max(1.0, (plane.x(1) - plane.x(0)) * 0.7), _thinned(list(enumerate(names)), 30)
    drawn = []
    for at, value in enumerate(values):
        if isfinite(value):
            top, foot = sorted((plane.y(value), plane.y(0.0)))
            drawn.append(f'<rect x="{plane.x(at) - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}" '
                         f'height="{max(foot - top, 0.5):.1f}" fill="{_GOOD if value >= 0 else _BAD}">'
                         f"<title>{escape(names[at])}: {numbers.number(value, 2)}</title></rect>")
    return _svg(plane.frame(shown, axes, numbers) + drawn, height=HEIGHT + plane.foot(shown))


def cells(rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float]], numbers: Numbers,
          decimals: int = 0) -> str:
    """A grid of figures, shaded by size; below zero in another colour."""
    wide, high = max(40.0, (WIDTH - 150) / max(len(columns), 1)), 26.0
    most = max((abs(v) for line in values for v in line if isfinite(v)), default=0.0) or 1.0
    drawn = [f'<text x="{150 + (at + 0.5) * wide:.1f}" y="16" text-anchor="middle">{escape(name)}</text>'
             for at, name in enumerate(columns)]
    for down, (name, line) in enumerate(zip(rows, values, strict=True)):
        y = 24 + down * high
        drawn.append(f'<text x="142" y="{y + 17:.1f}" text-anchor="end">{escape(name)}</text>')
        for at, value in enumerate(line):
            strength = 0.75 * abs(value) / most if isfinite(value) else 0.0
            x = 150 + at * wide
            drawn.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide - 2:.1f}" height="{high - 2:.1f}" '
                         f'fill="{_GOOD if value >= 0 else _BAD}" fill-opacity="{strength:.3f}" stroke="#d8dfe6"/>'
                         f'<text x="{x + wide / 2:.1f}" y="{y + 17:.1f}" text-anchor="middle">'
                         f"{numbers.number(value, decimals)}</text>")
    return _svg(drawn, round(150 + wide * max(len(columns), 1)), round(30 + high * len(rows)))


@dataclass(frozen=True, slots=True)
class _Plane:
    """Data to pixels."""

    x_span: tuple[float, float]
    y_span: tuple[float, float]

    def x(self, value: float) -> float:
        low, high = self.x_span
        return _LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.y_span
        return HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)

    def path(self, points: Sequence[Point]) -> str:
        found, pen = [], "M"
        for x, y in points:
            if isfinite(y):
                found.append(f"{pen}{self.x(x):.1f} {self.y(y):.1f}")
            pen = "L" if isfinite(y) else "M"
        return "".join(found)

    def foot(self, names: Sequence[tuple[float, str]]) -> int:
        """Room below the plane, for names that slant because they would run into each other."""
        room = min((self.x(b) - self.x(a) for (a, _), (b, _) in pairwise(names)), default=WIDTH)
        return _SLANT if any(len(name) * _LETTER > room for _, name in names) else 0

    def _names(self, names: Sequence[tuple[float, str]], slanting: bool) -> Iterator[str]:
        for x, name in names:
            at, down = self.x(x), HEIGHT - _BOTTOM + 18
            if not slanting:
                yield f'<text x="{at:.1f}" y="{down}" text-anchor="middle">{escape(name)}</text>'
                continue
            # names often differ at their end
            shown = name if len(name) <= _LONGEST else f"{name[:8]}…{name[9 - _LONGEST:]}"
            at, down = at + 4, down - 4
            yield (f'<text x="{at:.1f}" y="{down}" text-anchor="end" transform="rotate(-35 {at:.1f} {down})">'
                   f"{escape(shown)}<title>{escape(name)}</title></text>")

    def frame(self, x_names: Sequence[tuple[float, str]], axes: Axes, numbers: Numbers) -> list[str]:
        ticks = _ticks(list(self.y_span))
        drawn = []
        for value in ticks:
            if self.y_span[0] <= value <= self.y_span[1]:
                y, shade = self.y(value), "#8b98a5" if value == 0 else "#e6ebf0"
                drawn.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{shade}"/>'
                             f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
                             f"{_short(value, ticks, numbers)}</text>")
        foot = self.foot(x_names)
        drawn += self._names([(x, name) for x, name in x_names if self.x_span[0] <= x <= self.x_span[1]], foot > 0)
        middle = (HEIGHT - _BOTTOM) / 2
        drawn.append(f'<text x="14" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 14 {middle:.0f})" '
                     f'fill="#5b6b7b">{escape(axes.y)}</text>')
        drawn.append(f'<text x="{(WIDTH + _LEFT) / 2:.0f}" y="{HEIGHT + foot - 6}" text-anchor="middle" fill="#5b6b7b">'
                     f"{escape(axes.x)}</text>")
        return drawn


def _svg(drawn: Sequence[str], width: int = WIDTH, height: int = HEIGHT) -> str:
    return (f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" fill="#1c2733">'
            + "".join(drawn) + "</svg>")


def _legend(series: Sequence[Line]) -> list[str]:
    drawn, x = [], _LEFT + 8.0
    for line in series:
        drawn.append(f'<line x1="{x:.0f}" x2="{x + 22:.0f}" y1="{_TOP}" y2="{_TOP}" {_STROKE[line.style]}/>'
                     f'<text x="{x + 28:.0f}" y="{_TOP + 4}">{escape(line.name)}</text>')
        x += 44 + 7 * len(line.name)
    return drawn


def _span(values: Sequence[float], also: Sequence[float]) -> tuple[float, float]:
    """From the least to the greatest, never empty, with a little room."""
    low, high = min([*values, *also], default=0.0), max([*values, *also], default=1.0)
    room = (high - low) * 0.04 or max(abs(high), 1.0) * 0.5
    return low - room * (low not in also or low == high), high + room


def _ticks(values: Sequence[float]) -> list[float]:
    """About five round figures over the values."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high <= low:
        return [low]
    rough = (high - low) / 5
    size = 10.0 ** floor(log10(rough))
    step = size * next(nice for nice in (1, 2, 5, 10) if nice * size >= rough)
    return [round(at * step, 12) for at in range(ceil(low / step), floor(high / step) + 1)]


def _short(value: float, ticks: Sequence[float], numbers: Numbers) -> str:
    """With as many decimals as the ticks need to differ."""
    step = min((b - a for a, b in pairwise(ticks)), default=abs(value) or 1.0)
    return numbers.number(value, max(0, -floor(log10(step))) if step > 0 else 0)


def _thinned(names: Sequence[tuple[float, str]], most: int = 10) -> list[tuple[float, str]]:
    """At most so many, evenly chosen, the first among them."""
    return list(names[::max(1, ceil(len(names) / most))])
