"""The 65 features computed from their definitions with NumPy and pandas: slow, obvious, no code of the product.

``oracle_rows`` takes a tape in the recorded schema, ``oracle_candles`` recorded candles; both give a frame with
``ts_ns`` and the 65 columns. ``assert_rows_equal`` is the agreed tolerance.
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

SECOND = 1_000_000_000
NAN = float("nan")
Array = NDArray[np.float64]

NAMES: list[str] = """
volatility_10 volatility_20 volatility_50 volatility_100
volatility_ratio_10 volatility_ratio_20 volatility_ratio_50 volatility_ratio_100 volatility_gk bb_position
returns_1 returns_2 returns_5 returns_10 returns_20 returns_50 returns_100
log_returns_1 log_returns_5 log_returns_20
order_flow_imbalance_10 order_flow_imbalance_20 order_flow_imbalance_50 order_flow_imbalance_100
cumulative_signed_volume signed_volume volume_weighted_return agent_turnover
volume_ratio_20 volume_ratio_50 volume_ratio_100 volume_zscore_20 volume_zscore_50 volume_zscore_100
trade_intensity trade_intensity_ratio
ma_5_20_ratio ma_20_50_ratio momentum_5_20 momentum_20_50 sharpe_5 sharpe_20 time_normalized
top_buyer_0_active top_buyer_1_active top_buyer_2_active top_buyer_3_active top_buyer_4_active
top_seller_0_active top_seller_1_active top_seller_2_active top_seller_3_active top_seller_4_active
top_buyers_count top_sellers_count buyer_changed seller_changed is_buyer_aggressor is_seller_aggressor
minute hour day_of_week is_opening_30min is_closing_30min is_lunch_hour
""".split()  # noqa: SIM905


@dataclass
class Bars:
    """Closed candles of one session, oldest first; NaN where unknown."""

    end: NDArray[np.int64]
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array
    buy: Array
    sell: Array
    columns: dict[str, Array] = field(default_factory=dict)


# -- windows: element i is over the n values that end at i, NaN before there are n ------------------------------------

def _windows(x: Array, n: int) -> Array:
    return sliding_window_view(x, n)


def _padded(values: Array, size: int) -> Array:
    return np.concatenate([np.full(size - len(values), NAN), values]) if len(values) < size else values


def mean(x: Array, n: int) -> Array:
    return _padded(_windows(x, n).mean(axis=1), len(x)) if len(x) >= n else np.full(len(x), NAN)


def total(x: Array, n: int) -> Array:
    return _padded(_windows(x, n).sum(axis=1), len(x)) if len(x) >= n else np.full(len(x), NAN)


def std(x: Array, n: int) -> Array:
    return _padded(_windows(x, n).std(axis=1, ddof=1), len(x)) if len(x) >= n else np.full(len(x), NAN)


def lag(x: Array, n: int) -> Array:
    return np.concatenate([np.full(min(n, len(x)), NAN), x[: max(len(x) - n, 0)]])


def ratio(numerator: Array, denominator: Array, limit: float) -> Array:
    """numerator / denominator; the limit where the denominator is (nearly) zero; NaN where either is NaN."""
    with np.errstate(all="ignore"):
        plain = numerator / denominator
    degenerate = (denominator < 1e-12) & ~np.isnan(numerator)
    return np.where(degenerate, limit, plain)


# -- features 1-27, 29-34, 37-42: from candles alone ----------------------------------------------------------------

def candle_columns(bars: Bars) -> dict[str, Array]:
    c, o, high, low, v = bars.close, bars.open, bars.high, bars.low, bars.volume
    out: dict[str, Array] = {}
    r = c / lag(c, 1) - 1
    vol = {n: std(r, n) for n in (10, 20, 50, 100, 200)}
    for n, m in ((10, 20), (20, 50), (50, 100), (100, 200)):
        out[f"volatility_{n}"] = vol[n]
        out[f"volatility_ratio_{n}"] = ratio(vol[n], vol[m], 1.0)
    out["volatility_gk"] = np.sqrt(mean(0.5 * np.log(high / low) ** 2 - (2 * np.log(2) - 1) * np.log(c / o) ** 2, 20))
    band = std(c, 20)
    out["bb_position"] = np.where(band < 1e-12, 0.0, (c - mean(c, 20)) / (2 * np.where(band < 1e-12, 1.0, band)))
    for n in (1, 2, 5, 10, 20, 50, 100):
        out[f"returns_{n}"] = c / lag(c, n) - 1
    for n in (1, 5, 20):
        out[f"log_returns_{n}"] = np.log(c / lag(c, n))
    for n in (10, 20, 50, 100):
        out[f"order_flow_imbalance_{n}"] = ratio(total(bars.buy - bars.sell, n), total(bars.buy + bars.sell, n), 0.0)
    out["cumulative_signed_volume"] = ratio(np.cumsum(bars.buy - bars.sell), np.cumsum(bars.buy + bars.sell), 0.0)
    out["signed_volume"] = bars.buy - bars.sell
    out["volume_weighted_return"] = ratio(total(r * v, 20), np.where(np.isnan(total(r, 20)), NAN, total(v, 20)), 0.0)
    for n in (20, 50, 100):
        out[f"volume_ratio_{n}"] = ratio(v, mean(v, n), 1.0)
        out[f"volume_zscore_{n}"] = ratio(v - mean(v, n), std(v, n), 0.0)
    out["ma_5_20_ratio"] = mean(c, 5) / mean(c, 20) - 1
    out["ma_20_50_ratio"] = mean(c, 20) / mean(c, 50) - 1
    fast, slow, long = out["returns_5"], out["returns_20"], out["returns_50"]
    out["momentum_5_20"] = ratio(fast / 5 - slow / 20, vol[20], 0.0)
    out["momentum_20_50"] = ratio(slow / 20 - long / 50, vol[50], 0.0)
    out["sharpe_5"] = ratio(fast, vol[20] * np.sqrt(5), 0.0)
    out["sharpe_20"] = ratio(slow, vol[50] * np.sqrt(20), 0.0)
    return out


# -- features 28, 44-59: from the tape ------------------------------------------------------------------------------

def _best_five(codes: Array, quantity: Array) -> list[int]:
    totals = pd.Series(quantity).groupby(codes).sum()
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return [int(code) for code, _ in ranked[:5]]


def _net(trades: pd.DataFrame, code: int) -> float:
    bought = trades["lots"].to_numpy()[trades["buyer"].to_numpy() == code].sum()
    return float(bought - trades["lots"].to_numpy()[trades["seller"].to_numpy() == code].sum())


def tape_columns(trades: pd.DataFrame) -> dict[str, float]:
    """Values after the last of ``trades`` (the session so far)."""
    out: dict[str, float] = {}
    count = len(trades)
    known = ((trades["buyer"] > 0) & (trades["seller"] > 0)).to_numpy()
    buyer, seller = trades["buyer"].to_numpy(), trades["seller"].to_numpy()
    if count >= 101 and known[-101:].all():
        out["agent_turnover"] = float(sum(np.mean(who[-100:] != who[-101:-1]) for who in (buyer, seller)))
    if count >= 100 and known.all():
        recent = trades.iloc[-100:]
        lots = trades["lots"].to_numpy()
        for side, codes, sign in (("buyer", buyer, 1), ("seller", seller, -1)):
            flags = [float(sign * _net(recent, code) > 0) for code in _best_five(codes, lots)]
            flags += [0.0] * (5 - len(flags))
            out.update({f"top_{side}_{i}_active": flag for i, flag in enumerate(flags)})
            out[f"top_{side}s_count"] = sum(flags)
    if count >= 2 and known[-2:].all():
        out["buyer_changed"] = float(buyer[-1] != buyer[-2])
        out["seller_changed"] = float(seller[-1] != seller[-2])
    if count >= 1:
        last = int(trades["trade_type"].iloc[-1])
        if last in (1, 2, 3, 4, 13):
            out["is_buyer_aggressor"] = float(last == 2)
            out["is_seller_aggressor"] = float(last == 3)
    return out


# -- features 43, 60-65: from the instant ---------------------------------------------------------------------------

def time_columns(t: int, opens: int | None, closes: int | None, tz: str) -> dict[str, float]:
    local = pd.Timestamp(t, tz="UTC").tz_convert(tz)
    out = {"minute": local.minute, "hour": local.hour, "day_of_week": local.day_of_week,
           "is_lunch_hour": local.hour == 12}
    if opens is not None and closes is not None:
        half = 1800 * SECOND
        out["time_normalized"] = min(max((t - opens) / (closes - opens), 0.0), 1.0)
        out["is_opening_30min"] = opens <= t < opens + half
        out["is_closing_30min"] = closes - half <= t < closes
    return {name: float(value) for name, value in out.items()}


# -- the two doors --------------------------------------------------------------------------------------------------

def session_bounds(ts_ns: Array, session: str, tz: str) -> list[tuple[int | None, int | None]]:
    """"none" or "HH:MM-HH:MM" (local) as one pair of UTC instants per day on which there are events."""
    if session == "none":
        return [(None, None)]
    start, end = session.split("-")
    days = pd.to_datetime(pd.Series(ts_ns), utc=True).dt.tz_convert(tz).dt.strftime("%Y-%m-%d").unique()
    return [tuple(pd.Timestamp(f"{day} {clock}", tz=tz).value for clock in (start, end)) for day in days]  # type: ignore[misc]


def build_bars(trades: pd.DataFrame, candle_ns: int, until: int) -> Bars:
    """Candles of the session that end at or before ``until``; gaps are flat at the last close."""
    start = trades["ts_ns"] // candle_ns * candle_ns
    price = trades.groupby(start)["price"].agg(["first", "max", "min", "last"])
    lots = trades.groupby(start)["lots"].sum()
    buy = trades["lots"].where(trades["trade_type"] == 2, 0).groupby(start).sum()
    sell = trades["lots"].where(trades["trade_type"] == 3, 0).groupby(start).sum()
    grid = np.arange(int(start.iloc[0]), until - candle_ns + 1, candle_ns, dtype=np.int64)
    price = price.reindex(grid)
    close = price["last"].ffill()
    filled = {name: price[name].fillna(close).to_numpy() for name in ("first", "max", "min")}
    zero = {name: s.reindex(grid).fillna(0.0).to_numpy() for name, s in (("v", lots), ("b", buy), ("s", sell))}
    return Bars(grid + candle_ns, filled["first"], filled["max"], filled["min"], close.to_numpy(),
                zero["v"].astype(float), zero["b"].astype(float), zero["s"].astype(float))


def oracle_rows(trades: pd.DataFrame, session: str = "none", tz: str = "America/Sao_Paulo", candle_seconds: float = 5,
                at: str = "close", instants: Array | None = None, every: int = 1) -> pd.DataFrame:
    """Rows of a recorded tape, as ``qt features --trades`` defines them.

    ``at`` is "close" or "trade"; ``instants`` (UTC ns) overrides it with rows at given times. ``every`` keeps each
    n-th row only (the windows are still complete).
    """
    candle_ns = round(candle_seconds * SECOND)
    frames = []
    for opens, closes in session_bounds(trades["ts_ns"].to_numpy(), session, tz):
        inside = trades["trade_type"] != 4
        last = int(trades["ts_ns"].iloc[-1])
        if opens is not None and closes is not None:
            inside &= (trades["ts_ns"] >= opens) & (trades["ts_ns"] < closes)
            last = min(last, closes)
        tape = trades[inside].reset_index(drop=True)
        if len(tape):
            frames.append(_session_rows(tape, opens, closes, tz, candle_ns, last, at, instants, every))
    return pd.concat(frames, ignore_index=True)


def _session_rows(tape: pd.DataFrame, opens: int | None, closes: int | None, tz: str, candle_ns: int, last: int,
                  at: str, instants: Array | None, every: int) -> pd.DataFrame:
    tape = tape.assign(lots=tape["qty"].astype(float))
    ts = tape["ts_ns"].to_numpy()
    bars = build_bars(tape, candle_ns, last)
    columns = candle_columns(bars)
    intensity = np.array([_intensity(ts[ts < end], int(end)) for end in bars.end])
    points = _sample_points(ts, bars, at, opens, closes, instants)[::every]
    rows = []
    for t, seen, closed in points:
        row = {name: values[closed - 1] if closed else NAN for name, values in columns.items()}
        row["trade_intensity"] = _intensity(ts[:seen], t)
        row["trade_intensity_ratio"] = _against_past(row["trade_intensity"], intensity[:closed])
        row.update(tape_columns(tape.iloc[:seen]))
        row.update(time_columns(t, opens, closes, tz))
        rows.append({"ts_ns": t, **row})
    return pd.DataFrame(rows).reindex(columns=["ts_ns", *NAMES])


def _sample_points(ts: Array, bars: Bars, at: str, opens: int | None, closes: int | None,
                   instants: Array | None) -> list[tuple[int, int, int]]:
    """(instant, trades seen, candles closed) of each row."""
    if instants is not None:
        times = [int(t) for t in instants if opens is None or closes is None or opens <= t <= closes]
        return [(t, int((ts < t).sum()), int((bars.end <= t).sum())) for t in times]
    if at == "trade":
        return [(int(t), i + 1, int((bars.end <= t).sum())) for i, t in enumerate(ts)]
    return [(int(end), int((ts < end).sum()), i + 1) for i, end in enumerate(bars.end)]


def _intensity(ts: Array, t: int) -> float:
    """Trades per second over the last minute; ``ts`` are the trades seen so far."""
    if len(ts) == 0 or t < ts[0] + 60 * SECOND:
        return NAN
    return float((ts > t - 60 * SECOND).sum()) / 60


def _against_past(now: float, past: Array) -> float:
    if len(past) < 100 or np.isnan(past[-100:]).any() or np.isnan(now):
        return NAN
    average = past[-100:].mean()
    return 1.0 if average < 1e-12 else now / average


def oracle_candles(candles: pd.DataFrame, candle_seconds: float, session: str = "none",
                   tz: str = "America/Sao_Paulo") -> pd.DataFrame:
    """Rows of recorded candles, as ``qt features --candles`` defines them: one per row of the file, nothing filled."""
    candle_ns = round(candle_seconds * SECOND)
    starts = candles["ts_ns"].to_numpy()
    frames = []
    for opens, closes in session_bounds(starts, session, tz):
        inside = np.ones(len(starts), bool)
        if opens is not None and closes is not None:
            inside = (starts >= opens) & (starts < closes)
        part = candles[inside]
        if len(part):
            frames.append(_candle_rows(part, opens, closes, tz, candle_ns))
    return pd.concat(frames, ignore_index=True)


def _candle_rows(part: pd.DataFrame, opens: int | None, closes: int | None, tz: str, candle_ns: int) -> pd.DataFrame:
    def column(name: str) -> Array:
        return part[name].to_numpy(np.float64)

    bars = Bars(part["ts_ns"].to_numpy() + candle_ns, column("open"), column("high"), column("low"), column("close"),
                column("volume"), column("buy_volume"), column("sell_volume"))
    out = pd.DataFrame(candle_columns(bars))
    out["ts_ns"] = bars.end
    count = np.where(column("trades") < 0, NAN, column("trades"))
    intensity = count / (candle_ns / SECOND)
    out["trade_intensity"] = intensity
    out["trade_intensity_ratio"] = ratio(intensity, mean(intensity, 100), 1.0)
    times = pd.DataFrame([time_columns(int(t), opens, closes, tz) for t in bars.end])
    out = pd.concat([out.reset_index(drop=True), times], axis=1)
    return out.reindex(columns=["ts_ns", *NAMES])


def assert_rows_equal(got: pd.DataFrame, want: pd.DataFrame) -> None:
    """Same instants, NaN in the same places, 1e-9 relative or 1e-12 absolute elsewhere; names the first difference."""
    assert list(got.columns) == ["ts_ns", *NAMES]
    np.testing.assert_array_equal(got["ts_ns"].to_numpy(), want["ts_ns"].to_numpy())
    for name in NAMES:
        g, w = got[name].to_numpy(np.float64), want[name].to_numpy(np.float64)
        wrong = np.isnan(g) != np.isnan(w)
        with np.errstate(invalid="ignore"):
            wrong |= np.abs(g - w) > np.maximum(1e-12, 1e-9 * np.abs(w))
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            raise AssertionError(f"{name} differs in {wrong.sum()} rows, first at {i}: got {g[i]!r}, oracle {w[i]!r}")
