"""Where a run's events come from: one small interface over a library's ring and over a recording."""
from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qt_app.calendar import SAO_PAULO, bounds, is_session, resolve_symbol, root_of, session_before, session_on_or_after
from qt_app.config import Config
from qt_app.errors import ConfigError, DataError
from qt_app.feed.channels import MARKET, WORDS
from qt_app.feed.profit import Login, ProfitFeed, Subscription, exchange_library, is_simulated
from qt_app.instruments import Instrument, instrument
from qt_app.replay.reader import Recording
from qt_app.replay.recording import read_recording
from qt_app.replay.run import instrument_of
from qt_core import trampolines
from qt_core.engine import Engine
from qt_core.ring import Ring

log = logging.getLogger(__name__)

NS = 1_000_000_000
#: Sessions that a live run knows ahead: it may run over a weekend.
SESSIONS_AHEAD = 5
#: A ring that nobody fills: waiting on it is sleeping without the GIL.
_NEVER = Ring(2)
#: Silence of the history server after which a warm start goes on without the rest.
HISTORY_PATIENCE_S = 30.0
#: How long a recording's source sleeps at most before it looks at the run's commands again.
NAP_NS = 20_000_000


@dataclass(frozen=True, slots=True)
class Market:
    """What a source plays: fixed before the first event."""

    instrument: Instrument
    sessions: NDArray[np.int64] | None
    calendar: str
    synthetic: bool


class Source(Protocol):
    """Feeds an engine from the engine's own thread. ``pump`` returns how many events it moved."""

    name: str
    market: Market

    def start(self, engine: Engine) -> None: ...

    def pump(self, engine: Engine) -> int: ...

    def wait(self, engine: Engine) -> None:
        """Nothing moved: wait for events, at most a few milliseconds."""

    def watch_closely(self, engine: Engine, ns: int) -> None:
        """Wait for events without sleeping, at most ``ns``: the next instant is that near."""

    def clock_ns(self) -> int | None:
        """Market time; None when only events tell it."""

    def finished(self) -> bool:
        """No event will ever come again."""

    def poll_notices(self, notices: NDArray[np.void]) -> None: ...

    def resync(self) -> None:
        """The book is out of step: ask for a new image of it."""

    def dropped(self) -> int: ...

    def refused(self) -> dict[str, int]:
        """Refused before the engine, by kind."""

    def state(self) -> tuple[str, bool]:
        """In a word, and whether it is connected."""

    def stop(self) -> None: ...


