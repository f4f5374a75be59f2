"""One run: source, pipeline and readers from start to stop.

The engine's thread is the main thread. It alone feeds the engine; operators' commands and the feed's health reach it
as CONTROL events, so that they are recorded with everything else and a replay repeats them. All other threads read.
"""
from __future__ import annotations

import datetime as dt
import gc
import importlib
import queue
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from time import monotonic
from typing import Any

import numpy as np

from qt_app.alerts.centre import AlertCentre
from qt_app.alerts.codes import Code
from qt_app.alerts.desk import Patience
from qt_app.alerts.output import ExitAlerts
from qt_app.alerts.past import earlier_trades
from qt_app.alerts.rules import Rules, rules_of, switched_off
from qt_app.alerts.sinks import to_broadcast, to_file, to_log
from qt_app.assembly import build_pipeline
from qt_app.backup.hourly import Backups
from qt_app.config import Config
from qt_app.continuity import Continuity, new_run
from qt_app.errors import ConfigError, ExitCode, QtError, RefusedError
from qt_app.feed.clock import ClockWatch
from qt_app.feed.generated import account_file
from qt_app.feed.sources import LibrarySource, RecordingSource, Source
from qt_app.feed.watch import FeedWatch
from qt_app.home import Home
from qt_app.live.gate import require_real
from qt_app.live.provenance import synthetic
from qt_app.measured import StageWriter, discard_partial, path_of
from qt_app.orders import leaving
from qt_app.orders.broker import BrokerGateway
from qt_app.parity import ending, last
from qt_app.pipeline import Output
from qt_app.registry import opening
from qt_app.registry.desk import ModelDesk, Place
from qt_app.replay import beginning, served, settings
from qt_app.replay.outputs import RunWriter, run_meta
from qt_app.replay.recorder import Recorder
from qt_app.replay.results import Tally, summarise
from qt_app.reports import ending as report_ending
from qt_app.risk.controls import Cause
from qt_app.risk.latch import Latch
from qt_app.risk.states import TradingState
from qt_app.services import farewell, look, started
from qt_app.services.broadcast import Broadcaster
from qt_app.services.console import StatusLine
from qt_app.services.control import ControlServer
from qt_app.services.history import History
from qt_app.services.licence import LicenceLock
from qt_app.services.lock import InstanceLock
from qt_app.services.log import Log, write_line
from qt_app.services.log_topic import LogTeller
from qt_app.services.metrics import MetricsWriter
from qt_app.services.operator import Command, OperatorDesk, command_of
from qt_app.services.process import Owner
from qt_app.services.publish import Publisher
from qt_app.services.pulse import ParentWatch, Pulse, beat
from qt_app.services.screens import attach, tell_log
from qt_app.services.snapshot import Board, Health, Snapshot, starting
from qt_app.services.start import StartOptions
from qt_app.services.status import status_document
from qt_app.services.vitals import Vitals
from qt_app.zone import SAO_PAULO
from qt_core._types import EVENT_DTYPE, Control, Kind
from qt_core.features.registry import schema_id
from qt_core.ring import Ring

COMPONENT = "Runner"
NS_PER_MS = 1_000_000
#: A clock event is due this long after an instant that no market event reached: its callbacks are in by then.
CLOCK_GRACE_NS = 5 * NS_PER_MS
#: Readers see the run this often.
LOOK_S = 0.25
#: How long a stop may take to flatten before the run ends with what is open (it says so, and the exit code tells).
FLATTEN_S = 15.0
#: A rehearsal takes place at most this long before the instant: market time, so an accelerated market has none.
REHEARSAL_NS = 6 * NS_PER_MS
#: Resolved events between engine and recorder; beyond half of it an accelerated market waits.
SINK_EVENTS = 1 << 18
#: The longest another Python thread may keep the engine's thread from the GIL.
SWITCH_S = 0.0005


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


