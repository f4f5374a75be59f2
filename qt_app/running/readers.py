"""Who reads a run and talks to it: broadcast, alerts, backups, metrics, Prometheus, status line, control channel."""
from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from qt_app.alerts.rules import switched_off
from qt_app.alerts.sinks import to_broadcast, to_file
from qt_app.backup.hourly import Backups
from qt_app.errors import QtError
from qt_app.running.outputs import Outputs
from qt_app.running.parts import Parts
from qt_app.running.requests import Requests
from qt_app.services.broadcast import Broadcaster
from qt_app.services.console import StatusLine
from qt_app.services.control import ControlServer
from qt_app.services.log_topic import LogTeller
from qt_app.services.metrics import MetricsWriter
from qt_app.services.screens import tell_log
from qt_app.services.snapshot import Board


class Readers:
    """Started before the market; each one ends with the stack that it was started on."""

    def __init__(self, parts: Parts, board: Board, outputs: Outputs, requests: Requests) -> None:
        self._parts = parts
        self._board = board
        self._outputs = outputs
        self._requests = requests
        self._broadcaster: Broadcaster | None = None
        self._log_teller: LogTeller | None = None
        self._control: ControlServer | None = None

    def start(self, stack: ExitStack) -> None:
        """All of them; the control channel answers only from ``listen`` on. Raises QtError for a port that is taken."""
        parts, config = self._parts, self._parts.config
        if config.zmq.enabled:
            self._broadcaster = Broadcaster(config.zmq.port, parts.market.instrument.symbol, parts.market.synthetic,
                                            self._heartbeat)
            stack.callback(self._broadcaster.close)
            parts.alerts.add(to_broadcast(self._broadcaster))
            self._log_teller = tell_log(parts.log, self._broadcaster, parts.moment)
        self._start_alerts(stack)
        stack.enter_context(Backups(parts.home, config, parts.alerts.teller("Backup")))
        self._control = ControlServer(parts.home, self._requests.handlers(), config.zmq.control_port,
                                      parts.reader_failed)
        stack.callback(self._control.close)
        self._outputs.open(stack, self._broadcaster, self._log_teller)
        if config.metrics.enabled:
            stack.callback(MetricsWriter(parts.home, self._board.latest, parts.reader_failed, self._send_metrics).close)
        if config.prometheus.enabled:
            serve_prometheus(parts, self._board, stack)
        if parts.options.status_line:
            stack.callback(StatusLine(self._board.latest, sys.stderr).close)

    def listen(self) -> None:
        """To operators and the supervisor."""
        assert self._control is not None
        self._control.start()

    def queues(self) -> dict[str, int]:
        """What waits for readers, and what they lost."""
        log, sink = self._parts.log, self._outputs.sink
        queues = {"log_dropped": log.dropped, "log_failed": log.failed + log.unrotated}
        if sink is not None:
            queues |= {"sink": sink.fill, "sink_dropped": sink.dropped}
        if self._broadcaster is not None:
            queues |= {"broadcast": self._broadcaster.depth, "broadcast_dropped": self._broadcaster.dropped}
        return queues

    @property
    def wrong_tokens(self) -> int:
        """Requests on the control channel with a wrong token."""
        return 0 if self._control is None else self._control.wrong_tokens

    def _start_alerts(self, stack: ExitStack) -> None:
        parts, market = self._parts, self._parts.market
        about = {"symbol": market.instrument.symbol, "synthetic": market.synthetic, "mode": parts.config.trading.mode,
                 "session_id": parts.session_id}
        parts.alerts.add(to_file(parts.home.alerts, about))
        parts.alerts.start()
        for words in switched_off(parts.config):
            parts.log.write("INFO", "Alerts", words)
        stack.callback(parts.alerts.close)

    def _heartbeat(self) -> tuple[int, int | None, Mapping[str, Any]]:
        latest = self._board.latest()
        told = {"state": latest["state"], "age_ms": latest["feed"]["age_ms"], "session_id": latest["session_id"],
                "log_left_out": 0 if self._log_teller is None else self._log_teller.left_out}
        return latest["seq"], latest["ts_ns"], told

    def _send_metrics(self, document: Mapping[str, Any]) -> None:
        if self._broadcaster is not None:
            self._broadcaster.send("metrics", document["seq"], None, document)


def serve_prometheus(parts: Parts, board: Board, stack: ExitStack) -> None:
    """A taken port ends a start, and never the return to what a crash left open."""
    endpoint = importlib.import_module("qt_app.prometheus.endpoint")     # a run without it does not load it
    try:
        stack.callback(endpoint.Endpoint(parts.config.prometheus.port, board.latest).close)
    except QtError as error:
        if not parts.options.recovering:
            raise
        parts.reader_failed(str(error))