class LibrarySource:
    """ProfitDLL, or the simulated exchange that speaks its interface."""

    def __init__(self, config: Config, *, simulated: bool, today: dt.date, until: dt.time | None = None) -> None:
        self.name = "sim" if simulated else "profit"
        self._simulated = simulated
        self._config = config
        self._history_count = -1
        self._history_moved_s = monotonic()
        day = _market_day(config, today) if simulated else session_on_or_after(today)
        contract = _contract(config.trading.symbol, day)
        library = _library(config, simulated)
        # A simulated exchange is marked whichever way it was named.
        self.market = Market(contract, _sessions(contract.root, day), "b3", simulated or is_simulated(library))
        self.feed = ProfitFeed(
            library, contract, login=_login(config), ring_capacity=config.engine.ring_capacity,
            settings=_settings(config, contract.symbol, day, until) if simulated else None,
            subscription=Subscription(offer_book=config.feed.book == "offers", price_depth=config.feed.book == "depth",
                                      history_from=self._history_from))

    def _history_from(self, now_ns: int) -> int | None:
        """The session's open, while it is under way."""
        assert self.market.sessions is not None
        inside = [int(opened) for opened, closed in self.market.sessions if opened < now_ns < closed]
        return inside[0] if inside else None

    def start(self, engine: Engine) -> None:
        """Log in, subscribe, ask for the session so far; the engine holds live events back until it has that."""
        self.feed.start()
        if self.feed.history_expected:
            engine.begin_backfill()     # in time: nothing was drained yet
        if self._simulated and self.feed.dll is not None:
            self.feed.dll.sim_release()

    def pump(self, engine: Engine) -> int:
        moved = engine.drain(self.feed.ring)
        if not moved and engine.backfilling and self._history_overdue():
            log.warning("the history of %s stopped coming: going on without the rest of it", self.feed.symbol)
            return engine.end_backfill()
        return moved

    def _history_overdue(self) -> bool:
        """History was asked for and nothing more of it came for a while; live events are waiting behind it."""
        count, now_s = trampolines.history(0)[1], monotonic()
        if count != self._history_count:
            self._history_count, self._history_moved_s = count, now_s
        return now_s - self._history_moved_s > HISTORY_PATIENCE_S

    def wait(self, engine: Engine) -> None:
        e = self._config.engine
        spin, nap = e.spin_us * 1000, e.sleep_us * 1000
        strategies = {"spin": (NAP_NS, 0, 0), "yield": (0, NAP_NS, 0), "sleep": (0, 0, nap), "adaptive": (spin, 0, nap)}
        engine.wait(self.feed.ring, *strategies[e.wait], NAP_NS // 4)

    def watch_closely(self, engine: Engine, ns: int) -> None:
        engine.wait(self.feed.ring, ns, 0, 0, ns)

    def clock_ns(self) -> int | None:
        return self.feed.clock_ns()

    def finished(self) -> bool:
        """Only a generated session ends."""
        return self._simulated and self.feed.finished()

    def poll_notices(self, notices: NDArray[np.void]) -> None:
        self.feed.poll_notices(notices)

    def resync(self) -> None:
        self.feed.resubscribe_books()

    def dropped(self) -> int:
        return self.feed.ring.dropped

    def refused(self) -> dict[str, int]:
        prefix = "refused_"
        return {name.removeprefix(prefix): count for name, count in trampolines.counters().items()
                if name.startswith(prefix)}

    def state(self) -> tuple[str, bool]:
        states = self.feed.states
        return WORDS[MARKET].get(states.market, "not connected yet"), states.data_ready

    def stop(self) -> None:
        self.feed.stop()


class RecordingSource:
    """A recorded run as the market, at a pace: ``speed`` market seconds per second, 0 = as fast as it can."""

    name = "recording"

    def __init__(self, folder: Path, config: Config) -> None:
        self.recording: Recording = read_recording(folder, symbol=None)
        calendar = self.recording.metadata.get("calendar", "b3")
        self.market = Market(instrument_of(self.recording), self.recording.sessions, calendar, self.recording.synthetic)
        self._events = self.recording.events
        self._stamps = self._events["ts_ns"]
        self._speed = config.simulator.speed
        self._done = 0
        self._started_s = 0.0

    def start(self, engine: Engine) -> None:
        if self.recording.warm_started:
            engine.begin_backfill()
        self._started_s = monotonic()

    def pump(self, engine: Engine) -> int:
        due = self._due()
        if due <= self._done:
            return 0
        before, self._done = self._done, engine.feed(self._events[:due], self._done)
        return self._done - before

    def _due(self) -> int:
        """How many events should have happened by now."""
        if not self._speed:
            return len(self._events)
        elapsed = int((monotonic() - self._started_s) * self._speed * NS)
        return int(np.searchsorted(self._stamps, int(self._stamps[0]) + elapsed, side="right"))

    def wait(self, engine: Engine) -> None:
        engine.wait(_NEVER, 0, 0, NAP_NS // 4, NAP_NS // 4)

    def watch_closely(self, engine: Engine, ns: int) -> None:
        """The next event's time is known: there is nothing to watch for."""

    def clock_ns(self) -> int | None:
        return None

    def finished(self) -> bool:
        return self._done >= len(self._events)

    def poll_notices(self, notices: NDArray[np.void]) -> None:
        """A recording has no connection to follow."""

    def resync(self) -> None:
        """What was recorded is all there is."""

    def dropped(self) -> int:
        return self.recording.missing

    def refused(self) -> dict[str, int]:
        return {}

    def state(self) -> tuple[str, bool]:
        return ("over" if self.finished() else "playing"), True

    def stop(self) -> None:
        """Nothing to disconnect."""


def _contract(symbol: str, day: dt.date) -> Instrument:
    """The contract of a configured symbol or root."""
    try:
        return instrument(resolve_symbol(symbol, day))
    except DataError as error:
        raise ConfigError(f"trading.symbol: {error}") from error


def _market_day(config: Config, today: dt.date) -> dt.date:
    """The generated session's day: as configured, else the last session before today."""
    if config.simulator.day is None:
        return session_before(today)
    day = dt.date.fromisoformat(config.simulator.day)
    if not is_session(day):
        raise ConfigError(f"simulator.day {day} is no trading day of B3; the next one is {session_on_or_after(day)}")
    return day


def _sessions(root: str, day: dt.date) -> NDArray[np.int64]:
    """The day's session and the next few."""
    days = [day]
    while len(days) < SESSIONS_AHEAD:
        days.append(session_on_or_after(days[-1] + dt.timedelta(days=1)))
    return np.array([bounds(root, one) for one in days], dtype=np.int64)


def _library(config: Config, simulated: bool) -> Path:
    if simulated:
        return exchange_library()
    if config.feed.dll_path is None:
        raise ConfigError("no ProfitDLL is configured: give --dll PATH or set PROFIT_DLL_PATH")
    return Path(config.feed.dll_path)


def _login(config: Config) -> Login | None:
    key, user, password = config.feed.key, config.feed.user, config.feed.password
    if key is None or user is None or password is None:
        return None
    return Login(key.reveal(), user.reveal(), password.reveal())


def _settings(config: Config, symbol: str, day: dt.date, until: dt.time | None) -> dict[str, str]:
    """The exchange's side channel: what market it makes."""
    s = config.simulator
    opened, closed = (dt.datetime.fromtimestamp(ns // NS, SAO_PAULO) for ns in bounds(root_of(symbol), day))
    _check_hours(s.start, until, closed)
    settings = {"seed": str(s.seed), "day": day.isoformat(), "start": f"{s.start}:00", "speed": f"{s.speed:g}",
                "activity": f"{s.activity:g}", "symbol": symbol,
                "open": f"{opened:%H:%M:%S}", "close": f"{closed:%H:%M:%S}",
                # Held until everything is subscribed: no run misses an event, and the same seed gives the same run.
                "hold": "1"}
    return settings if until is None else settings | {"until": f"{until:%H:%M:%S}"}


def _check_hours(start: str, until: dt.time | None, closed: dt.datetime) -> None:
    """A generated session that would be over before it begins is a mistake."""
    if start >= f"{closed:%H:%M}":
        raise ConfigError(f"simulator.start {start} is not before the session's close at {closed:%H:%M}")
    if until is not None and f"{until:%H:%M}" <= start:
        raise ConfigError(f"--until {until:%H:%M} is not after simulator.start {start}")
