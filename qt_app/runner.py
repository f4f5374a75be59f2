"""One run: source, pipeline and readers from start to stop.

The engine's thread is the main thread. It alone feeds the engine; operators' commands and the feed's health reach it
as CONTROL events, so that they are recorded with everything else and a replay repeats them. All other threads read.
"""
from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress

from qt_app.alerts.codes import Code
from qt_app.config import Config
from qt_app.continuity import Continuity
from qt_app.errors import QtError
from qt_app.feed.clock import ClockWatch
from qt_app.feed.watch import FeedWatch
from qt_app.home import Home
from qt_app.live.gate import require_real
from qt_app.parity import ending
from qt_app.registry.desk import ModelDesk, Place
from qt_app.reports import ending as report_ending
from qt_app.risk.latch import Latch
from qt_app.running.inlet import Inlet
from qt_app.running.life import Life
from qt_app.running.looker import Looker
from qt_app.running.loop import Loop
from qt_app.running.outputs import Outputs
from qt_app.running.parts import COMPONENT, Parts, assemble
from qt_app.running.process import Signals, calm_gc, favour_engine
from qt_app.running.readers import Readers
from qt_app.running.requests import Requests
from qt_app.running.source import open_source
from qt_app.services import farewell, started
from qt_app.services.history import History
from qt_app.services.licence import LicenceLock
from qt_app.services.lock import InstanceLock
from qt_app.services.log import Log, write_line
from qt_app.services.operator import OperatorDesk, command_of
from qt_app.services.pulse import Pulse
from qt_app.services.snapshot import Board, Snapshot, starting
from qt_app.services.start import StartOptions
from qt_core.features.registry import schema_id


def run(config: Config, home: Home, options: StartOptions, on_ready: Callable[[], None] | None = None) -> int:
    """Run until stopped, the session's end, or an error. Returns the exit code."""
    home.prepare()
    console = sys.stderr if options.console else None
    with InstanceLock(home):
        try:
            with Log(home, config.log.level, config.secrets, console, max_bytes=config.log.max_mb << 20,
                     keep_days=config.log.keep_days) as log:
                log.watch_threads()
                log.listen("qt", "qt_app")
                started.note(home, config, options)
                for level, words in config.notes:
                    log.write(level, "Config", words)
                session = Run(config, home, options, log)
                code = session.go(on_ready)
        except QtError as error:
            # The terminal gets this sentence from the command; here it outlives a run in the background.
            with suppress(OSError):
                write_line(home, "ERROR", COMPONENT, str(error), {"exit_code": int(error.code)}, secrets=config.secrets)
            raise
    session.account_for()
    return code


