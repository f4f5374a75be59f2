"""Where a run's events come from: one small interface over a library's ring and over a recording."""
from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qt_app.calendar import session_on_or_after
from qt_app.config import Config
from qt_app.errors import ConfigError
from qt_app.feed.channels import MARKET, WORDS
from qt_app.feed.generated import faults, generated
from qt_app.feed.playing import played
from qt_app.feed.profit import Login, ProfitFeed, Subscription, exchange_library, is_simulated
from qt_app.feed.traded import Traded, by_calendar
from qt_app.instruments import Instrument
from qt_app.orders.accounts import choose_account
from qt_app.orders.router import DllRouter
from qt_app.replay.reader import Recording
from qt_app.replay.recording import read_recording
from qt_app.replay.run import instrument_of
from qt_core import trampolines
from qt_core.engine import Engine
from qt_core.order_updates import OrderUpdates
from qt_core.ring import Ring

log = logging.getLogger(__name__)

NS = 1_000_000_000
#: A ring that nobody fills: waiting on it is sleeping without the GIL.
_NEVER = Ring(2)
#: Silence of the history server after which a warm start goes on without the rest.
HISTORY_PATIENCE_S = 30.0
#: How long the broker may take to announce the accounts.
ACCOUNTS_PATIENCE_S = 15.0
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
    router: DllRouter | None    # the way of orders through the same library, when they go there

    @property
    def link(self) -> ProfitFeed | None:
        """The connection to look after; None when there is none."""

    def start(self, engine: Engine) -> None: ...

    def pump(self, engine: Engine) -> int: ...

    def wait(self, engine: Engine) -> None:
        """Nothing moved: wait for events, at most a few milliseconds."""

    def watch_closely(self, engine: Engine, ns: int) -> None:
        """Wait for events without sleeping, at most ``ns``: the next instant is that near."""

    def clock_ns(self) -> int | None:
        """Market time; None when only events tell it."""

    def skew_ns(self) -> int:
        """How far the wall clock has jumped away from market time; 0 when market time does not come from it."""

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

    def __init__(self, config: Config, *, simulated: bool, today: dt.date, cache: Path,
                 until: dt.time | None = None, account_file: Path | None = None, desk: bool = False) -> None:
        """``desk``: for orders alone, without a book and without the session so far."""
        library = _library(config, simulated)
        # A simulated exchange is one whichever way it was named.
        self._simulated = simulated = simulated or is_simulated(library)
        self.name = "sim" if simulated else "profit"
        self._config = config
        if until is not None and not simulated:
            raise ConfigError("--until ends a simulated market, this run's is real: use `qt stop`")
        self._history_count = -1
        self._history_moved_s = monotonic()
        told = faults(config, library)
        traded = self._trade(library, today, cache, until)
        self.market = Market(traded.contract, traded.sessions, traded.calendar, simulated)
        self.feed = ProfitFeed(
            library, traded.contract, login=_login(config), ring_capacity=config.engine.ring_capacity,
            settings=told | dict(traded.settings) | {"account_file": str(account_file or "")},
            subscription=Subscription(offer_book=False) if desk else Subscription(
                offer_book=config.feed.book == "offers", price_depth=config.feed.book == "depth",
                history_from=traded.history_from),
            orders=self._prepare_orders(), routing=self._orders is not None)
        self.router = self._open_router(traded.contract)

    def _trade(self, library: Path, today: dt.date, cache: Path, until: dt.time | None) -> Traded:
        """What this run trades: a recording, the generated market, or the real one."""
        if self._config.simulator.play is not None:
            return played(self._config, library, cache, until)
        if self._simulated:
            return generated(self._config, today, until)
        return by_calendar(self._config, session_on_or_after(today))

    def _prepare_orders(self) -> OrderUpdates | None:
        """A ring for the order updates, when orders go through the library."""
        self._orders = OrderUpdates() if self._config.trading.mode != "paper" else None
        return self._orders

    def _open_router(self, contract: Instrument) -> DllRouter | None:
        if self._orders is None:
            return None
        password = self._config.feed.routing_password
        return DllRouter(self.feed, self._orders, contract, "" if password is None else password.reveal())

    def _choose_account(self) -> None:
        """The account that takes the orders; the broker announces its accounts some time after the login."""
        if self.router is None or self._orders is None:
            return
        limit, tick = monotonic() + ACCOUNTS_PATIENCE_S, threading.Event()
        while not self._orders.accounts() and monotonic() < limit:
            tick.wait(0.01)
        self.router.choose(choose_account(self._orders.accounts(), self._config.trading.account,
                                          live=self._config.trading.mode == "live"))
        log.info("orders go to account %s at broker %s", self.router.account.account, self.router.account.broker)

    @property
    def link(self) -> ProfitFeed:
        return self.feed

    def start(self, engine: Engine) -> None:
        """Log in, subscribe, ask for the session so far; the engine holds live events back until it has that."""
        self._log_in()
        if self.feed.history_expected:
            engine.begin_backfill()     # in time: nothing was drained yet
        self._release()

    def open(self) -> None:
        """Log in for orders alone, without an engine. Raises as ``start``."""
        self._log_in()
        self._release()

    def _log_in(self) -> None:
        self.feed.start()
        self._choose_account()

    def _release(self) -> None:
        """A simulated market begins once everything is subscribed."""
        if self._simulated and self.feed.dll is not None:
            self.feed.dll.sim_release()

    def pump(self, engine: Engine) -> int:
        moved = engine.drain(self.feed.ring)
        if not moved and engine.backfilling and not engine.gap and self._history_overdue():
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

    def skew_ns(self) -> int:
        return trampolines.clock_skew_ns()

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
        self.router: DllRouter | None = None
        self._events = self.recording.events
        self._stamps = self._events["ts_ns"]
        self._speed = config.simulator.speed
        self._done = 0
        self._started_s = 0.0

    @property
    def link(self) -> None:
        return None

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

    def skew_ns(self) -> int:
        return 0

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
