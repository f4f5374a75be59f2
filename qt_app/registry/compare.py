"""Champion and challenger on the same future events: what a shadow wrote down, judged by what came after.

An instant's class is what a round trip over the horizon would have earned at the quotes of decision instants: buy when
bid(t + h) - ask(t) beats the costs, sell when bid(t) - ask(t + h) does, else hold; unresolved where a quote is missing
or the run ended before. The P&L takes each model's decision (with the same agents), one position at a time, enters at
the quote of the next instant, leaves after the horizon or at the opposite decision, and pays the costs; what is open
at the end counts for nothing. Both are judged
on exactly the same rows; intervals are of the difference, resampled in blocks of an hour (Kuensch 1989).
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.votes import ACTIONS

NS = 1_000_000_000
BLOCK_NS = 3600 * NS
DRAWS = 2000
LEVEL = 0.95
FLOOR = 1e-15
SELL, HOLD, BUY = range(3)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """``horizon_ns`` of a round trip, its cost in ticks, and the money of a tick of one contract."""

    horizon_ns: int
    cost_ticks: float
    tick_value_brl: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows of one run: (n,) each, ``p`` (n, 3); quotes are NaN where there was none, actions index ACTIONS."""

    run: str
    synthetic: bool
    ts_ns: NDArray[np.int64]
    bid: Floats
    ask: Floats
    p: dict[str, Floats]
    action: dict[str, NDArray[np.int64]]


SIDES = ("champion", "challenger")


def stretches(runs: Path, champion: str, challenger: str) -> Iterator[Stretch]:
    """What the runs below ``runs`` wrote of these two models (digests), oldest first. Raises DataError."""
    for folder in sorted(path for path in runs.glob("*") if path.is_dir()):
        parts = sorted(folder.glob("shadow-*.parquet"))
        tables = [table for table in map(_read, parts) if len(table)]
        kept = [table.filter(pa.compute.and_(pa.compute.equal(table["champion"], champion),
                                             pa.compute.equal(table["challenger"], challenger))) for table in tables]
        whole = [table for table in kept if len(table)]
        if whole:
            meta = whole[0].schema.metadata or {}
            yield _stretch(folder.name, meta.get(b"synthetic") == b"true", pa.concat_tables(whole))


