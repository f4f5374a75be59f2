"""Replaying a recording up to one decision, and looking at everything it was made from at that very moment."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.agents.coordinator import TREND, VOLATILITY, Regime, regime
from qt_app.assembly import build_pipeline, choose_model
from qt_app.errors import DataError
from qt_app.latency import STAGES
from qt_app.pipeline import Pipeline
from qt_app.replay import beginning, served
from qt_app.replay.outputs import run_meta
from qt_app.replay.results import first_voter
from qt_app.replay.run import sessions_of
from qt_app.risk.explain import Check, entry_checks
from qt_app.risk.intent import Intent, Purpose
from qt_app.risk.view import MarketView
from qt_app.votes import Decision
from qt_app.why.counterfactual import Opinions, nearest
from qt_app.why.past import Past
from qt_core._types import mono_ns
from qt_core.features.registry import NAMES as FEATURES

Progress = Callable[[int, int], None]
#: Events between two looks at the progress.
STEP = 200_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One decision from within. ``hypothetical``: nothing was to be entered, and ``checks`` say what risk would have
    answered. ``closes``: it was against the position, which it closes without a question to the gate.

    ``stage_us``: what each stage took in this replay on this machine. ``applied``: recorded events before it.
    """

    decision: Decision
    row: NDArray[np.float64]
    readings: NDArray[np.float64]
    opinions: Opinions
    regime: Regime
    checks: tuple[Check, ...]
    hypothetical: bool
    closes: bool
    view: MarketView
    position: int
    stage_us: Mapping[str, float]
    applied: int


class _Enough(Exception):
    """The replay has shown what was asked for."""


class _Witness:
    """An output that waits for one decision; it also stands before the gate and before the act, where the state is
    the one that was judged."""

    def __init__(self, pipeline: Pipeline, seq: int) -> None:
        self._pipeline = pipeline
        self._seq = seq
        self._checks: tuple[Check, ...] | None = None
        self._asked = False
        self._view: MarketView | None = None
        self._position = 0
        self._own_ns = {"risk": 0, "orders": 0}     # what asking took by stage, which is no part of the decision
        self.seen: Seen | None = None
        trader = pipeline.trader
        self._check, trader.gate.check = trader.gate.check, self.check      # type: ignore[method-assign]
        self._act, trader.act = trader.act, self.act    # type: ignore[method-assign]

    def check(self, intent: Intent, view: MarketView, live: Any) -> Any:
        """Before the gate answers: its answer counts the order."""
        if intent.purpose is Purpose.ENTRY and self._mine(intent.seq):
            started = mono_ns()
            self._pipeline.trader.gate.follow(view)
            self._checks, self._asked = entry_checks(self._pipeline.trader.gate, intent, view, live), True
            self._own_ns["risk"] += mono_ns() - started
        return self._check(intent, view, live)

    def act(self, decision: Decision, outcome: Any, engine: Any) -> Any:
        """Before anything is sent: what was not asked of the gate is asked now."""
        if self._mine(decision.seq):
            trader, started = self._pipeline.trader, mono_ns()
            self._view, self._position = MarketView.of(engine.market, decision.ts_ns), trader.account.position
            if self._checks is None:
                trader.gate.follow(self._view)
                self._checks = entry_checks(trader.gate, self._would(decision, self._view), self._view,
                                            trader.bracket.live)
            self._own_ns["orders"] += mono_ns() - started
        return self._act(decision, outcome, engine)

    def _would(self, decision: Decision, view: MarketView) -> Intent:
        """The entry that was nearest."""
        side = nearest(decision)
        p = None if decision.p is None else decision.p[2 if side == "buy" else 0]
        return Intent(0, decision.seq, view.now_ns, Purpose.ENTRY, 1 if side == "buy" else -1,
                      self._pipeline.trader.gate.max_lots, side.upper(), p)

    def _mine(self, seq: int) -> bool:
        return seq == self._seq and self.seen is None

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        if decision.seq != self._seq:
            return
        pipeline = self._pipeline
        assert self._view is not None and self._checks is not None
        votes, weights = pipeline.panel.votes(row, readings)
        opinions = Opinions(pipeline.consensus, decision.votes or (pipeline.model.vote(row), *votes), tuple(weights))
        against = decision.action != "hold" and not self._asked
        self.seen = Seen(decision, row.copy(), readings.copy(), opinions, _regime(row), self._checks,
                         not self._asked, against, self._view, self._position, self._stages(), pipeline.engine.seq)
        raise _Enough

    def _stages(self) -> dict[str, float]:
        """Of the newest decision, µs."""
        latencies, own = self._pipeline.latencies, {**self._own_ns, "total": sum(self._own_ns.values())}
        return {stage: (latencies.newest(stage) - own.get(stage, 0)) / 1000 for stage in STAGES}

    def record(self, kind: str, record: dict[str, Any]) -> None:
        """Nothing: the run's own tables tell."""


def _regime(row: NDArray[np.float64]) -> Regime:
    return regime(float(row[FEATURES.index(VOLATILITY)]), float(row[FEATURES.index(TREND)]))


def watch(past: Past, seq: int, progress: Progress | None = None) -> Seen:
    """Replays up to the decision at event ``seq``. Raises DataError when the replay does not come to it."""
    pipeline = _pipeline(past)
    witness = _Witness(pipeline, seq)
    pipeline.outputs.append(witness)
    if past.recording.warm_started:
        pipeline.engine.begin_backfill()
    with suppress(_Enough):
        _feed(pipeline, past, seq, progress)
    if witness.seen is None:
        raise DataError(f"run {past.name} decided at event {seq}, and a replay of its recording does not: see "
                        f"`qt parity {past.name}`")
    return witness.seen


def _feed(pipeline: Pipeline, past: Past, seq: int, progress: Progress | None) -> None:
    """Until the witness has seen enough; its part of the way is measured by event numbers."""
    engine, events, done, shown = pipeline.engine, past.recording.events, 0, 0
    while done < len(events):
        done = engine.feed(events, done)
        pipeline.on_due()
        if progress is not None and engine.seq - shown >= STEP:
            shown = engine.seq
            progress(min(shown, seq), seq)


def _pipeline(past: Past) -> Pipeline:
    """As the recorded run began."""
    sessions, calendar = sessions_of(past.recording)
    meta = run_meta(past.recording.symbol, past.recording.synthetic, past.config.features.candle_seconds, calendar)
    models = served.load(past.noted, past.home, meta["schema_id"])
    model = choose_model(past.config, calendar, past.home)[0] if models is None else first_voter(models)
    pipeline = build_pipeline(past.config, past.instrument, sessions, model)
    pipeline.models = {served.key_of(known.manifest.digest): known for known in models or ()}
    if content := past.begin:
        pipeline.trader.restore(beginning.from_json(content))
    return pipeline
