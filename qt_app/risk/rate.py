"""How many orders were sent in the last second and minute of event time."""
from __future__ import annotations

from collections import deque

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
        while self._sent and self._sent[0] <= now_ns - MINUTE_NS:
            self._sent.popleft()
        last_second = sum(1 for t in self._sent if t > now_ns - SECOND_NS)
        return last_second >= allowance * self.per_second or len(self._sent) >= allowance * self.per_minute

    def add(self, now_ns: int) -> None:
        self._sent.append(now_ns)
