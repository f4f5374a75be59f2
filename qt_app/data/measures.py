"""What a recording's quality is judged by: plain figures of one session, every unknown one None.

Times are event times in seconds unless a name says otherwise; shares are of one.
"""
from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.replay.reader import Recording, Sessions, inside
from qt_app.zone import local_time
from qt_core._types import Kind, Phase, TradeType
from qt_core.market import Market

Bools = NDArray[np.bool_]
Events = NDArray[Any]
Figures = dict[str, Any]

_NS = 1e9
_MARKET = (Kind.TRADE, Kind.LEVEL, Kind.ORDER, Kind.QUOTE)
#: A silence is out of rhythm when it is this many times the 99th percentile of all silences, and at least this long.
SILENCE_TIMES, SILENCE_S = 10.0, 30.0
#: A jump is an outlier beyond this many times the 99th percentile of all moves from print to print.
JUMP_TIMES = 20.0
#: A size is an outlier beyond this many times the 99th percentile of all sizes.
SIZE_TIMES = 100.0
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Tape:
    """A recording's events with what was true at each: inside a session, and in continuous trading."""

    recording: Recording
    sessions: Sessions | None
    market: Events                # live market events, in order
    in_session: Bools             # of them
    continuous: Bools             # of them: in a session and no auction, freeze or suspension

    @property
    def trades(self) -> Events:
        found: Events = self.market[self.market["kind"] == Kind.TRADE]
        return found


def tape_of(recording: Recording, sessions: Sessions | None) -> Tape:
    events = recording.events
    live = np.isin(events["kind"], _MARKET)
    within = inside(events["ts_ns"], sessions)
    continuous = within & (_phases(events) == Phase.OPEN)
    return Tape(recording, sessions, events[live], within[live], continuous[live])


def coverage(tape: Tape) -> Figures:
    """How much of its sessions the recording saw: first event after the open, last before the close.

    A recorder may have been told of later sessions, which it did not live to see: those don't count.
    """
    inner = tape.market["ts_ns"][tape.in_session]
    figures: Figures = {"events_outside_session": float(1.0 - tape.in_session.mean()) if len(tape.market) else None,
                        "late_s": None, "early_s": None, "session_s": None}
    if tape.sessions is None or not len(inner):
        return figures
    seen = tape.sessions[(tape.sessions[:, 0] <= inner[-1]) & (tape.sessions[:, 1] >= inner[0])]
    opened, closed = int(seen[0, 0]), int(seen[-1, 1])
    return figures | {"late_s": (int(inner[0]) - opened) / _NS, "early_s": (closed - int(inner[-1])) / _NS,
                      "session_s": float((seen[:, 1] - seen[:, 0]).sum()) / _NS}


def silences(tape: Tape) -> Figures:
    """Waits between market events in continuous trading, against the 99th percentile of all of them."""
    ts_ns = tape.market["ts_ns"]
    waits = np.diff(ts_ns) / _NS
    counted = tape.continuous[1:] & tape.continuous[:-1] & _same_session(ts_ns, tape.sessions)
    if not counted.any():
        return {"median_s": None, "p99_s": None, "out_of_rhythm": 0, "out_of_rhythm_s": 0.0, "longest": []}
    usual = float(np.quantile(waits[counted], 0.99))
    odd = counted & (waits > np.maximum(SILENCE_TIMES * usual, SILENCE_S))
    longest = np.argsort(-np.where(counted, waits, -1.0), kind="stable")[:_LISTED]
    return {"median_s": float(np.median(waits[counted])), "p99_s": usual, "out_of_rhythm": int(odd.sum()),
            "out_of_rhythm_s": float(waits[odd].sum()),
            "longest": [{"at": local_time(int(ts_ns[at])), "s": float(waits[at])} for at in longest if counted[at]]}


def prints(tape: Tape) -> Figures:
    """What the tape consists of: auctions, RLP, crosses, prints whose aggressor nobody told."""
    trades = tape.trades
    code, qty = trades["code"], trades["qty"].astype(np.float64)
    one_sided = ~np.isin(code, (TradeType.AUCTION, TradeType.RLP, TradeType.CROSS))
    return {
        "trades": len(trades), "contracts": _total(qty, tape.recording.qty_step),
        **{f"{name}_prints": _share(code == kind) for name, kind in _SHARES.items()},
        **{f"{name}_volume": _part(qty, code == kind) for name, kind in _SHARES.items()},
        "unknown_aggressor": _share(trades["side"][one_sided] == 0),
        "unknown_brokers": _share((trades["a"] < 0) | (trades["b"] < 0)),
        "repeated_ids": _repeated(trades["id"]),
    }


