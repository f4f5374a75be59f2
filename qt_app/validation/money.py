"""What the decisions would have earned: BRL net per contract (one lot), by the quotes one could have traded at.

The product's own gate decides (the most probable action, at least as probable as MIN_CONFIDENCE), one position at a
time, at most MAX_DAILY_TRADES entries a session; a position ends by the label rule's stop, target, time limit or
flat-by. The agents' votes and the rest of risk are not in it: `qt backtest` runs the whole stack.
"""
from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qt_app.dataset.labels import outcomes
from qt_app.dataset.session import LabelRule, SessionRows
from qt_app.fees import Fees
from qt_app.instruments import generic
from qt_app.replay.grid import contract
from qt_app.validation.bootstrap import Figure, mean_figure
from qt_app.votes import ACTIONS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LATENCIES_MS = (0.0, 50.0, 250.0)
SLIPPAGES_TICKS = (0, 1, 2)

SELL, HOLD, BUY = (ACTIONS.index(action) for action in ACTIONS)

@dataclass(frozen=True, slots=True)
class Gate:
    """When a decision becomes an entry; ``max_trades`` per session, 0 for no limit."""

    min_confidence: float
    max_trades: int


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """What a round trip begun at each row of one session makes, (n, 2): short first, then long.

    ``gain_ticks`` gross, NaN where a quote of it was missing; ``free`` the first row at which the position is closed.
    ``cost_brl`` fees of one contract's round trip; ``tick_value_brl`` of one contract.
    """

    gain_ticks: Floats
    free: Ints
    cost_brl: float
    tick_value_brl: float

    def net_brl(self, gain_ticks: Floats, slippage_ticks: float) -> Floats:
        """Every order, a target's too, is filled worse by the slippage."""
        return (gain_ticks - 2.0 * slippage_ticks) * self.tick_value_brl - self.cost_brl


@dataclass(frozen=True, slots=True)
class Trades:
    """Round trips in their order: (m,) session index, row of the entry in its session, side, net BRL per contract."""

    session: Ints
    row: Ints
    side: Ints
    net_brl: Floats

    def __len__(self) -> int:
        return len(self.row)

    def by_session(self, sessions: int) -> Floats:
        """(sessions,) net BRL; 0 for a session without trades."""
        sums = np.bincount(self.session, weights=self.net_brl, minlength=sessions)
        return np.asarray(sums, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Money:
    """The account of one way to decide. Money is BRL per contract; ``net`` is the mean of a session, with interval.

    ``turnover`` contracts traded per session; ``profit_factor`` gross gains over gross losses, NaN without a trade,
    infinite without a loss; ``drawdown_brl`` the deepest fall of the closed result from its peak.
    """

    net: Figure
    total_brl: float
    profit_factor: float
    drawdown_brl: float
    turnover: float
    trades: int
    hit_rate: float


def choose(p: Floats, min_confidence: float) -> Ints:
    """(n,) side of each row: -1, 0 or 1. An exact tie is hold, as in the consensus."""
    best = p.max(axis=1)
    clear = ((p == best[:, None]).sum(axis=1) == 1) & (best >= min_confidence)
    choice = p.argmax(axis=1)
    return np.where(clear, (choice == BUY).astype(np.int64) - (choice == SELL), 0)


def reachability(p: Floats, min_confidence: float) -> dict[str, float]:
    """Share of the rows that the gate decides for each action."""
    side = choose(p, min_confidence)
    return {action: float((side == k - HOLD).mean()) for k, action in enumerate(ACTIONS)}


def round_trips(session: SessionRows, rule: LabelRule, latency_ms: float, fees: Fees) -> RoundTrips:
    """Outcomes of both sides at every row of a session."""
    delayed = replace(rule, latency_ms=latency_ms)
    long, short = outcomes(session, delayed)
    sides = (short, long)
    gains = np.column_stack([np.where(side.known, side.gain, np.nan) for side in sides])
    free = np.column_stack([np.searchsorted(session.ts_ns, side.end_ns, side="left") for side in sides])
    return RoundTrips(gains, free.astype(np.int64), cost_brl(session, fees), session.tick_value_brl)


def cost_brl(session: SessionRows, fees: Fees) -> float:
    """Fees of opening and closing one lot on the session's day."""
    traded = contract(session.symbol) or generic(session.symbol, session.tick)
    return fees.round_trip_brl(traded, session.day, 1)


def trade(side: Ints, trips: RoundTrips, gate: Gate) -> Ints:
    """Rows of one session at which a position is opened, given the (n,) wanted side of each; one at a time."""
    column = np.where(side > 0, 1, 0)
    rows = np.arange(len(side))
    wanted = np.flatnonzero((side != 0) & np.isfinite(trips.gain_ticks[rows, column]))
    free = trips.free[wanted, column[wanted]].tolist()
    candidates: list[int] = wanted.tolist()
    taken: list[int] = []
    at = 0
    while at < len(candidates) and not (gate.max_trades and len(taken) == gate.max_trades):
        taken.append(candidates[at])
        at = max(bisect_left(candidates, free[at]), at + 1)
    return np.array(taken, dtype=np.int64)


def account(sides: Sequence[Ints], trips: Sequence[RoundTrips], gate: Gate, slippage_ticks: float) -> Trades:
    """Trades of all sessions, in order."""
    parts = []
    for index, (side, trip) in enumerate(zip(sides, trips, strict=True)):
        rows = trade(side, trip, gate)
        gain = trip.gain_ticks[rows, np.where(side[rows] > 0, 1, 0)]
        parts.append((np.full(len(rows), index), rows, side[rows], trip.net_brl(gain, slippage_ticks)))
    session, row, own, net = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Trades(session, row, own, net)


def summarize(trades: Trades, sessions: int, *, seed: int) -> Money:
    """The account's figures over so many sessions."""
    net = trades.net_brl
    gains, losses = float(net[net > 0].sum()), float(-net[net < 0].sum())
    factor = gains / losses if losses else (np.inf if gains else np.nan)
    return Money(net=mean_figure(trades.by_session(sessions), seed=seed), total_brl=float(net.sum()),
                 profit_factor=factor, drawdown_brl=drawdown(net), turnover=2.0 * len(net) / sessions,
                 trades=len(net), hit_rate=float((net > 0).mean()) if len(net) else float("nan"))


def drawdown(net: Floats) -> float:
    """Deepest fall of the running sum from its highest value so far, 0 included."""
    equity = np.concatenate([[0.0], np.cumsum(net)])
    return float((np.maximum.accumulate(equity) - equity).max())
