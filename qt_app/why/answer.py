"""The whole answer, ready to be shown: plain values, None where something is unknown."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from qt_app.config import Config
from qt_app.home import Home
from qt_app.instruments import Instrument
from qt_app.replay.run import Progress
from qt_app.risk.explain import Check
from qt_app.votes import ACTIONS, Decision
from qt_app.why.around import Print, Value, prints, row_repeats, values
from qt_app.why.counterfactual import Counterfactual, counterfactual
from qt_app.why.latency import run_latency
from qt_app.why.past import Past, Row, facts, find_run, open_run
from qt_app.why.trades import Trade
from qt_app.why.which import Meant, meant
from qt_app.why.witness import Seen, watch
from qt_app.zone import local_time

FORMAT = "qt-why/1"


@dataclass(frozen=True, slots=True)
class Story:
    """One order or trade that the question named or led to: rows in the order they happened."""

    trade: Trade | None
    rows: tuple[tuple[str, Row], ...]     # (order | cancel | report | fill, its row)


@dataclass(frozen=True, slots=True)
class Answer:
    """``refused``: the code of the gate's answer, None when it was not asked or let the entry through.

    ``repeats``: the replay decided on the same row and the same way as the run did; None: there is nothing to compare.
    ``run_us``: what each stage of this decision took in the run; ``run_latency_ms``: all of the run's decisions, by
    percentile. None where the run kept none; the percentiles are then those of its last decisions, if these are known.
    """

    run: Mapping[str, Any]
    taken_as: tuple[str, dict[str, str]]
    seen: Seen
    refused: Row | None
    after: Counterfactual
    values: list[Value]
    prints: list[Print]
    repeats: bool | None
    run_us: Mapping[str, float] | None
    run_latency_ms: Mapping[str, float | None] | None
    story: Story | None
    instrument: Instrument

    @property
    def points(self) -> tuple[float | None, float | None, float | None]:
        """Best bid, best ask and last print."""
        view, to_points = self.seen.view, self.instrument.to_points
        bid, ask, last = (None if ticks is None else to_points(ticks) for ticks in (view.bid, view.ask, view.last))
        return bid, ask, last

    @property
    def decision(self) -> Decision:
        return self.seen.decision

    @property
    def failed(self) -> list[Check]:
        """What stood, or would have stood, in the way of an entry."""
        return [check for check in self.seen.checks if check.passed is False]


def ask(home: Home, config: Config, question: str, *, run: str | None = None, day: dt.date | None = None,
        progress: Progress | None = None) -> Answer:
    """Finds what is meant, replays up to it and looks. Raises UnclearError (exit 2) and DataError (exit 9)."""
    with open_run(home, find_run(home, run, day), config, progress) as past:
        which = meant(past, question, day)
        seen = watch(past, int(which.decision["seq"]), progress)
        return _answer(past, which, seen)


def _answer(past: Past, which: Meant, seen: Seen) -> Answer:
    row, decision = which.decision, seen.decision
    same = row_repeats(past, seen)
    decided = (row["action"], row["reason"], row["p_buy"]) == (
        decision.action, decision.reason, None if decision.p is None else decision.p[2])
    refused = next((r for r in past.rows("refusals") if r["seq"] == decision.seq and r["purpose"] == "entry"), None)
    return Answer(facts(past), which.taken_as, seen, refused, counterfactual(seen.opinions), values(past, seen),
                  prints(past, seen), None if same is None else same and decided,
                  *run_latency(past, decision.seq), _story(past, which), past.instrument)


def _story(past: Past, which: Meant) -> Story | None:
    if which.order is None:
        return None
    orders = (which.order,) if which.trade is None else which.trade.orders
    ids = {order["order_id"] for order in orders}
    rows = [("order", order) for order in orders]
    for kind in ("cancel", "report", "fill"):
        rows += [(kind, row) for row in past.rows(f"{kind}s") if row["order_id"] in ids]
    return Story(which.trade, tuple(sorted(rows, key=lambda one: (one[1]["ts_ns"], one[1]["seq"]))))


def as_json(answer: Answer) -> dict[str, Any]:
    """For programs."""
    d, after = answer.decision, answer.after
    votes = {vote.voter: {
        "probabilities": None if vote.p is None else dict(zip(ACTIONS, vote.p, strict=True)),
        "age_ms": None if vote.age_ns < 0 else vote.age_ns / 1e6, "reason": vote.reason,
        "share": need.share, "needed": need.needed,
        "without": {"action": need.without.action, "confidence": _finite(need.without.confidence),
                    "reason": need.without.reason}}
        for vote, need in zip(answer.seen.opinions.votes, after.needs, strict=True)}
    return {
        "format": FORMAT, "run": dict(answer.run),
        "taken_as": {"how": answer.taken_as[0].removeprefix("as_"), **answer.taken_as[1]},
        "repeats_the_run": answer.repeats,
        "decision": {"seq": d.seq, "ts_ns": d.ts_ns, "time": local_time(d.ts_ns), "action": d.action,
                     "confidence": _finite(d.confidence), "reason": d.reason,
                     "probabilities": None if d.p is None else dict(zip(ACTIONS, d.p, strict=True)),
                     "closes_the_position": answer.seen.closes},
        "weights": {"model": answer.seen.opinions.consensus.ml_weight,
                    "agents": answer.seen.opinions.consensus.agent_weight, "regime": answer.seen.regime},
        "votes": votes,
        "risk": {"asked": not answer.seen.hypothetical,
                 "refused": None if answer.refused is None else answer.refused["code"],
                 "checks": [{"name": c.name, "value": c.value, "limit": c.limit, "passed": c.passed,
                             "code": None if c.refusal is None else c.refusal.reason.name,
                             "detail": None if c.refusal is None else c.refusal.detail, "excess": c.excess}
                            for c in answer.seen.checks]},
        "counterfactual": {"side": after.side, "traded": after.traded, "p": after.p, "min_confidence": after.limit,
                           "missed_by": after.missed_by, "rival": after.rival,
                           "min_confidence_needed": after.limit_needed,
                           "in_the_way": [check.name for check in answer.failed]},
        "market": {"bid": answer.points[0], "ask": answer.points[1], "last": answer.points[2],
                   "position_lots": answer.seen.position, "prints": [
                       {**asdict(one), "time": local_time(one.ts_ns)} for one in answer.prints]},
        "features": [asdict(value) for value in answer.values],
        "latency": {"run_us": answer.run_us, "replay_us": answer.seen.stage_us, "run_ms": answer.run_latency_ms},
        "story": None if answer.story is None else _story_json(answer.story),
    }


def _story_json(story: Story) -> dict[str, Any]:
    trade = story.trade
    return {"trade": None if trade is None else {
        "number": trade.number, "entry_order": trade.entry["order_id"], "closed": trade.closed,
        "realised_brl": trade.realised_brl, "costs_brl": trade.costs_brl, "net_brl": trade.net_brl},
        "rows": [{"kind": kind, **row, "time": local_time(row["ts_ns"])} for kind, row in story.rows]}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