def clock(tape: Tape) -> Figures:
    """Our stamps against themselves and against the exchange's: ``lag`` is ours minus theirs, of live prints."""
    trades = tape.trades
    told = trades[trades["exch_ns"] > 0]
    lag = (told["ts_ns"] - told["exch_ns"]) / _NS
    figures: Figures = {"backwards": int((np.diff(tape.market["ts_ns"]) < 0).sum()),
                        "exchange_backwards": int((np.diff(told["exch_ns"]) < 0).sum()),
                        "lag_median_s": None, "lag_p01_s": None, "lag_p99_s": None, "lag_drift_s": None,
                        "lag_jumps": 0, "exchange_times": bool(len(told) and not lag.any())}
    if not len(told):
        return figures
    tenth = max(len(lag) // 10, 1)
    low, middle, high = (float(value) for value in np.quantile(lag, (0.01, 0.5, 0.99)))
    return figures | {"lag_median_s": middle, "lag_p01_s": low, "lag_p99_s": high,
                      "lag_drift_s": float(np.median(lag[-tenth:]) - np.median(lag[:tenth])),
                      "lag_jumps": int((np.abs(np.diff(lag)) > 1.0).sum())}


def outliers(tape: Tape) -> Figures:
    """Prints far from their neighbours: moves in ticks against the 99th percentile of all, and sizes alike."""
    trades = tape.trades[tape.trades["code"] != TradeType.AUCTION]
    figures: Figures = {"p99_move_ticks": None, "largest_move_ticks": None, "largest_move_at": None, "jumps": 0,
                        "p99_size": None, "largest_size": None, "large_sizes": 0, "far_prices": 0}
    if len(trades) < 2:
        return figures
    moves, sizes = np.abs(np.diff(trades["price"].astype(np.int64))), trades["qty"]
    usual, middle = max(float(np.quantile(moves, 0.99)), 1.0), float(np.median(trades["price"]))
    usual_size, largest = max(float(np.quantile(sizes, 0.99)), 1.0), int(moves.argmax())
    return figures | {
        "p99_move_ticks": usual, "largest_move_ticks": int(moves[largest]),
        "largest_move_at": local_time(int(trades["ts_ns"][largest + 1])),
        "jumps": int((moves > JUMP_TIMES * usual).sum()), "p99_size": usual_size, "largest_size": int(sizes.max()),
        "large_sizes": int((sizes > SIZE_TIMES * usual_size).sum()),
        "far_prices": int((np.abs(trades["price"] - middle) > 0.2 * middle).sum())}


def quotes(tape: Tape) -> Figures:
    """Best prices and book in continuous trading: rows, what crosses, what the book refused, how long both sides
    stood (of the time between the first and the last quote; None without best quotes)."""
    kinds = tape.market["kind"]
    market, counts = Market(), np.zeros(3, np.int64)
    for first, end in _stretches(tape.continuous):
        before = _counts(market)
        market.feed(tape.market[first:end])
        counts += (_counts(market) - before) * bool(tape.continuous[first])
    return {"quotes": int((kinds == Kind.QUOTE).sum()), "book": int(np.isin(kinds, (Kind.LEVEL, Kind.ORDER)).sum()),
            "crossed_quotes": int(counts[0]), "crossed_book": int(counts[1]), "refused_book": int(counts[2]),
            "two_sided": _two_sided(tape)}


_SHARES = {"auction": TradeType.AUCTION, "rlp": TradeType.RLP, "cross": TradeType.CROSS}


def _counts(market: Market) -> NDArray[np.int64]:
    return np.array([market.crossed_quotes, market.book.crossings, market.book.refused])


def _stretches(mask: Bools) -> list[tuple[int, int]]:
    """(first, end) of the runs of equal values."""
    edges = [0, *(np.flatnonzero(mask[1:] != mask[:-1]) + 1).tolist(), len(mask)]
    return [(first, end) for first, end in pairwise(edges) if end > first]


def _two_sided(tape: Tape) -> float | None:
    rows = tape.market[tape.continuous & (tape.market["kind"] == Kind.QUOTE)]
    lasts = np.diff(rows["ts_ns"])
    if len(rows) < 2 or not lasts.sum():
        return None
    both = (rows["price"] > 0) & (rows["a"] > 0) & (rows["price"] < rows["a"])
    return float(lasts[both[:-1]].sum() / lasts.sum())


def _phases(events: Events) -> NDArray[np.int64]:
    """The trading phase at each event: the last one told before it; open until one is told."""
    told = np.where(events["kind"] == Kind.PHASE, np.arange(len(events)), -1)
    last = np.maximum.accumulate(told) if len(told) else told
    return np.where(last >= 0, events["code"][last], int(Phase.OPEN)).astype(np.int64)


def _same_session(ts_ns: NDArray[np.int64], sessions: Sessions | None) -> Bools:
    if sessions is None or not len(sessions):
        return np.ones(max(len(ts_ns) - 1, 0), bool)
    number = np.searchsorted(sessions[:, 0], ts_ns, side="right")
    same: Bools = number[1:] == number[:-1]
    return same


def _share(chosen: Bools) -> float | None:
    return float(chosen.mean()) if len(chosen) else None


def _part(weights: NDArray[np.float64], chosen: Bools) -> float | None:
    return float(weights[chosen].sum() / weights.sum()) if len(weights) else None


def _total(lots: NDArray[np.float64], step: tuple[int, int]) -> float:
    return float(lots.sum() * step[0] / step[1])


def _repeated(ids: NDArray[np.int64]) -> int:
    """Prints that carry the number of an earlier one; 0 is no number."""
    known = ids[ids > 0]
    return int(len(known) - len(np.unique(known)))