class Run:
    """One run's parts, put together and driven by the engine's thread."""

    def __init__(self, config: Config, home: Home, options: StartOptions, log: Log) -> None:
        if config.trading.mode == "live":
            require_real(config, home, options)
        self.parts = parts = assemble(config, home, options, log, open_source(config, options, home))
        self.source, self.pipeline, alerts = parts.source, parts.pipeline, parts.alerts
        self.board = Board(_first_snapshot(parts))
        self.pulse = Pulse()
        self.inlet = Inlet(self.pipeline, self.source)
        self.watch = FeedWatch(config, self.source, self.pipeline, self.inlet.control, alerts.teller("Feed"))
        self.past = Continuity(home, self.pipeline, self.source, parts.session_id, alerts)
        self.desk = OperatorDesk(self.pipeline.trader, self.inlet.put, alerts.teller("Control"), self.past.note,
                                 self.past.durable)
        self.life = Life(parts, self.desk, lambda: self.watch.connection.busy)
        for words in parts.fallen:
            alerts.raise_(Code.MODEL_ROLLED_BACK, words, component="Models")
        place = Place(home, config, parts.meta["schema_id"], parts.folder, config.trading.mode == "live", parts.meta)
        self.models = ModelDesk(place, self.pipeline, say=alerts.teller("Models"), over=alerts.clear,
                                control=self.inlet.control, wake=self.pipeline.engine.wake)
        history = History(config.features.buffer_size, config.features.book_buffer_size,
                          self.pipeline.engine.market.depth)
        self.outputs = Outputs(parts, self.past, self.models, [history, self.desk])
        requests = Requests(parts, board=self.board, life=self.life, desk=self.desk, models=self.models,
                            watch=self.watch, pulse=self.pulse, history=history)
        self.readers = Readers(parts, self.board, self.outputs, requests)
        self.looker = Looker(parts, board=self.board, life=self.life, watch=self.watch, models=self.models,
                             past=self.past, outputs=self.outputs, readers=self.readers, pulse=self.pulse)
        clock = ClockWatch(self.source.skew_ns, self.inlet.control, alerts.teller("Clock"))
        self.loop = Loop(parts, inlet=self.inlet, life=self.life, watch=self.watch, clock=clock, desk=self.desk,
                         models=self.models, past=self.past, outputs=self.outputs, pulse=self.pulse)

    def go(self, on_ready: Callable[[], None] | None) -> int:
        """Start the readers, then the market; loop; put everything down in the opposite order."""
        config, signals = self.parts.config, Signals(self.life.stop, lambda: self.life.leaving is not None)
        with ExitStack() as stack:
            stack.enter_context(LicenceLock.of(config, self.parts.home, self.parts.options.source))
            signals.catch(stack, "SIGTERM", "SIGHUP", "SIGBREAK")
            self.readers.start(stack)
            self.looker.start(stack)    # the last look comes before the last metrics
            self.readers.listen()
            favour_engine(stack)
            calm_gc(stack)
            stack.callback(self.source.stop)
            self.source.start(self.pipeline.engine)
            self.outputs.began(self.past.begin())
            self.past.started(f"{self.source.name}, {config.trading.mode}")
            self._go_on_halted()
            self.life.phase = "running"
            self._say_started()
            if on_ready is not None:
                on_ready()
            signals.catch(stack, "SIGINT")
            try:
                self.loop.run()
            except KeyboardInterrupt:
                self.loop.leave_at_once()
            self.pulse.rest()
            self._say_farewell()
            self.life.phase = "stopping"
            self.watch.close()
            # The recording ends with the time that was reached: the last instant falls due in a replay too.
            if self.pipeline.engine.now_ns:
                self.inlet.clock(self.pipeline.engine.now_ns)
            self.past.stopped(f"position {self.pipeline.trader.account.position}")
        return self.life.exit

    def account_for(self) -> None:
        """Certificate and report, once everything is written and the home is free again; nobody waits for them."""
        parts = self.parts
        home, run, source = parts.home, parts.session_id, self.source.name
        reported = report_ending.wanted(parts.config, source, parts.folder)
        try:
            if reported:
                report_ending.keep_metrics(home, run)
            if ending.wanted(parts.config, source, parts.folder):
                ending.begin(home, run)    # the report comes after the certificate
            elif reported:
                report_ending.begin(home, run)
        except OSError as error:
            write_line(home, "WARNING", "Parity", f"run {run} has no parity certificate or no report: {error}; make "
                       f"them with `qt parity {run}` and `qt report daily`", {}, secrets=parts.config.secrets)

    def _go_on_halted(self) -> None:
        """A latched halt holds from before the first event."""
        latch = None if self.past.begun is None else Latch.of(self.past.begun.facts)
        if latch is not None:
            command = command_of(latch)
            self.inlet.control(command.code, command.detail)
            self.desk.latched(latch)

    def _say_started(self) -> None:
        config, market = self.parts.config, self.source.market
        self.parts.log.write("INFO", COMPONENT, f"started: {market.instrument.symbol} from {self.source.name}",
                             {"mode": config.trading.mode, "synthetic": market.synthetic,
                              "model": self.pipeline.model.id, "config": config.hash})

    def _say_farewell(self) -> None:
        """What stays in the market, for `qt stop`."""
        router, home = self.source.router, self.parts.home
        account = None if router is None else f"{router.account.broker}:{router.account.account}"
        try:
            farewell.note(home, self.pipeline.trader, account)
        except OSError as error:
            self.parts.reader_failed(f"{home.ended_file} cannot be written: {error}")


def _first_snapshot(parts: Parts) -> Snapshot:
    config, market = parts.config, parts.market
    first = starting(config, symbol=market.instrument.symbol, source=parts.source.name, synthetic=market.synthetic,
                     session_id=parts.session_id, restarts=parts.options.recovering)
    first["schema_id"] = schema_id(config.features.candle_seconds, market.calendar)
    return first
