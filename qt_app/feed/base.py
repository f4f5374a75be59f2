"""What every source of live events offers to the pipeline."""
from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qt_core.ring import Ring


class Feed(Protocol):
    """A source that fills a ring from its own thread.

    ``start`` returns when data flows and raises BrokerError or TimedOutError otherwise; ``stop`` may be called at any
    time, twice too. The reader of the ring hands the engine's notices back through ``poll_notices``.
    """

    @property
    def ring(self) -> Ring:
        """Events, in order of arrival."""

    @property
    def symbol(self) -> str:
        """The contract: events carry symbol index 0."""

    @property
    def synthetic(self) -> bool:
        """Whether the market is simulated."""

    def start(self) -> None:
        """Connects, subscribes, asks for the session's history."""

    def stop(self) -> None:
        """Disconnects within a time limit."""

    def clock_ns(self) -> int:
        """Market time, UTC ns."""

    def snapshot(self) -> dict[str, object]:
        """Connection, library and counters, for status and the log."""

    def poll_notices(self, notices: NDArray[np.void]) -> None:
        """Acts on STATE and INVALID_TICKER events; raises BrokerError when the feed is of no more use."""
