"""The looking thread: four times a second everything that readers show, replaced whole."""
from __future__ import annotations

import threading
from contextlib import ExitStack
from time import monotonic

from qt_app.alerts.past import earlier_trades
from qt_app.alerts.rules import Rules, rules_of
from qt_app.continuity import Continuity
from qt_app.feed.watch import FeedWatch
from qt_app.registry.desk import ModelDesk
from qt_app.running.life import Life
from qt_app.running.outputs import Outputs
from qt_app.running.parts import Parts
from qt_app.running.readers import Readers
from qt_app.services import look
from qt_app.services.pulse import ParentWatch, Pulse
from qt_app.services.snapshot import Board, Health, Snapshot
from qt_app.services.vitals import Vitals

#: Readers see the run this often.
LOOK_S = 0.25


class Looker:
    """Reads the run and touches nothing of it; what looks at its snapshots is called here too."""

    def __init__(self, parts: Parts, *, board: Board, life: Life, watch: FeedWatch, models: ModelDesk,
                 past: Continuity, outputs: Outputs, readers: Readers, pulse: Pulse) -> None:
        self._parts = parts
        self._board, self._life, self._watch, self._models = board, life, watch, models
        self._past, self._outputs, self._readers, self._pulse = past, outputs, readers, pulse
        self._rules = Rules(rules_of(parts.config, self._earlier_trades), parts.alerts)
        self._vitals = Vitals(parts.home)
        self._parent = ParentWatch(parts.home, parts.alerts.teller("Supervisor"))
        self._started_s = monotonic()
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._run, name="qt-look", daemon=True)

    def start(self, stack: ExitStack) -> None:
        self._thread.start()
        stack.callback(self._close)

    def _close(self) -> None:
        self._leave.set()
        self._thread.join(5)
        self._board.publish(self._look())

    def _run(self) -> None:
        while not self._leave.wait(LOOK_S):
            snapshot = self._look()
            self._board.publish(snapshot)
            self._rules.look(snapshot)
            self._models.note_drift()
            self._outputs.stages.write()

    def _look(self) -> Snapshot:
        p, first, engine, source = (self._parts.pipeline, self._board.latest(), self._parts.pipeline.engine,
                                    self._parts.source)
        tally, lag_s = self._parts.tally, self._pulse.lag_s
        words, connected = self._watch.state()
        age_ms = round(self._watch.age_ms, 1) if engine.seq else None
        per_s = p.decisions / max(monotonic() - self._started_s, 1e-9) if p.decisions else None
        return {
            **first, "state": self._life.state(), "seq": engine.seq, "ts_ns": engine.now_ns or None,
            "events": look.events(p, source.dropped(), source.refused()),
            "feed": {"source": source.name, "state": words, "connected": connected, "age_ms": age_ms},
            "features": look.features(p, per_s), "decision": look.decision(p, tally), "votes": look.votes(p),
            "position": look.position(p), "pnl": look.pnl(p), "trades": look.trades(p),
            "orders": {"sent": tally.records["order"], "working": len(p.trader.bracket.orders),
                       "rejected": tally.records["refusal"]},
            "reconciled": look.reconciled(p), "risk": look.risk(p), "model": look.model(p, self._models),
            "queues": self._readers.queues(), "health": self._health(), "alerts": self._parts.alerts.state(),
            "supervisor": self._parent.look(), "loop_ms": None if lag_s is None else round(lag_s * 1000, 1),
        }

    def _health(self) -> Health:
        """Figures of the process and its readers."""
        health = self._vitals.read()
        health["wrong_tokens"] = self._readers.wrong_tokens
        if (recorder := self._outputs.recorder) is not None:
            health["recorder_failed"] = int(recorder.stats()["error"] is not None)
        if (journal := self._past.health()) is not None:
            health["journal_failed"], health["journal_low"] = journal
        return health

    def _earlier_trades(self) -> tuple[int, int]:
        """Of earlier sessions, for the win rate; a recording is nobody's account."""
        parts = self._parts
        if parts.source.name == "recording":
            return 0, 0
        fees = parts.pipeline.trader.account.fees
        return earlier_trades(parts.home.journal, fees, paper=parts.config.trading.mode == "paper")
