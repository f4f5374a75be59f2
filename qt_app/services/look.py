"""A snapshot of the running pipeline, for readers. Runs on a reader's thread; reads, never touches."""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.pipeline import Pipeline
from qt_app.registry.desk import ModelDesk
from qt_app.replay.results import Tally
from qt_app.risk.states import TradingState
from qt_app.risk.view import MarketView
from qt_app.services.snapshot import (
    DecisionState,
    Events,
    FeatureState,
    LatencyUs,
    ModelState,
    Pnl,
    Position,
    Reconciled,
    RiskState,
    Trades,
    VoteState,
    no_latency,
)
from qt_core.features.registry import NAMES

PREFIX = "refused_"
NS_PER_MS = 1e6


def latency(ns: NDArray[np.int64]) -> LatencyUs:
    """Mean, percentiles and maximum of durations, in µs; unknown when there are none."""
    if not len(ns):
        return no_latency()
    p50, p90, p99 = (np.percentile(ns, (50, 90, 99)) / 1000).round(3).tolist()
    return {"mean": round(float(ns.mean()) / 1000, 3), "p50": p50, "p90": p90, "p99": p99,
            "max": round(float(ns.max()) / 1000, 3)}


def events(pipeline: Pipeline, dropped: int, refused_at_door: dict[str, int]) -> Events:
    """What came in, and what was refused at the door (by the trampolines) or by the engine."""
    counters = pipeline.engine.counters()
    refused = {name.removeprefix(PREFIX): count for name, count in counters.items() if name.startswith(PREFIX)}
    for name, count in refused_at_door.items():
        refused[name] = refused.get(name, 0) + count
    return {"trades": counters["trades"], "book": counters["book"], "quotes": counters["quotes"], "dropped": dropped,
            "refused": {name: count for name, count in sorted(refused.items()) if count}}


def features(pipeline: Pipeline, per_s: float | None) -> FeatureState:
    """Validity of the last row (all of it is unknown before the first)."""
    row = pipeline.engine.row
    finite = np.isfinite(row) if pipeline.decisions else np.zeros(len(NAMES), dtype=bool)
    return {"valid": int(finite.sum()), "needed": len(NAMES),
            "invalid": [name for name, known in zip(NAMES, finite, strict=True) if not known],
            "frozen": sorted(pipeline.panel.frozen), "rows": pipeline.decisions, "per_s": per_s,
            "latency_us": latency(pipeline.latencies.kept("features"))}


def decision(pipeline: Pipeline, tally: Tally) -> DecisionState:
    last = pipeline.last
    return {"count": pipeline.decisions, "counts": dict(tally.actions), "blocked": dict(tally.refused),
            "last": None if last is None else {"seq": last.seq, "ts_ns": last.ts_ns, "action": last.action,
                                               "confidence": last.confidence if last.p is not None else None,
                                               "reason": last.reason},
            "latency_us": latency(pipeline.latencies.kept("total"))}


def votes(pipeline: Pipeline) -> dict[str, VoteState]:
    last = pipeline.last
    return {} if last is None else {
        vote.voter: {"probabilities": None if vote.p is None else list(vote.p),
                     "age_ms": None if vote.age_ns < 0 else vote.age_ns / NS_PER_MS,
                     "abstains": vote.abstains, "reason": vote.reason}
        for vote in last.votes}


def position(pipeline: Pipeline) -> Position:
    account = pipeline.trader.account
    contracts = account.instrument.to_contracts(abs(account.position))
    return {"contracts": int(contracts) if account.position >= 0 else -int(contracts),
            "avg_price": account.average_points}


def pnl(pipeline: Pipeline) -> Pnl:
    """Money of the session, pessimistic fills."""
    account = pipeline.trader.account
    view = MarketView.of(pipeline.engine.market, pipeline.engine.now_ns)
    day = account.day(view.bid, view.ask)
    return {"realised_brl": day.realised_brl, "open_brl": day.open_brl, "costs_brl": day.costs_brl,
            "peak_brl": account.peak_brl, "drawdown_brl": account.max_drawdown_brl}


def trades(pipeline: Pipeline) -> Trades:
    today = pipeline.trader.account.today
    return {"today": today.trades, "wins": today.wins, "losses": today.losses}


def reconciled(pipeline: Pipeline) -> Reconciled:
    agreement = pipeline.trader.gateway.agreement
    return {"equal": agreement.equal, "difference": agreement.difference}


def risk(pipeline: Pipeline) -> RiskState:
    trader = pipeline.trader
    blocks, state = trader.gate.blocks, trader.gate.state
    limits: dict[str, Any] = {name: getattr(trader.limits, name) for name in trader.limits.__dataclass_fields__}
    used = {"max_position": float(abs(position(pipeline)["contracts"])),
            "max_daily_trades": float(trader.account.today.entries),
            "max_losses_in_row": float(trader.account.today.losing)}
    used |= zip(("orders_per_second", "orders_per_minute"), map(float, trader.gate.rate.used(pipeline.engine.now_ns)),
                strict=True)
    return {"state": state.name.lower(), "halted": state is TradingState.HALTED,
            "halt_reason": ", ".join(block.name for block in blocks) or None,
            "blocks": [block.name for block in blocks],
            "limits": limits, "used": used}


def model(pipeline: Pipeline, models: ModelDesk) -> ModelState | None:
    identity = pipeline.model.id
    return None if identity is None else {"id": identity, "synthetic": pipeline.model.synthetic, **models.state()}


def voting(state: ModelState | None) -> tuple[str, str | None] | None:
    """Who serves and who votes in the shadow."""
    return None if state is None else (state["id"], state["shadow"])
