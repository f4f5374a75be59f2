"""One run: source, pipeline and readers from start to stop.

The engine's thread is the main thread. It alone feeds the engine; operators' commands and the feed's health reach it
as CONTROL events, so that they are recorded with everything else and a replay repeats them. All other threads read.
"""
from __future__ import annotations

import datetime as dt
import gc
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

from qt_app.assembly import build_pipeline, choose_model
from qt_app.calendar import SAO_PAULO
from qt_app.config import Config
from qt_app.errors import ConfigError, ExitCode, QtError, RefusedError
from qt_app.feed.sources import LibrarySource, RecordingSource, Source
from qt_app.home import Home
from qt_app.replay.outputs import RunWriter, run_meta
from qt_app.replay.recorder import Recorder
from qt_app.replay.results import Tally, summarise
from qt_app.services import look
from qt_app.services.broadcast import Broadcaster
from qt_app.services.console import StatusLine
from qt_app.services.control import ControlServer
from qt_app.services.history import History
from qt_app.services.lock import InstanceLock
from qt_app.services.log import Log, write_line
from qt_app.services.metrics import MetricsWriter
from qt_app.services.process import Owner
from qt_app.services.publish import Publisher
from qt_app.services.snapshot import Board, Snapshot, starting
from qt_app.services.start import StartOptions
from qt_app.services.status import status_document
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
#: How long a new image of the book may take before it is asked for again.
RESYNC_S = 5.0
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
            with Log(home, config.log.level, config.secrets, console) as log:
                log.watch_threads()
                log.listen("qt", "qt_app")
                return Run(config, home, options, log).go(on_ready)
        except QtError as error:
            # The terminal gets this sentence from the command; here it outlives a run in the background.
            with suppress(OSError):
                write_line(home, "ERROR", COMPONENT, str(error), {"exit_code": int(error.code)}, secrets=config.secrets)
            raise


def open_source(config: Config, options: StartOptions) -> Source:
    """The source that the options ask for."""
    if options.until is not None and options.source != "sim":
        raise ConfigError(f"--until ends a simulated market, this run's source is {options.source}: use `qt stop`")
    if options.source == "recording":
        assert options.recording is not None
        return RecordingSource(options.recording, config)
    today = dt.datetime.now(SAO_PAULO).date()
    return LibrarySource(config, simulated=options.source == "sim", today=today, until=options.until)


