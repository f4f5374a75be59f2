"""The engine's messages, received on a thread and handed over as they are; the engine never waits for them."""
from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import Any

import orjson
import zmq

from qt_app.services.ports import HOST

POLL_MS = 200
HIGH_WATER = 5000
LARGEST = 4 << 20       # bytes of one message
#: What waits for the page's own turn; beyond it the oldest goes, which ``Monitor`` sees by the count.
WAITING = 20_000

Message = tuple[str, dict[str, Any]]
#: A message and when it came, on the monotonic clock: its age does not wait for the page.
Heard = tuple[str, dict[str, Any], float]


class Feed:
    """A SUB socket that connects to the engine whenever there is one, before and after its restarts."""

    def __init__(self, port: int) -> None:
        self._waiting: queue.Queue[Heard] = queue.Queue(WAITING)
        self._leave = threading.Event()
        self.unreadable = 0
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
        self._socket.setsockopt(zmq.RCVHWM, HIGH_WATER)
        self._socket.setsockopt(zmq.MAXMSGSIZE, LARGEST)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RECONNECT_IVL, 100)
        self._socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
        self._socket.subscribe(b"")
        self._socket.connect(f"tcp://{HOST}:{port}")
        self._thread = threading.Thread(target=self._run, name="qt-monitor-feed", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._leave.set()
        self._thread.join(5)

    def new(self) -> Iterator[Heard]:
        """What has come since; returns at once."""
        while True:
            try:
                yield self._waiting.get_nowait()
            except queue.Empty:
                return

    def _run(self) -> None:
        while not self._leave.is_set():
            if self._socket.poll(POLL_MS):
                self._hand_over(self._socket.recv_multipart())
        self._socket.close()

    def _hand_over(self, frames: list[bytes]) -> None:
        message = read(frames)
        if message is None:
            self.unreadable += 1
            return
        if self._waiting.full():
            with suppress(queue.Empty):     # it was taken meanwhile
                self._waiting.get_nowait()
        self._waiting.put((*message, monotonic()))


def read(frames: list[bytes]) -> Message | None:
    """Topic and payload; None for what no engine of ours sends."""
    try:
        topic, body = frames
        document = orjson.loads(body)
        return (topic.decode("ascii"), document) if isinstance(document, dict) else None
    except (ValueError, UnicodeDecodeError):
        return None