def _read(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        words = str(error).splitlines()[0]
        raise DataError(f"{path} cannot be read ({words}): remove it, its votes are lost") from error


def _stretch(run: str, synthetic: bool, table: pa.Table) -> Stretch:
    def column(name: str) -> Floats:
        return np.asarray(table[name].to_numpy(), dtype=np.float64)

    return Stretch(
        run, synthetic, table["ts_ns"].to_numpy(), column("bid"), column("ask"),
        {side: np.column_stack([column(f"{side}_{action}") for action in ACTIONS]) for side in SIDES},
        {side: np.array([ACTIONS.index(name) for name in table[f"{side}_action"].to_pylist()], dtype=np.int64)
         for side in SIDES})


# ---- what came after


def classes(rows: Stretch, terms: Terms) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(class of each instant, whether it is known)."""
    later = np.searchsorted(rows.ts_ns, rows.ts_ns + terms.horizon_ns, side="right") - 1
    inside = rows.ts_ns + terms.horizon_ns <= rows.ts_ns[-1]
    up, down = rows.bid[later] - rows.ask, rows.bid - rows.ask[later]
    label = np.where(up > terms.cost_ticks, BUY, np.where(down > terms.cost_ticks, SELL, HOLD))
    return label, inside & np.isfinite(up) & np.isfinite(down)


def trades(rows: Stretch, action: NDArray[np.int64], terms: Terms) -> list[tuple[int, float]]:
    """(row of the exit, net ticks) of each round trip, one position at a time."""
    found, side, entry, entered = [], 0, 0.0, 0
    for at in range(1, len(rows.ts_ns)):
        bid, ask, wish = rows.bid[at], rows.ask[at], int(action[at - 1]) - HOLD
        if not (np.isfinite(bid) and np.isfinite(ask)):
            continue
        due = side and (wish == -side or rows.ts_ns[at] - rows.ts_ns[entered] >= terms.horizon_ns)
        if due:
            found.append((at, (bid - entry if side > 0 else entry - ask) - terms.cost_ticks))
            side = 0
        elif not side and wish:
            side, entry, entered = wish, (ask if wish > 0 else bid), at
    return found


# ---- the figures


def compare(rows: list[Stretch], terms: Terms, seed: int = 0) -> dict[str, Any]:
    """Log-loss, Brier and P&L of both, and the challenger's minus the champion's with its interval.

    Raises DataError when there is nothing to compare.
    """
    judged = [_judge(stretch, terms) for stretch in rows]
    if not sum(len(one.loss["champion"]) for one in judged):
        raise DataError("nothing to compare yet: no row on which both voted and whose outcome is known; let the shadow "
                        "run for longer than the horizon")
    rng = np.random.default_rng(seed)
    return {
        "runs": [stretch.run for stretch in rows], "synthetic": any(stretch.synthetic for stretch in rows),
        "rows": sum(len(one.block) for one in judged), "horizon_s": terms.horizon_ns / NS,
        "cost_ticks": terms.cost_ticks, **{side: _figures(judged, side) for side in SIDES},
        "difference": {
            "log_loss": _interval([_by_block(one.block, _difference(one.loss)) for one in judged], rng, mean=True),
            "brier": _interval([_by_block(one.block, _difference(one.brier)) for one in judged], rng, mean=True),
            "pnl_brl": _interval([_money_by_block(one) for one in judged], rng, mean=False)}}


@dataclass(frozen=True, slots=True)
class _Judged:
    block: NDArray[np.int64]                        # hour of each judged row
    loss: dict[str, Floats]
    brier: dict[str, Floats]
    money: dict[str, list[tuple[int, float]]]       # (hour, BRL) of each trade
    hours: NDArray[np.int64]                        # of the whole stretch


def _judge(rows: Stretch, terms: Terms) -> _Judged:
    label, known = classes(rows, terms)
    known &= np.isfinite(rows.p["champion"]).all(axis=1) & np.isfinite(rows.p["challenger"]).all(axis=1)
    hour, target = rows.ts_ns // BLOCK_NS, np.eye(3)[label[known]]
    p = {side: rows.p[side][known] for side in SIDES}
    own = {side: np.clip((values * target).sum(axis=1), FLOOR, 1.0) for side, values in p.items()}
    money = {side: [(int(hour[at]), ticks * terms.tick_value_brl)
                    for at, ticks in trades(rows, rows.action[side], terms)] for side in SIDES}
    return _Judged(hour[known], {side: -np.log(values) for side, values in own.items()},
                   {side: ((values - target) ** 2).sum(axis=1) for side, values in p.items()}, money, np.unique(hour))


def _figures(judged: list[_Judged], side: str) -> dict[str, float | int]:
    money = [value for one in judged for _, value in one.money[side]]
    return {"log_loss": float(np.concatenate([one.loss[side] for one in judged]).mean()),
            "brier": float(np.concatenate([one.brier[side] for one in judged]).mean()),
            "trades": len(money), "pnl_brl": float(sum(money))}


def _difference(values: dict[str, Floats]) -> Floats:
    return values["challenger"] - values["champion"]


def _by_block(block: NDArray[np.int64], values: Floats) -> Floats:
    """(blocks, 2): sum and count of each hour."""
    hours = np.unique(block)
    return np.array([[values[block == hour].sum(), (block == hour).sum()] for hour in hours]).reshape(-1, 2)


def _money_by_block(one: _Judged) -> Floats:
    """(blocks, 2): challenger's minus champion's money of each hour, and 1."""
    sums = dict.fromkeys(one.hours.tolist(), 0.0)
    for side, sign in (("challenger", 1.0), ("champion", -1.0)):
        for hour, value in one.money[side]:
            sums[hour] += sign * value
    return np.array([[value, 1.0] for value in sums.values()])


def _interval(parts: list[Floats], rng: np.random.Generator, *, mean: bool) -> dict[str, float | None]:
    """Value of all blocks and its interval over resampled blocks; no interval from fewer than two."""
    blocks = np.concatenate(parts)

    def value(chosen: Floats) -> float:
        return float(chosen[:, 0].sum() / (chosen[:, 1].sum() if mean else 1.0))

    if len(blocks) < 2:
        return {"value": value(blocks), "low": None, "high": None}
    drawn = [value(blocks[rng.integers(0, len(blocks), len(blocks))]) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"value": value(blocks), "low": float(low), "high": float(high)}
