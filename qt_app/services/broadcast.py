"""Messages to whoever listens: ZMQ PUB on loopback, two frames, topic and JSON.

Every payload has v, n, seq, ts_ns, symbol and synthetic. ``n`` counts all messages without a gap, so that a slow
reader sees what it missed. Senders never wait: a full queue drops the message and counts it.
"""
from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import zmq

from qt_app.redact import KNOWN
from qt_app.services.control import bind

VERSION = 1
TOPICS = ("features", "votes", "decision", "order", "fill", "position", "metrics", "market", "history", "log",
          "alert", "heartbeat")
HEARTBEAT_S = 1.0
HIGH_WATER = 1000      # messages kept per slow reader; beyond it, that reader misses some
OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS

#: A payload, or what makes it when its turn comes.
Payload = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
Message = tuple[str, int, int | None, Payload]


class Broadcaster:
    """Publishes from its own thread. ``heartbeat`` gives (seq, ts_ns, payload) of the second's heartbeat.

    A payload belongs to the broadcaster once it is given: arrays in it must be copies. One that is a function is called
    on the broadcaster's thread; if it fails the message is counted as failed.
    """

    def __init__(self, port: int, symbol: str, synthetic: bool,
                 heartbeat: Callable[[], tuple[int, int | None, Mapping[str, Any]]], capacity: int = 10_000) -> None:
        self._symbol = symbol
        self._synthetic = synthetic
        self._heartbeat = heartbeat
        self._queue: queue.Queue[Message | None] = queue.Queue(capacity)
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PUB)
        self._socket.setsockopt(zmq.SNDHWM, HIGH_WATER)
        self._socket.setsockopt(zmq.LINGER, 500)
        self.port = bind(self._socket, port, "zmq.port")
        self.sent = 0
        self.dropped = 0
        self.failed = 0
        self._thread = threading.Thread(target=self._run, name="qt-broadcast", daemon=True)
        self._thread.start()

    def send(self, topic: str, seq: int, ts_ns: int | None, payload: Payload) -> None:
        """Queues one message; returns at once."""
        try:
            self._queue.put_nowait((topic, seq, ts_ns, payload))
        except queue.Full:
            self.dropped += 1

    def close(self, timeout: float = 5.0) -> None:
        """Sends what is queued and ends the thread."""
        if self._thread.is_alive():
            self._queue.put(None, timeout=timeout)
            self._thread.join(timeout)

    @property
    def depth(self) -> int:
        return self._queue.qsize()

    def _run(self) -> None:
        beat = time.monotonic()
        while True:
            if time.monotonic() >= beat:
                self._publish("heartbeat", *self._heartbeat())
                beat = time.monotonic() + HEARTBEAT_S
            try:
                message = self._queue.get(timeout=max(0.0, beat - time.monotonic()))
            except queue.Empty:
                continue
            if message is None:
                break
            topic, seq, ts_ns, payload = message
            try:
                made = payload() if callable(payload) else payload
            except Exception:  # noqa: BLE001 (whatever a maker met: this message is lost and counted, the others go on)
                self.failed += 1
                continue
            self._publish(topic, seq, ts_ns, made)
        self._socket.close()

    def _publish(self, topic: str, seq: int, ts_ns: int | None, payload: Mapping[str, Any]) -> None:
        head = {"v": VERSION, "n": self.sent, "seq": seq, "ts_ns": ts_ns, "symbol": self._symbol,
                "synthetic": self._synthetic}
        try:
            body = KNOWN.json(orjson.dumps({**payload, **head}, option=OPTIONS))
            self._socket.send_multipart((topic.encode(), body), zmq.NOBLOCK)
            self.sent += 1
        except (TypeError, zmq.ZMQError):
            self.failed += 1