def open_source(config: Config, options: StartOptions, home: Home) -> Source:
    """The source that the options ask for."""
    if options.until is not None and options.source == "recording":
        raise ConfigError(f"--until ends a simulated market, this run's source is {options.source}: use `qt stop`")
    if options.source == "recording":
        if config.simulator.faults is not None:
            raise ConfigError("simulator.faults makes a simulated exchange hostile, this run's source is a recording: "
                              "leave --faults out")
        if config.simulator.play is not None:
            raise ConfigError("simulator.play is the market of the simulated exchange, this run's source is a "
                              "recording: leave --play or --feed out")
        if config.trading.mode != "paper":
            raise ConfigError(f"trading.mode {config.trading.mode} needs a broker, and a recording has none: use paper")
        assert options.recording is not None
        return RecordingSource(options.recording, config)
    today = dt.datetime.now(SAO_PAULO).date()
    kept = account_file(config, home, recovering=options.recovering > 0)
    return LibrarySource(config, simulated=options.source == "sim", today=today, cache=home.cache,
                         until=options.until, account_file=kept)


class Run:
    """State of one run. Built and driven by the engine's thread; ``commands`` is what other threads may write."""

    _log_teller: LogTeller | None = None

    def __init__(self, config: Config, home: Home, options: StartOptions, log: Log) -> None:
        self.config = config
        self.home = home
        self.options = options
        self.log = log
        if config.trading.mode == "live":
            require_real(config, home, options)
        self.source = open_source(config, options, home)
        market = self.source.market
        model, without, fallen = opening.choose(config, market.calendar, home)
        if without is not None:
            log.write("WARNING", COMPONENT, without)
        if config.trading.mode == "live" and (market.synthetic or model.synthetic):
            raise RefusedError("live mode is refused: the market or the model is synthetic; choose paper, or real ones")
        self.alerts = AlertCentre([to_log(log)], moment=self._moment,
                                  patience=Patience(config.alerts.window_s, config.alerts.cooldown_s))
        log.on_death = lambda name, error: self.alerts.raise_(Code.THREAD_DIED, f"thread {name} ended: {error}",
                                                              {"thread": name})
        self._rules = Rules(rules_of(config, self._earlier_trades), self.alerts)
        self._vitals = Vitals(home)
        self.pipeline = build_pipeline(config, market.instrument, market.sessions, model, self.source.router)
        if config.trading.mode == "live":
            self.pipeline.trader.gate.synthetic = lambda: synthetic(self.source, self.pipeline.model)
        if isinstance(gateway := self.pipeline.trader.gateway, BrokerGateway):
            gateway.listen(self.alerts.teller("Orders"))
        self._listen()
        self.tally = Tally()
        self.session_id = new_run(home.data / "runs")
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        first = starting(config, symbol=market.instrument.symbol, source=self.source.name, synthetic=market.synthetic,
                         session_id=self.session_id, restarts=options.recovering)
        first["schema_id"] = schema_id(config.features.candle_seconds, market.calendar)
        self.board = Board(first)
        self.pulse = Pulse()
        self._parent = ParentWatch(home, self.alerts.teller("Supervisor"))
        self._started_s = monotonic()
        self.watch = FeedWatch(config, self.source, self.pipeline, self._control, self.alerts.teller("Feed"))
        self.clock = ClockWatch(self.source.skew_ns, self._control, self.alerts.teller("Clock"))
        self._leaving_s: float | None = None   # since when a stop has been under way
        self._keep = False
        self._exit = ExitCode.OK
        self._rehearsed_ns = 0
        self._phase = "starting"
        self._next_gc_s = monotonic() + config.gc.interval_min * 60
        self._one = np.zeros(1, dtype=EVENT_DTYPE)
        self._sink: Ring | None = None
        self._broadcaster: Broadcaster | None = None
        self.past = Continuity(home, self.pipeline, self.source, self.session_id, self.alerts)
        self._control_server: ControlServer | None = None
        self._recorder: Recorder | None = None
        self.desk = OperatorDesk(self.pipeline.trader, self._queue, self.alerts.teller("Control"), self.past.note,
                                 self.past.durable)
        for words in fallen:
            self.alerts.raise_(Code.MODEL_ROLLED_BACK, words, component="Models")
        self.models = ModelDesk(self._place(), self.pipeline, say=self.alerts.teller("Models"), over=self.alerts.clear,
                                control=self._control, wake=self.pipeline.engine.wake)
        self._history = History(config.features.buffer_size, config.features.book_buffer_size,
                                self.pipeline.engine.market.depth)

    def _place(self) -> Place:
        """This run, for its models."""
        market, config = self.source.market, self.config
        meta = run_meta(market.instrument.symbol, market.synthetic, config.features.candle_seconds, market.calendar)
        return Place(self.home, config, meta["schema_id"], self.home.data / "runs" / self.session_id,
                     config.trading.mode == "live", meta)

    def _listen(self) -> None:
        """To what breakers and outputs have to tell."""
        self.pipeline.output_failed = self._output_failed
        breakers = self.pipeline.trader.gate.breakers
        breakers.alert = self.alerts.teller("Risk")
        breakers.over = lambda reason: self.alerts.clear(Code.BREAKER_TRIPPED, reason.name)

    # ---- life

    def go(self, on_ready: Callable[[], None] | None) -> int:
        """Start the readers, then the market; loop; put everything down in the opposite order."""
        with ExitStack() as stack:
            stack.enter_context(LicenceLock.of(self.config, self.home, self.options.source))
            self._catch(stack, "SIGTERM", "SIGHUP", "SIGBREAK")
            self._start_readers(stack)
            before = sys.getswitchinterval()
            sys.setswitchinterval(SWITCH_S)
            stack.callback(sys.setswitchinterval, before)
            self._calm_gc(stack)
            stack.callback(self.source.stop)
            self.source.start(self.pipeline.engine)
            self._writer.began(self.past.begin())
            self.past.started(f"{self.source.name}, {self.config.trading.mode}")
            self._go_on_halted()
            self._phase = "running"
            market = self.source.market
            self.log.write("INFO", COMPONENT, f"started: {market.instrument.symbol} from {self.source.name}",
                           {"mode": self.config.trading.mode, "synthetic": market.synthetic,
                            "model": self.pipeline.model.id, "config": self.config.hash})
            if on_ready is not None:
                on_ready()
            self._catch(stack, "SIGINT")
            try:
                self._loop()
            except KeyboardInterrupt:
                self._leave_at_once()
            self.pulse.rest()
            self._say_farewell()
            self._phase = "stopping"
            self.watch.close()
            # The recording ends with the time that was reached: the last instant falls due in a replay too.
            if self.pipeline.engine.now_ns:
                self._inject(Kind.CLOCK, 0, self.pipeline.engine.now_ns)
            self.past.stopped(f"position {self.pipeline.trader.account.position}")
        return self._exit

    def account_for(self) -> None:
        """Certificate and report, once everything is written and the home is free again; nobody waits for them."""
        folder, source = self.home.data / "runs" / self.session_id, self.source.name
        reported = report_ending.wanted(self.config, source, folder)
        try:
            if reported:
                report_ending.keep_metrics(self.home, self.session_id)
            if ending.wanted(self.config, source, folder):
                ending.begin(self.home, self.session_id)    # the report comes after the certificate
            elif reported:
                report_ending.begin(self.home, self.session_id)
        except OSError as error:
            write_line(self.home, "WARNING", "Parity", f"run {self.session_id} has no parity certificate or no report: "
                       f"{error}; make them with `qt parity {self.session_id}` and `qt report daily`", {},
                       secrets=self.config.secrets)

    def _say_farewell(self) -> None:
        """What stays in the market, for `qt stop`."""
        router = self.source.router
        account = None if router is None else f"{router.account.broker}:{router.account.account}"
        try:
            farewell.note(self.home, self.pipeline.trader, account)
        except OSError as error:
            self._reader_failed(f"{self.home.ended_file} cannot be written: {error}")

    def _start_readers(self, stack: ExitStack) -> None:
        config, market = self.config, self.source.market
        if config.zmq.enabled:
            self._broadcaster = Broadcaster(config.zmq.port, market.instrument.symbol, market.synthetic,
                                            self._heartbeat)
            stack.callback(self._broadcaster.close)
            self.alerts.add(to_broadcast(self._broadcaster))
            self._log_teller = tell_log(self.log, self._broadcaster, self._moment)
        self._start_alerts(stack)
        stack.enter_context(Backups(self.home, config, self.alerts.teller("Backup")))
        control = ControlServer(self.home, self._handlers(), config.zmq.control_port, self._reader_failed)
        self._control_server = control
        stack.callback(control.close)
        self._open_outputs(stack)
        if config.metrics.enabled:
            stack.callback(MetricsWriter(self.home, self.board.latest, self._reader_failed, self._send_metrics).close)
        if config.prometheus.enabled:
            self._serve_prometheus(stack)
        if self.options.status_line:
            stack.callback(StatusLine(self.board.latest, sys.stderr).close)
        self._spawn_looker(stack)   # the last look comes before the last metrics
        control.start()

    def _serve_prometheus(self, stack: ExitStack) -> None:
        """A taken port ends a start, and never the return to what a crash left open."""
        endpoint = importlib.import_module("qt_app.prometheus.endpoint")     # a run without it does not load it
        try:
            stack.callback(endpoint.Endpoint(self.config.prometheus.port, self.board.latest).close)
        except QtError as error:
            if not self.options.recovering:
                raise
            self._reader_failed(str(error))

    def _start_alerts(self, stack: ExitStack) -> None:
        market = self.source.market
        about = {"symbol": market.instrument.symbol, "synthetic": market.synthetic, "mode": self.config.trading.mode,
                 "session_id": self.session_id}
        self.alerts.add(to_file(self.home.alerts, about))
        self.alerts.start()
        for words in switched_off(self.config):
            self.log.write("INFO", "Alerts", words)
        stack.callback(self.alerts.close)

    def _open_outputs(self, stack: ExitStack) -> None:
        config, market = self.config, self.source.market
        begin = self.past.open(stack)
        meta = run_meta(market.instrument.symbol, market.synthetic, config.features.candle_seconds, market.calendar)
        if config.recorder.enabled and self.source.name != "recording":
            self._sink = self.pipeline.engine.sink = Ring(SINK_EVENTS)
            recorder = Recorder(self.home.data, market.instrument.symbol, self._sink, tick=market.instrument.tick,
                                qty_step=market.instrument.qty_step, synthetic=market.synthetic,
                                sessions=market.sessions,
                                meta=meta | self._own_meta(begin),
                                part_seconds=config.recorder.part_minutes * 60.0)
            self._recorder = recorder
            recorder.start()
            stack.callback(self._stop_recorder, recorder)
        runs = self.home.data / "runs"
        for broken in runs.glob(".*-*.partial"):    # of a run that was killed: its recording is what remains of it
            shutil.rmtree(broken)
        discard_partial(self.home)
        self.models.open()
        self._writer = writer = RunWriter(runs / self.session_id, "parquet", meta)
        writer.began(begin or b"")
        stack.callback(self._close_results, writer)
        stages = StageWriter(path_of(self.home, self.session_id), self.pipeline.latencies, self._reader_failed, meta)
        self._stages = stages
        stack.callback(stages.close)
        publisher = Publisher(self.log, self._broadcaster, lambda: dict(look.position(self.pipeline)))
        self.pipeline.outputs += [self.tally, writer, publisher, self._history, self.desk,
                                  ExitAlerts(self.alerts.teller("Orders")), stages]
        attach(self.pipeline, self._broadcaster, self._log_teller)

    def _own_meta(self, begin: bytes | None) -> dict[str, str]:
        """Which run recorded it, with what configuration, and what it began from, when that is known by now."""
        known = {} if begin is None else {beginning.KEY: beginning.name_of(begin)}
        return {"run_id": self.session_id, "config_hash": self.config.hash, **known,
                settings.KEY: settings.to_text(self.config), served.KEY: served.digest_of(self.pipeline.model)}

    def _close_results(self, writer: RunWriter) -> None:
        """A run that never saw an event leaves no results."""
        models = self.models.close()
        if not self.pipeline.engine.seq:
            writer.abandon()
            served.discard(writer.folder)
            beginning.discard(writer.folder)
        elif writer in self.pipeline.outputs:
            try:
                writer.served(models)
                writer.close(summarise(self.pipeline, self.tally))
            except OSError as error:    # a full disk is no reason to end otherwise than was asked
                writer.abandon()
                self.log.write("ERROR", COMPONENT, f"the results of this run are not written: {error}; its recording "
                               "and the journal tell what happened", {"folder": str(writer.folder)})

    def _stop_recorder(self, recorder: Recorder) -> None:
        recorder.stop()
        stats = recorder.stats()
        level = "ERROR" if stats["error"] or stats["missing"] else "INFO"
        self.log.write(level, "Recorder", "recording closed", stats)

    def _catch(self, stack: ExitStack, *names: str) -> None:
        """These signals stop the run as `qt stop` does, between two turns. Only a main thread may catch them; what was
        ignored stays so (nohup, a shell's background job)."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                stack.callback(signal.signal, number, signal.signal(number, self._signalled))

    def _signalled(self, number: int, frame: object) -> None:
        """A second Ctrl-C insists."""
        if number == signal.SIGINT and self._leaving_s is not None:
            raise KeyboardInterrupt
        self.stop({"position": "flatten", "by": signal.Signals(number).name})

    def _calm_gc(self, stack: ExitStack) -> None:
        """No collection by chance in the middle of a decision: only while the loop is idle, at the set interval."""
        gc.collect()
        gc.freeze()
        gc.disable()
        stack.callback(gc.enable)
        stack.callback(gc.unfreeze)

    # ---- the engine's thread

    def _loop(self) -> None:
        engine, source, pipeline = self.pipeline.engine, self.source, self.pipeline
        while not self._done():
            self.pulse.turn()
            moved = source.pump(engine)
            if engine.due:
                pipeline.on_due(self._take_notices)
                self.watch.look()
            pipeline.poll()
            if moved:
                self.watch.moved()
                self._backpressure()
            elif not engine.due:
                self._idle()
            self._act()

    def _take_notices(self, notices: Any) -> None:
        self.source.poll_notices(notices)

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
        if self._sink is not None and self.source.name == "sim" and self.config.simulator.speed != 1.0:
            while self._sink.fill > SINK_EVENTS // 2:
                self.pulse.turn()
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
            self._inject(Kind.CLOCK, 0, instant)

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

    def _moment(self) -> tuple[int, int | None]:
        """Where the engine stands, for an alert."""
        engine = self.pipeline.engine
        return engine.seq, engine.now_ns or None

    def _act(self) -> None:
        """Commands from other threads become events here."""
        while not self.commands.empty():
            self._command(self.commands.get())
        self.models.act()
        self.watch.act()
        self.clock.look()
        self.past.look(self._journal_changed)

    def _command(self, command: Command) -> None:
        self.desk.begin(command)
        self._control(command.code, command.detail)
        self.desk.done(command, self.pipeline.engine.now_ns)

    def _journal_changed(self, failing: bool) -> None:
        self._control(Control.REDUCE if failing else Control.RESUME, Cause.JOURNAL)

    def _go_on_halted(self) -> None:
        """A latched halt holds from before the first event."""
        latch = None if self.past.begun is None else Latch.of(self.past.begun.facts)
        if latch is not None:
            command = command_of(latch)
            self._control(command.code, command.detail)
            self.desk.latched(latch)

    def _control(self, code: Control, detail: int = 0) -> None:
        """Stamped with the time that was reached; before the first event that is the market's clock."""
        self._inject(Kind.CONTROL, code, self.pipeline.engine.now_ns or self.source.clock_ns() or 0, detail)

    def _inject(self, kind: Kind, code: int, ts_ns: int, detail: int = 0) -> None:
        """One event of our own into the stream, with whatever falls due before it."""
        event = self._one
        event["kind"], event["code"], event["ts_ns"], event["a"] = kind, code, ts_ns, detail
        done = 0
        while done < 1:
            done = self.pipeline.engine.feed(event, 0)
            self.pipeline.on_due(self._take_notices)

    def _done(self) -> bool:
        if self._leaving_s is None:
            return self.source.finished() and not self.watch.connection.busy
        trader = self.pipeline.trader
        if leaving.settled(trader, self._keep) or self.source.finished():
            return True
        if monotonic() - self._leaving_s > FLATTEN_S:
            wanted = "protected" if self._keep else "flat"
            self.alerts.raise_(Code.NOT_FLAT_AT_STOP, f"stopped, and not confirmed {wanted} within {FLATTEN_S:g} s",
                               {"position": trader.account.position}, component=COMPONENT)
            self._exit = ExitCode.TIMEOUT
            return True
        return False

    def _leave_at_once(self) -> None:
        """Ctrl-C: as `qt stop`, on this thread."""
        self.stop({"position": "flatten", "by": "Ctrl-C"})
        self._act()
        self._loop()

    # ---- what other threads call

    def _handlers(self) -> dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]:
        owner = Owner.me()
        return {
            "status": lambda args: {**status_document(self.board.latest(), owner), "parity": last.read(self.home)},
            "stop": self.stop,
            "halt": self.desk.halt,
            "resume": self.desk.resume,
            "model": lambda args: {**self.models.change(args), "shown": self._models_shown()},
            "model_progress": lambda args: {**self.models.progress(args), "shown": self._models_shown()},
            "progress": lambda args: {**self.desk.progress(args), "shown": self._shown()},
            "beat": self._beat,
            "history": self._history.answer,
        }

    def _queue(self, command: Command) -> None:
        """For the engine's thread, which may be waiting for the market."""
        self.commands.put(command)
        self.pipeline.engine.wake()

    def stop(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Block entries, cancel, flatten (or keep); the loop ends when that is confirmed. Raises RefusedError."""
        wanted = leaving.wanted(args, self.config.trading.mode, self.pipeline.trader.account.position)
        self._keep = wanted == "keep"
        self.desk.stop({**args, "position": wanted})
        self._leaving_s = monotonic()
        return {"stopping": True, "position": wanted}

    def _beat(self, args: Mapping[str, Any]) -> dict[str, Any]:
        stopping = None if self._leaving_s is None else "keep" if self._keep else "flatten"
        return beat(self.board.latest(), self.pulse.lag_s, self.watch.stale, stopping)

    def _heartbeat(self) -> tuple[int, int | None, Mapping[str, Any]]:
        latest = self.board.latest()
        told = {"state": latest["state"], "age_ms": latest["feed"]["age_ms"], "session_id": latest["session_id"],
                "log_left_out": 0 if self._log_teller is None else self._log_teller.left_out}
        return latest["seq"], latest["ts_ns"], told

    def _send_metrics(self, document: Mapping[str, Any]) -> None:
        if self._broadcaster is not None:
            self._broadcaster.send("metrics", document["seq"], None, document)

    def _output_failed(self, output: Output, error: Exception) -> None:
        """A writer or a broadcaster that fails is no reason to leave a position alone."""
        name = type(output).__name__
        self.alerts.raise_(Code.SERVICE_FAILED, f"{name} failed and is left out of this run: {error!r}", {},
                           component="Services", key=name)

    def _reader_failed(self, words: str) -> None:
        self.alerts.raise_(Code.SERVICE_FAILED, words, component="Services", key=words[:40])

    def _shown(self) -> bool:
        """Whether the snapshot that readers get is as new as position and state."""
        latest, now = self.board.latest(), self.pipeline
        return bool(latest["position"] == look.position(now) and latest["risk"]["state"] == look.risk(now)["state"])

    def _models_shown(self) -> bool:
        """The same of who serves and who votes in the shadow."""
        return look.voting(self.board.latest()["model"]) == look.voting(look.model(self.pipeline, self.models))

    # ---- the looking thread

    def _spawn_looker(self, stack: ExitStack) -> None:
        leave = threading.Event()

        def watch() -> None:
            while not leave.wait(LOOK_S):
                snapshot = self._look()
                self.board.publish(snapshot)
                self._rules.look(snapshot)
                self.models.note_drift()
                self._stages.write()

        thread = threading.Thread(target=watch, name="qt-look", daemon=True)
        thread.start()

        def close() -> None:
            leave.set()
            thread.join(5)
            self.board.publish(self._look())

        stack.callback(close)

    def _look(self) -> Snapshot:
        """Everything readers show, replaced whole."""
        p, first, engine = self.pipeline, self.board.latest(), self.pipeline.engine
        words, connected = self.watch.state()
        age_ms = round(self.watch.age_ms, 1) if engine.seq else None
        lag_s = self.pulse.lag_s
        per_s = p.decisions / max(monotonic() - self._started_s, 1e-9) if p.decisions else None
        return {
            **first, "state": self._state(), "seq": engine.seq, "ts_ns": engine.now_ns or None,
            "events": look.events(p, self.source.dropped(), self.source.refused()),
            "feed": {"source": self.source.name, "state": words, "connected": connected, "age_ms": age_ms},
            "features": look.features(p, per_s), "decision": look.decision(p, self.tally), "votes": look.votes(p),
            "position": look.position(p), "pnl": look.pnl(p), "trades": look.trades(p),
            "orders": {"sent": self.tally.records["order"], "working": len(p.trader.bracket.orders),
                       "rejected": self.tally.records["refusal"]},
            "reconciled": look.reconciled(p), "risk": look.risk(p), "model": look.model(p, self.models),
            "queues": self._queues(), "health": self._health(), "alerts": self.alerts.state(),
            "supervisor": self._parent.look(), "loop_ms": None if lag_s is None else round(lag_s * 1000, 1),
        }

    def _earlier_trades(self) -> tuple[int, int]:
        """Of earlier sessions, for the win rate; a recording is nobody's account."""
        if self.source.name == "recording":
            return 0, 0
        fees = self.pipeline.trader.account.fees
        return earlier_trades(self.home.journal, fees, paper=self.config.trading.mode == "paper")

    def _health(self) -> Health:
        """Figures of the process and its readers."""
        health = self._vitals.read()
        if self._control_server is not None:
            health["wrong_tokens"] = self._control_server.wrong_tokens
        if self._recorder is not None:
            health["recorder_failed"] = int(self._recorder.stats()["error"] is not None)
        if (journal := self.past.health()) is not None:
            health["journal_failed"], health["journal_low"] = journal
        return health

    def _queues(self) -> dict[str, int]:
        """What waits for readers, and what they lost."""
        queues = {"log_dropped": self.log.dropped, "log_failed": self.log.failed + self.log.unrotated}
        if self._sink is not None:
            queues |= {"sink": self._sink.fill, "sink_dropped": self._sink.dropped}
        if self._broadcaster is not None:
            queues |= {"broadcast": self._broadcaster.depth, "broadcast_dropped": self._broadcaster.dropped}
        return queues

    def _state(self) -> str:
        if self._phase != "running":
            return self._phase
        if self._leaving_s is not None:
            return "stopping"
        if (state := self.pipeline.trader.gate.state) is not TradingState.ACTIVE:
            return state.name.lower()
        return "running" if self.pipeline.decisions else "warming"
