"""How many orders were sent in the last second and minute of event time."""
from __future__ import annotations

from collections import deque
from itertools import takewhile

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS


class OrderRate:
    """Sliding windows over the instants of orders and cancels; (t - window, t] counts."""

    def __init__(self, per_second: int, per_minute: int) -> None:
        self.per_second = per_second
        self.per_minute = per_minute
        self._sent: deque[int] = deque()

    def exceeded(self, now_ns: int, allowance: int = 1) -> bool:
        """Whether one more would break a limit, or the limit times an allowance."""
        self._forget_later(now_ns)
        while self._sent and self._sent[0] <= now_ns - MINUTE_NS:
            self._sent.popleft()
        last_second = sum(1 for _ in takewhile(lambda t: t > now_ns - SECOND_NS, reversed(self._sent)))
        return last_second >= allowance * self.per_second or len(self._sent) >= allowance * self.per_minute

    def used(self, now_ns: int) -> tuple[int, int]:
        """How many were sent in the last second and minute. From any thread."""
        sent = self._sent.copy()
        return sum(t > now_ns - SECOND_NS for t in sent), sum(t > now_ns - MINUTE_NS for t in sent)

    def add(self, now_ns: int) -> None:
        self._forget_later(now_ns)
        self._sent.append(now_ns)

    def _forget_later(self, now_ns: int) -> None:
        """An earlier run of a market that begins anew was further on in its day."""
        while self._sent and self._sent[-1] > now_ns:
            self._sent.pop()
