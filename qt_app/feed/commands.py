"""The one thread on which calls into the vendor's library are made."""
from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, TypeVar

from qt_app.errors import TimedOutError

T = TypeVar("T")
_Command = tuple[Callable[[], Any], "Future[Any]"]


class CommandThread:
    """Runs commands one after another; a call that blocks (they can, for minutes) blocks only this thread.

    A daemon: a library that never returns must not keep the program from ending.
    """

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[_Command | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (command := self._queue.get()) is not None:
            work, future = command
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - handed to whoever asked
                future.set_exception(error)

    def post(self, work: Callable[[], T]) -> Future[T]:
        """Queues a command; the future carries its result or error."""
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future

    def call(self, what: str, work: Callable[[], T], timeout_s: float) -> T:
        """Runs a command and waits. Raises its error, or TimedOutError."""
        future = self.post(work)
        try:
            return future.result(timeout_s)
        except FutureTimeout:
            future.cancel()
            raise TimedOutError(f"{what} did not return within {timeout_s:g} s: the library is stuck; "
                                "check the network and restart the program") from None

    def close(self) -> None:
        """Lets the thread end after what is queued."""
        self._queue.put(None)
