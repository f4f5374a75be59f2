"""The price and quantity steps of a recording: given, recorded, known for the contract, or inferred.

Prices travel as integer ticks and come back as ticks * num / den, correctly rounded, so any grid on which every
price lies gives the same points; which one was used is still stated (``Grid.source``).
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.instruments import Instrument, instrument

Step = tuple[int, int]  # num / den points or contracts

_DECIMALS = 8                                   # finest decimal looked for
_KIND_WORDS = frozenset({"trades", "book", "l1", "candles", "control", "m1", "m5"})
_LARGEST_TICKS = 2**31 - 1
_LARGEST_LOTS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Grid:
    """Steps as num/den, and where they come from: arguments, metadata, instrument SYMBOL or inferred."""

    tick: Step
    qty_step: Step
    source: str


def parse_step(text: str) -> Step:
    """Step of a decimal or a fraction: ``"0.5"`` and ``"1/2"`` give (1, 2).

    Raises ValueError when it is not a positive number.
    """
    match = re.fullmatch(r"(\d+)(?:/(\d+)|\.(\d+))?", text.strip())
    if match is None:
        raise ValueError(f"step {text!r} is not a positive decimal or fraction such as 0.5 or 1/2")
    whole, divisor, decimals = match.groups()
    num, den = (int(whole), int(divisor)) if divisor else (int(whole + (decimals or "")), 10 ** len(decimals or ""))
    if num == 0 or den == 0:
        raise ValueError(f"step {text!r} is not positive")
    return reduced(num, den)


def format_step(step: Step) -> str:
    """``"num/den"``, the form kept in metadata."""
    return f"{step[0]}/{step[1]}"


def reduced(num: int, den: int) -> Step:
    common = gcd(num, den)
    return num // common, den // common


def infer_step(values: NDArray[np.float64]) -> Step | None:
    """Coarsest of the steps 10^k, 5 * 10^k and 25 * 10^k (k down to -8) on which every positive value lies exactly.

    None when there is no positive value, or one that needs finer decimals. A value lies on the grid when the nearest
    multiple, divided out with correct rounding, is that very float64.
    """
    positive = np.unique(values[values > 0])
    if not len(positive):
        return None
    decimals = _exact_decimals(positive)
    if decimals is None:
        return None
    units = np.rint(positive * 10.0**decimals).astype(np.int64)
    return _coarsest(int(np.gcd.reduce(units)), decimals)


def _exact_decimals(values: NDArray[np.float64]) -> int | None:
    """Fewest decimals that write every value exactly; None when eight don't."""
    for decimals in range(_DECIMALS + 1):
        scale = 10.0**decimals
        units = np.rint(values * scale)
        if units[-1] >= 2.0**53:
            return None
        if np.array_equal(units / scale, values):
            return decimals
    return None


def _coarsest(common: int, decimals: int) -> Step:
    """Largest 10^k, 5 * 10^k or 25 * 10^k that divides ``common`` units of 10^-decimals."""
    ten, best = 1, 1
    while ten <= common:
        best = max([best, *(ten * head for head in (1, 5, 25) if common % (ten * head) == 0)])
        ten *= 10
    return reduced(best, 10**decimals)


def on_grid(values: NDArray[np.float64], step: Step) -> NDArray[np.int64]:
    """Steps in each value, 2^53 at most; -1 where the value is off the grid, negative or not finite.

    Tolerance 1e-6 of a step, as at the live door.
    """
    num, den = step
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = values * den / num
        nearest = np.rint(scaled)
        good = (np.abs(scaled - nearest) <= 1e-6 * np.maximum(1.0, np.abs(scaled) * 1e-3)) & (nearest >= 0)
    return np.where(good, np.minimum(nearest, 2.0**53), -1).astype(np.int64)


def to_values(steps: NDArray[np.int64] | NDArray[np.int32], step: Step) -> NDArray[np.float64]:
    """Steps back to points or contracts, correctly rounded (one division of exact integers)."""
    return (steps.astype(np.int64) * step[0]) / np.float64(step[1])


def symbol_of(path: Path, metadata: Mapping[str, str]) -> str:
    """Symbol of a file: its metadata, else the B3 contract in its name, else the name's last word.

    Words that say the kind of file, and numbers, do not count.
    """
    if metadata.get("symbol"):
        return metadata["symbol"]
    words = [word.upper() for word in re.split(r"[_\-.\s]+", path.stem) if word]
    named = [word for word in words if word.lower() not in _KIND_WORDS and not word.isdigit()]
    contracts = [word for word in named if contract(word)]
    return [path.stem.upper(), *named, *contracts[-1:]][-1]


def contract(symbol: str) -> Instrument | None:
    """The B3 contract that the symbol names, None when it is something else."""
    try:
        return instrument(symbol)
    except DataError:
        return None


def largest(kind: str) -> int:
    """Largest number of steps that an event holds: ``"tick"`` int32, ``"lot"`` one thousand million."""
    return _LARGEST_TICKS if kind == "tick" else _LARGEST_LOTS


def given(tick: Step | None, qty_step: Step | None) -> Grid | None:
    """The caller's grid, when it names both steps."""
    return Grid(tick, qty_step, "arguments") if tick and qty_step else None


def recorded(metadata: Mapping[str, str]) -> Grid | None:
    """Grid in the metadata of one of our recordings."""
    if "tick" not in metadata or "qty_step" not in metadata:
        return None
    return Grid(parse_step(metadata["tick"]), parse_step(metadata["qty_step"]), "metadata")


def inferred(prices: Iterable[NDArray[np.float64]], quantities: Iterable[NDArray[np.float64]]) -> Grid | None:
    """Grid on which all the values lie, with lots of one contract at most; None when no such grid exists."""
    tick = infer_step(_joined(prices))
    num, den = infer_step(_joined(quantities)) or (1, 1)
    return None if tick is None else Grid(tick, (num, den) if num < den else (1, 1), "inferred")


def _joined(columns: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    parts = [np.unique(column[np.isfinite(column)]) for column in columns]
    return np.concatenate(parts) if parts else np.empty(0)
