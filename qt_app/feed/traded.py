"""What a library's session trades: the contract, its sessions, and what a simulated exchange is told of its market."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qt_app.calendar import bounds, resolve_symbol, session_on_or_after
from qt_app.config import Config
from qt_app.errors import ConfigError, DataError
from qt_app.instruments import Instrument, instrument

#: Sessions that a live run knows ahead: it may run over a weekend.
SESSIONS_AHEAD = 5


@dataclass(frozen=True, slots=True)
class Traded:
    """Fixed before the login. ``settings`` is the exchange's side channel, in order; a real library gets none."""

    contract: Instrument
    sessions: NDArray[np.int64] | None    # open and close, UTC ns; None without bounds
    calendar: str
    settings: Mapping[str, str] = field(default_factory=dict)
    first_ns: int = 0                     # nothing happened in this market before

    def history_from(self, now_ns: int) -> int | None:
        """The open of the session that is under way, or the first event in it; None while nothing has happened."""
        every = () if self.sessions is None else self.sessions
        inside = [max(int(opened), self.first_ns) for opened, closed in every if opened < now_ns < closed]
        return inside[0] if inside and inside[0] < now_ns else None


def by_calendar(config: Config, day: dt.date, settings: Mapping[str, str] | None = None) -> Traded:
    """The configured contract in the exchange's sessions from ``day`` on. Raises ConfigError for an unknown symbol."""
    contract = contract_of(config, day)
    return Traded(contract, _sessions(contract.root, day), "b3", settings or {})


def contract_of(config: Config, day: dt.date) -> Instrument:
    """The contract of the configured symbol or root on a day. Raises ConfigError."""
    try:
        return instrument(resolve_symbol(config.trading.symbol, day))
    except DataError as error:
        raise ConfigError(f"trading.symbol: {error}") from error


def _sessions(root: str, day: dt.date) -> NDArray[np.int64]:
    """The day's session and the next few."""
    days = [day]
    while len(days) < SESSIONS_AHEAD:
        days.append(session_on_or_after(days[-1] + dt.timedelta(days=1)))
    return np.array([bounds(root, one) for one in days], dtype=np.int64)
