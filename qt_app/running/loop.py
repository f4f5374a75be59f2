"""The engine's thread: pump the market, answer what falls due, and use the time in between."""
from __future__ import annotations

import gc
import threading
from time import monotonic

from qt_app.continuity import Continuity
from qt_app.feed.clock import ClockWatch
from qt_app.feed.watch import FeedWatch
from qt_app.registry.desk import ModelDesk
from qt_app.risk.controls import Cause
from qt_app.running.inlet import Inlet
from qt_app.running.life import Life
from qt_app.running.outputs import SINK_EVENTS, Outputs
from qt_app.running.parts import Parts
from qt_app.services.operator import Command, OperatorDesk
from qt_app.services.pulse import Pulse
from qt_core._types import Control

NS_PER_MS = 1_000_000
#: A clock event is due this long after an instant that no market event reached: its callbacks are in by then.
CLOCK_GRACE_NS = 5 * NS_PER_MS
#: A rehearsal takes place at most this long before the instant: market time, so an accelerated market has none.
REHEARSAL_NS = 6 * NS_PER_MS


class Loop:
    """Turns until the run's life is over. It alone feeds the engine."""

    def __init__(self, parts: Parts, *, inlet: Inlet, life: Life, watch: FeedWatch, clock: ClockWatch,
                 desk: OperatorDesk, models: ModelDesk, past: Continuity, outputs: Outputs, pulse: Pulse) -> None:
        self.config, self.source, self.pipeline = parts.config, parts.source, parts.pipeline
        self.inlet, self.life, self.watch, self.clock = inlet, life, watch, clock
        self.desk, self.models, self.past = desk, models, past
        self._outputs = outputs
        self._pulse = pulse
        self._rehearsed_ns = 0
        self._next_gc_s = monotonic() + self.config.gc.interval_min * 60

    def run(self) -> None:
        """Raises KeyboardInterrupt when Ctrl-C insists: see ``leave_at_once``."""
        engine, source, pipeline = self.pipeline.engine, self.source, self.pipeline
        while not self.life.done():
            self._pulse.turn()
            moved = source.pump(engine)
            if engine.due:
                pipeline.on_due(self.inlet.notices)
                self.watch.look()
            pipeline.poll()
            if moved:
                self.watch.moved()
                self._backpressure()
            elif not engine.due:
                self._idle()
            self._act()

    def leave_at_once(self) -> None:
        """Ctrl-C: as `qt stop`, on this thread."""
        self.life.stop({"position": "flatten", "by": "Ctrl-C"})
        self._act()
        self.run()

    def _idle(self) -> None:
        """The ring is empty: let time pass, look after the feed's health, collect garbage, wait."""
        self._tick_clock()
        self._rehearse()
        self.watch.idle()
        if self.config.gc.interval_min and monotonic() >= self._next_gc_s:
            self._next_gc_s = monotonic() + self.config.gc.interval_min * 60
            gc.collect()
        self.source.wait(self.pipeline.engine)

    def _backpressure(self) -> None:
        """A market faster than real time waits for the recorder; a real one is never held up."""
        sink = self._outputs.sink
        if sink is not None and self.source.name == "sim" and self.config.simulator.speed != 1.0:
            while sink.fill > SINK_EVENTS // 2:
                self._pulse.turn()
                self.source.wait(self.pipeline.engine)
                threading.Event().wait(0.001)

    def _tick_clock(self) -> None:
        """Bring the next instant about when the market is silent."""
        engine = self.pipeline.engine
        now = self.source.clock_ns()
        if now is None or engine.backfilling or not engine.now_ns:
            return
        interval = self.config.features.calculation_interval_ms * NS_PER_MS
        instant = (engine.now_ns // interval + 1) * interval
        if now >= instant + CLOCK_GRACE_NS:
            self.inlet.clock(instant)

    def _rehearse(self) -> None:
        """Once before each instant of a market in real time, warm the decision's path and stay awake for it."""
        engine, now = self.pipeline.engine, self.source.clock_ns()
        if now is None or engine.backfilling or self.config.engine.wait == "sleep" or not self.pipeline.decisions:
            return
        interval = self.config.features.calculation_interval_ms * NS_PER_MS
        instant = (now // interval + 1) * interval
        if instant - now <= REHEARSAL_NS and instant != self._rehearsed_ns:
            self._rehearsed_ns = instant
            self.pipeline.rehearse()
            self.source.watch_closely(engine, REHEARSAL_NS)

    def _act(self) -> None:
        """Commands from other threads become events here."""
        for command in self.inlet.commands():
            self._command(command)
        self.models.act()
        self.watch.act()
        self.clock.look()
        self.past.look(self._journal_changed)

    def _command(self, command: Command) -> None:
        self.desk.begin(command)
        self.inlet.control(command.code, command.detail)
        self.desk.done(command, self.pipeline.engine.now_ns)

    def _journal_changed(self, failing: bool) -> None:
        self.inlet.control(Control.REDUCE if failing else Control.RESUME, Cause.JOURNAL)
