"""Asking for the prints of a gap: from the last one seen to now, day by day, without waiting for the answer."""
from __future__ import annotations

import datetime as dt
import logging
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from qt_core import trampolines
from qt_core.nl import DllError

log = logging.getLogger(__name__)

NS = 1_000_000_000
BRASILIA = dt.timezone(dt.timedelta(hours=-3))  # the vendor's clock knows no daylight saving
#: The vendor's times have whole seconds, and the answer must contain the last print seen: that proves it whole.
OVERLAP_NS = 2 * NS
#: The vendor refuses history that starts earlier.
FARTHEST_NS = 29 * 86_400 * NS

#: from, to (exclusive): UTC ns
Piece = tuple[int, int]


def vendor_time(ns: int) -> str:
    """UTC ns as the vendor writes it: ``DD/MM/YYYY HH:MM:SS``, Brazilian time, rounded down."""
    return dt.datetime.fromtimestamp(ns // NS, BRASILIA).strftime("%d/%m/%Y %H:%M:%S")


def by_day(start_ns: int, end_ns: int) -> Iterator[Piece]:
    """The stretch cut at Brazilian midnights: the server is safest with a day at a time."""
    while start_ns < end_ns:
        day = dt.datetime.fromtimestamp(start_ns // NS, BRASILIA).date() + dt.timedelta(days=1)
        midnight = int(dt.datetime.combine(day, dt.time(), BRASILIA).timestamp()) * NS
        yield start_ns, min(midnight, end_ns)
        start_ns = midnight


class GapHistory:
    """One request after another; ``post`` runs a call on the library's command thread, ``request`` makes it.

    A request that fails is told in the log and counts as answered with nothing: whoever judges the answer asks again.
    """

    def __init__(self, post: Callable[[Callable[[], None]], Future[None]], request: Callable[[str, str], None]) -> None:
        self._post = post
        self._request = request
        self._pieces: deque[tuple[Piece, bool]] = deque()
        self._call: Future[None] | None = None
        self.warm = False    # a session's first answer may hold only the tail, so it is asked for and thrown away

    def ask(self, start_ns: int, end_ns: int) -> None:
        """Asks for the prints in [start, end). What an earlier request still has to say is part of the answer too."""
        start_ns = max(start_ns, end_ns - FARTHEST_NS)
        self._pieces = deque((piece, False) for piece in by_day(start_ns, end_ns))
        if not self.warm:
            self._pieces.appendleft((self._pieces[-1][0], True))
        self._next()

    def answered(self) -> bool:
        """Whether every piece was; asks for the next one when it is time."""
        if self._call is None or not self._call.done():
            return False
        if error := self._call.exception():
            log.warning("history: %s", error)
            self._pieces.clear()
            return True
        if not trampolines.history(0)[0]:
            return False
        self.warm = True
        if not self._pieces:
            return True
        self._next()
        return False

    def _next(self) -> None:
        (start_ns, end_ns), muted = self._pieces.popleft()

        def call() -> None:
            trampolines.history_begin(0, muted)
            try:
                self._request(vendor_time(start_ns), vendor_time(end_ns))
            except DllError as error:
                raise RuntimeError(f"from {vendor_time(start_ns)}: {error}") from error

        self._call = self._post(call)