class Run:
    """State of one run. Built and driven by the engine's thread; ``commands`` is what other threads may write."""

    def __init__(self, config: Config, home: Home, options: StartOptions, log: Log) -> None:
        self.config = config
        self.home = home
        self.options = options
        self.log = log
        self.source = open_source(config, options)
        market = self.source.market
        model, without = choose_model(config, market.calendar)
        if without is not None:
            log.write("WARNING", COMPONENT, without)
        if config.trading.mode == "live" and (market.synthetic or model.synthetic):
            raise RefusedError("live mode refuses a synthetic market or model: choose paper, or a real feed and model")
        self.pipeline = build_pipeline(config, market.instrument, market.sessions, model)
        self.tally = Tally()
        self.session_id = dt.datetime.now(SAO_PAULO).strftime("%Y%m%d-%H%M%S")
        self.commands: queue.SimpleQueue[Control] = queue.SimpleQueue()
        first = starting(config, symbol=market.instrument.symbol, source=self.source.name, synthetic=market.synthetic,
                         session_id=self.session_id)
        first["schema_id"] = schema_id(config.features.candle_seconds, market.calendar)
        self.board = Board(first)
        self._started_s = monotonic()
        self._moved_s = monotonic()
        self._stale = False
        self._leaving_s: float | None = None   # since when a stop has been under way
        self._keep = False
        self._exit = ExitCode.OK
        self._next_resync_s = 0.0
        self._rehearsed_ns = 0
        self._phase = "starting"
        self._next_gc_s = monotonic() + config.gc.interval_min * 60
        self._one = np.zeros(1, dtype=EVENT_DTYPE)
        self._sink: Ring | None = None
        self._broadcaster: Broadcaster | None = None
        self._history = History(config.features.buffer_size, config.features.book_buffer_size,
                                self.pipeline.engine.market.depth)

    # ---- life

    def go(self, on_ready: Callable[[], None] | None) -> int:
        """Start the readers, then the market; loop; put everything down in the opposite order."""
        with ExitStack() as stack:
            self._catch_terminate(stack)
            self._start_readers(stack)
            before = sys.getswitchinterval()
            sys.setswitchinterval(SWITCH_S)
            stack.callback(sys.setswitchinterval, before)
            self._calm_gc(stack)
            stack.callback(self.source.stop)
            self.source.start(self.pipeline.engine)
            self._phase = "running"
            market = self.source.market
            self.log.write("INFO", COMPONENT, f"started: {market.instrument.symbol} from {self.source.name}",
                           {"mode": self.config.trading.mode, "synthetic": market.synthetic,
                            "model": self.pipeline.model.id, "config": self.config.hash})
            if on_ready is not None:
                on_ready()
            try:
                self._loop()
            except KeyboardInterrupt:
                self._leave_at_once()
            self._phase = "stopping"
            # The recording ends with the time that was reached: the last instant falls due in a replay too.
            if self.pipeline.engine.now_ns:
                self._inject(Kind.CLOCK, 0, self.pipeline.engine.now_ns)
        return self._exit

    def _start_readers(self, stack: ExitStack) -> None:
        config, market = self.config, self.source.market
        if config.zmq.enabled:
            self._broadcaster = Broadcaster(config.zmq.port, market.instrument.symbol, market.synthetic,
                                            self._heartbeat)
            stack.callback(self._broadcaster.close)
        control = ControlServer(self.home, self._handlers(), config.zmq.control_port, self._reader_failed)
        stack.callback(control.close)
        self._open_outputs(stack)
        if config.metrics.enabled:
            stack.callback(MetricsWriter(self.home, self.board.latest, self._reader_failed, self._send_metrics).close)
        if self.options.status_line:
            stack.callback(StatusLine(self.board.latest, sys.stderr).close)
        self._spawn_looker(stack)   # the last look comes before the last metrics
        control.start()

    def _open_outputs(self, stack: ExitStack) -> None:
        config, market = self.config, self.source.market
        meta = run_meta(market.instrument.symbol, market.synthetic, config.features.candle_seconds, market.calendar)
        if config.recorder.enabled and self.source.name != "recording":
            self._sink = self.pipeline.engine.sink = Ring(SINK_EVENTS)
            recorder = Recorder(self.home.data, market.instrument.symbol, self._sink, tick=market.instrument.tick,
                                qty_step=market.instrument.qty_step, synthetic=market.synthetic,
                                sessions=market.sessions,
                                meta=meta | {"run_id": self.session_id, "config_hash": config.hash},
                                part_seconds=config.recorder.part_minutes * 60.0)
            recorder.start()
            stack.callback(self._stop_recorder, recorder)
        runs = self.home.data / "runs"
        for broken in runs.glob(".*-*.partial"):    # of a run that was killed: its recording is what remains of it
            shutil.rmtree(broken)
        writer = RunWriter(runs / self.session_id, "parquet", meta)
        stack.callback(self._close_results, writer)
        publisher = Publisher(self.log, self._broadcaster, lambda: dict(look.position(self.pipeline)))
        self.pipeline.outputs += [self.tally, writer, publisher, self._history]

    def _close_results(self, writer: RunWriter) -> None:
        """A run that never saw an event leaves no results."""
        if self.pipeline.engine.seq:
            writer.close(summarise(self.pipeline, self.tally))
        else:
            writer.abandon()

    def _stop_recorder(self, recorder: Recorder) -> None:
        recorder.stop()
        stats = recorder.stats()
        level = "ERROR" if stats["error"] or stats["missing"] else "INFO"
        self.log.write(level, "Recorder", "recording closed", stats)

    def _catch_terminate(self, stack: ExitStack) -> None:
        """A service manager's SIGTERM stops as `qt stop` does. Only a main thread may catch it."""
        if threading.current_thread() is threading.main_thread():
            before = signal.signal(signal.SIGTERM, lambda number, frame: self.stop({"position": "flatten"}))
            stack.callback(signal.signal, signal.SIGTERM, before)

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
            moved = source.pump(engine)
            if engine.due:
                pipeline.on_due(self._take_notices)
            if moved:
                self._moved_s = monotonic()
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
        self._watch_feed()
        self._watch_book()
        if self.config.gc.interval_min and monotonic() >= self._next_gc_s:
            self._next_gc_s = monotonic() + self.config.gc.interval_min * 60
            gc.collect()
        self.source.wait(self.pipeline.engine)

    def _backpressure(self) -> None:
        """A market faster than real time waits for the recorder; a real one is never held up."""
        if self._sink is not None and self.source.name == "sim" and self.config.simulator.speed != 1.0:
            while self._sink.fill > SINK_EVENTS // 2:
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

    def _watch_feed(self) -> None:
        """A connected feed that is silent inside the session is stale until it speaks again."""
        age_ms = (monotonic() - self._moved_s) * 1000
        market = self.pipeline.engine.market
        silent = age_ms > self.config.risk.stale_after_ms and market.session_open_ns > 0 and market.is_open
        if silent != self._stale and not self.pipeline.engine.backfilling:
            self._stale = silent
            self._control(Control.STALE if silent else Control.FRESH)
            self._alert("ERROR" if silent else "INFO", "Feed", "feed is stale" if silent else "feed is fresh again",
                        {"age_ms": round(age_ms)})

    def _watch_book(self) -> None:
        """A positional book that fell out of step gets a new image; asking again waits for the answer."""
        if self.pipeline.engine.needs_resync and monotonic() >= self._next_resync_s:
            self._next_resync_s = monotonic() + RESYNC_S
            self.source.resync()
            self._alert("WARNING", "Feed", "book out of step: a new image was asked for", {})

    def _alert(self, level: str, component: str, message: str, data: dict[str, Any]) -> None:
        """Into the log, and to whoever listens."""
        engine = self.pipeline.engine
        self.log.write(level, component, message, data, trace=engine.seq)
        if self._broadcaster is not None:
            words = {"level": level, "component": component, "message": message, "data": data}
            self._broadcaster.send("alert", engine.seq, engine.now_ns or None, words)

    def _act(self) -> None:
        """Commands from other threads become events here."""
        while not self.commands.empty():
            code = self.commands.get()
            self._control(code)
            self.log.write("WARNING", "Control", f"operator: {code.name}", trace=self.pipeline.engine.seq)
        if self._stale and monotonic() - self._moved_s < self.config.risk.stale_after_ms / 1000:
            self._watch_feed()

    def _control(self, code: Control) -> None:
        """Stamped with the time that was reached; before the first event that is the market's clock."""
        self._inject(Kind.CONTROL, code, self.pipeline.engine.now_ns or self.source.clock_ns() or 0)

    def _inject(self, kind: Kind, code: int, ts_ns: int) -> None:
        """One event of our own into the stream, with whatever falls due before it."""
        event = self._one
        event["kind"], event["code"], event["ts_ns"] = kind, code, ts_ns
        done = 0
        while done < 1:
            done = self.pipeline.engine.feed(event, 0)
            self.pipeline.on_due(self._take_notices)

    def _done(self) -> bool:
        if self._leaving_s is None:
            return self.source.finished()
        trader = self.pipeline.trader
        settled = self._keep or trader.state == "flat"
        if settled or self.source.finished():
            return True
        if monotonic() - self._leaving_s > FLATTEN_S:
            self.log.write("CRITICAL", COMPONENT, f"stopped with an open position: not flat within {FLATTEN_S:g} s",
                           {"position": trader.account.position})
            self._exit = ExitCode.TIMEOUT
            return True
        return False

    def _leave_at_once(self) -> None:
        """Ctrl-C: as `qt stop`, on this thread."""
        self.stop({"position": "flatten"})
        self._act()
        self._loop()

    # ---- what other threads call

    def _handlers(self) -> dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]:
        owner = Owner.me()
        return {
            "status": lambda args: status_document(self.board.latest(), owner),
            "stop": self.stop,
            "halt": lambda args: self._order(Control.HALT),
            "resume": lambda args: self._order(Control.RESUME),
            "history": self._history.answer,
        }

    def _order(self, code: Control) -> dict[str, Any]:
        self.commands.put(code)
        return {"queued": code.name}

    def stop(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Block entries, cancel, flatten (or keep); the loop ends when that is confirmed."""
        self._keep = args.get("position") == "keep"
        self.commands.put(Control.HALT if self._keep else Control.REDUCE)
        self._leaving_s = monotonic()
        return {"stopping": True, "position": "keep" if self._keep else "flatten"}

    def _heartbeat(self) -> tuple[int, int | None, Mapping[str, Any]]:
        latest = self.board.latest()
        return latest["seq"], latest["ts_ns"], {"state": latest["state"], "age_ms": latest["feed"]["age_ms"]}

    def _send_metrics(self, document: Mapping[str, Any]) -> None:
        if self._broadcaster is not None:
            self._broadcaster.send("metrics", document["seq"], None, document)

    def _reader_failed(self, words: str) -> None:
        self.log.write("ERROR", "Services", words)

    # ---- the looking thread

    def _spawn_looker(self, stack: ExitStack) -> None:
        leave = threading.Event()

        def watch() -> None:
            while not leave.wait(LOOK_S):
                self.board.publish(self._look())

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
        words, connected = self.source.state()
        age_ms = round((monotonic() - self._moved_s) * 1000, 1) if engine.seq else None
        per_s = p.decisions / max(monotonic() - self._started_s, 1e-9) if p.decisions else None
        return {
            **first, "state": self._state(), "seq": engine.seq, "ts_ns": engine.now_ns or None,
            "events": look.events(p, self.source.dropped(), self.source.refused()),
            "feed": {"source": self.source.name, "state": words, "connected": connected, "age_ms": age_ms},
            "features": look.features(p, per_s), "decision": look.decision(p, self.tally), "votes": look.votes(p),
            "position": look.position(p), "pnl": look.pnl(p), "trades": look.trades(p),
            "orders": {"sent": self.tally.records["order"], "working": len(p.trader.keeper.orders),
                       "rejected": self.tally.records["refusal"]},
            "risk": look.risk(p), "model": look.model(p),
            "queues": self._queues(),
        }

    def _queues(self) -> dict[str, int]:
        """What waits for readers, and what they lost."""
        queues = {"log_dropped": self.log.dropped, "log_failed": self.log.failed}
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
        if self.pipeline.trader.gate.blocks:
            return "halted"
        return "running" if self.pipeline.decisions else "warming"
