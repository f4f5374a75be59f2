"""Steps 3 to 8 joined: the same object runs live, on paper and in replay; only the source of events differs.

The engine stops whenever Python is owed something: a row is due (decide), our orders have news (report), a rare event
wants an answer (notice), or the market has reached a price at which the money must be looked at. Nothing here reads a
clock to decide; ``mono_ns`` only measures.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import nan
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qt_app.agents import AgentPanel
from qt_app.consensus import Consensus
from qt_app.feed.channels import ROUTING
from qt_app.inference.model import Voter
from qt_app.latency import Latencies
from qt_app.orders.trader import Trader
from qt_app.votes import Decision
from qt_core._types import Control, Kind, mono_ns
from qt_core.engine import DUE_NOTICE, DUE_PRICE, DUE_REPORTS, DUE_SAMPLE, Engine

#: How often, in event time, the watchdog asks which features have frozen.
WATCHDOG_NS = 10_000_000_000


class Output(Protocol):
    """A reader of the run: a writer of files, a broadcaster, a counter. It cannot change a decision."""

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None: ...

    def record(self, kind: str, record: dict[str, Any]) -> None: ...


class Pipeline:
    """One symbol's route from a due row to an order."""

    def __init__(self, engine: Engine, model: Voter, panel: AgentPanel, consensus: Consensus, trader: Trader) -> None:
        self.engine = engine
        self.model = model
        self.panel = panel
        self.consensus = consensus
        self.trader = trader
        self.latencies = Latencies()
        self.outputs: list[Output] = []
        self.output_failed: Callable[[Output, Exception], None] | None = None
        self.last: Decision | None = None
        self.decisions = 0
        #: By the key that a CONTROL event MODEL names: what may take over between two decisions.
        self.models: dict[int, Voter] = {}
        self._next_watch = 0

    def on_due(self, watch: Callable[[NDArray[Any]], None] | None = None) -> None:
        """Answer what the engine stopped for; call after every feed or drain that left ``engine.due`` set.

        ``watch`` is shown every notice, for what a live feed does with them; it must not touch the engine.
        """
        due = self.engine.due
        if due & DUE_NOTICE:
            self._notices(watch)
        if due & DUE_REPORTS:
            self.trader.on_reports(self.engine)
        if due & DUE_PRICE:
            self.trader.on_time(self.engine)
        if due & DUE_SAMPLE:
            self._decide()
        self.engine.watch_prices(*self.trader.gate.watched_prices())
        if self.trader.records:
            self._publish_records()

    def poll(self) -> None:
        """What the way to the broker has to say between two events; a paper account never has."""
        if self.trader.gateway.pending:
            self._hear()
            if self.trader.records:
                self._publish_records()

    def _hear(self) -> None:
        """The broker has news that no event of the engine's own market carried."""
        if self.engine.now_ns:
            self.trader.gateway.advance(self.engine.now_ns)
        self.trader.on_reports(self.engine)
        self.engine.watch_prices(*self.trader.gate.watched_prices())

    def _decide(self) -> None:
        engine = self.engine
        row, readings = engine.row, engine.reading
        started = mono_ns()
        try:
            decision, stages = self._consult(row, readings)
        except Exception as error:  # noqa: BLE001 (whatever it is: counted, told, and this decision is hold)
            decision, stages = self._failed(error), (mono_ns(), mono_ns())
        else:
            self.trader.gate.breakers.decided()
        joined = mono_ns()
        outcome = self.trader.judge(decision, engine)  # tick 7/8: risk allows, shrinks or refuses, with a reason
        judged = mono_ns()
        self.trader.act(decision, outcome, engine)  # tick 8/8: what passed goes to the paper account or the broker
        scored, voted = stages
        self.latencies.add(engine.sample_cost_ns, scored - started, voted - scored, joined - voted, judged - joined,
                           mono_ns() - judged)
        self.last = decision
        self.decisions += 1
        self._tell(lambda output: output.decision(decision, row, readings))
        self._watch()

    def _consult(self, row: NDArray[np.float64], readings: NDArray[np.float64]) -> tuple[Decision, tuple[int, int]]:
        """The decision about a row, and when the model and the agents had voted."""
        engine = self.engine
        vote = self.model.vote(row)  # tick 5/8: the model scores the row of 65
        scored = mono_ns()
        votes, weights = self.panel.votes(row, readings)
        voted = mono_ns()
        decision = self.consensus.decide(  # tick 6/8: four agents voted; consensus joins them with the model, 40/60
            engine.seq, engine.sample_ns, vote, votes, weights)
        return decision, (scored, voted)

    def _failed(self, error: Exception) -> Decision:
        engine, words = self.engine, f"{type(error).__name__}: {error}"
        self.trader.gate.breakers.decision_failed(engine.sample_ns, words)
        return Decision(engine.seq, engine.sample_ns, "hold", nan, None, f"ERROR {words}", ())

    def _tell(self, tell: Callable[[Output], None]) -> None:
        """Every output; one that fails is left out from then on if somebody is told of it, else it ends the run."""
        for output in tuple(self.outputs):
            try:
                tell(output)
            except Exception as error:
                if self.output_failed is None:
                    raise
                self.outputs.remove(output)
                self.output_failed(output, error)

    def rehearse(self) -> None:
        """Walk model, agents and consensus over the last row and forget the answer.

        Between two instants everything else pushes this code and its data out of the caches; just before an instant
        this brings them back. It changes nothing: voters and consensus are pure.
        """
        row, readings = self.engine.row, self.engine.reading
        vote = self.model.vote(row)
        votes, weights = self.panel.votes(row, readings)
        self.consensus.decide(0, 0, vote, votes, weights)

    def _watch(self) -> None:
        """Once every ten seconds of event time: voters of a frozen feature abstain until it moves."""
        engine = self.engine
        if engine.sample_ns >= self._next_watch:
            self._next_watch = engine.sample_ns + WATCHDOG_NS
            assert engine.features is not None
            self.panel.frozen = frozenset(engine.features.frozen(engine.sample_ns))

    def _notices(self, watch: Callable[[NDArray[Any]], None] | None) -> None:
        notices = self.engine.notices()
        if watch is not None:
            watch(notices)
        for event in notices:
            if event["kind"] == Kind.CONTROL:
                if event["code"] == Control.MODEL:
                    self.model = self.models.get(int(event["a"]), self.model)
                self.trader.on_control(int(event["code"]), self.engine, int(event["a"]))
            elif event["kind"] == Kind.STATE and event["a"] == ROUTING:
                self.trader.gateway.unsettle("the routing channel changed")
        if np.isin(notices["kind"], (Kind.ORDER_UPDATE, Kind.STATE)).any() and self.trader.gateway.pending:
            self._hear()

    def _publish_records(self) -> None:
        for kind, record in self.trader.take_records():
            self._tell(partial(_recorded, kind, record))


def _recorded(kind: str, record: dict[str, Any], output: Output) -> None:
    output.record(kind, record)


def run_events(pipeline: Pipeline, events: NDArray[Any], progress: Callable[[int, int], None] | None = None,
               every: int = 200_000) -> None:
    """Feed a whole array of events, answering everything that falls due."""
    engine, done, shown = pipeline.engine, 0, 0
    while done < len(events):
        done = engine.feed(events, done)
        pipeline.on_due()
        if progress is not None and done - shown >= every:
            shown = done
            progress(done, len(events))
