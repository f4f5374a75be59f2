"""Live market data through any library with ProfitDLL's interface: the vendor's, or the simulated exchange."""
from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

import qt_core.exchange
from qt_app.errors import BrokerError, QtError, TimedOutError
from qt_app.feed.channels import MARKET, MARKET_CONNECTED, NAMES, ChannelStates
from qt_app.feed.commands import CommandThread
from qt_app.feed.history import OVERLAP_NS, GapHistory, vendor_time
from qt_app.instruments import Instrument
from qt_core import trampolines
from qt_core._types import Kind, mono_ns
from qt_core.dll import Dll
from qt_core.nl import DllError, DllLoadError
from qt_core.order_updates import OrderUpdates
from qt_core.ring import Ring

T = TypeVar("T")
log = logging.getLogger(__name__)

POLL_S = 0.002
#: A session's first print comes this soon after its open; an answer that begins later may lack the beginning.
FIRST_PRINT_NS = 300_000_000_000
#: Answers that may be cut before the history is taken as it is.
HISTORY_TRIES = 5
#: Kinds of events that show that a ticker's subscription speaks; a book has its own subscription.
FLOW = (Kind.TRADE, Kind.TINY, Kind.DAILY)


def exchange_library() -> Path:
    """The simulated exchange that ships with this program."""
    suffix = ".dll" if sys.platform == "win32" else ".so"
    return Path(next(iter(qt_core.exchange.__path__))) / f"profitsim{suffix}"


def is_simulated(library: Path) -> bool:
    """Whether a library says of itself that it simulates a market. Raises BrokerError when it cannot be used."""
    try:
        with library_folder(library):
            return Dll(library).simulated
    except DllLoadError as error:
        raise BrokerError(str(error)) from error


@dataclass(frozen=True)
class Login:
    """Credentials; the simulated exchange takes any."""

    key: str = "simulated"
    user: str = "simulated"
    password: str = field(default="simulated", repr=False)


@dataclass(frozen=True)
class Limits:
    """How long the library may take, seconds."""

    login_s: float = 60.0
    call_s: float = 30.0
    history_s: float = 60.0
    finalize_s: float = 2.0
    farewell_s: float = 5.0     # unsubscribing at the end: finalizing does it too


@dataclass(frozen=True)
class Subscription:
    """What is asked for besides trades and quotes. ``history_from`` maps market time (UTC ns) to the instant from which
    the session's trades are wanted, or None for no history."""

    offer_book: bool = True
    price_depth: bool = False
    depth_levels: int = 20
    history_from: Callable[[int], int | None] = lambda now_ns: None


class ProfitFeed:
    """One contract from one library. A process runs one feed at a time, and the vendor's library logs in once in it.

    settings: parameters of the simulated exchange, given to ``SIM_Set`` before the login.
    routing: log in for orders too; ``start`` then waits for the broker as well. orders: takes the order updates.
    """

    _running: ClassVar[ProfitFeed | None] = None
    _vendor_used: ClassVar[bool] = False
    #: Threads of a library live on: only ending the process hard is sure to end it.
    outlives: ClassVar[bool] = False

    def __init__(self, library: Path, instrument: Instrument, *, login: Login | None = None,
                 subscription: Subscription | None = None, settings: Mapping[str, str] | None = None,
                 orders: OrderUpdates | None = None, routing: bool = False, limits: Limits | None = None,
                 ring_capacity: int = 1 << 17) -> None:
        self.ring = Ring(ring_capacity)
        self.symbol = instrument.symbol
        self.synthetic = False
        self.states = ChannelStates()
        self.dll: Dll | None = None
        self._library = library
        self._instrument = instrument
        self._login = login or Login()
        self._wanted = subscription or Subscription()
        self._settings = dict(settings or {})
        self._orders = orders
        self._routing = routing
        self._limits = limits or Limits()
        self._commands: CommandThread | None = None
        self._history = "off"
        self._history_from_ns = 0
        self._ready_ns = 0
        self._started = False
        self._renewal: Future[None] | None = None
        self.gap = GapHistory(self._post, self._ask_for)

    # ---- life cycle

    def start(self) -> None:
        """Loads, logs in, waits for the channels, subscribes, asks for history.

        Raises BrokerError (no library, exports missing, login refused, contract unknown) or TimedOutError.
        """
        self._claim()
        self._commands = CommandThread("qt-dll")
        try:
            self._call("loading and logging in", self._connect, self._limits.login_s)
            self._wait_ready()
            self._call("subscribing", self._subscribe, self._limits.call_s)
            self._request_history()
        except QtError:
            self.stop()
            raise
        log.info("feed started: %s from %s, version %s", self.symbol, self._library, self._version)

    def stop(self) -> None:
        """Unsubscribes and finalises within the time limits; a library that hangs is left alone and logged."""
        commands, self._commands = self._commands, None
        if commands is None:
            return
        try:
            if self._started:
                commands.call("unsubscribing", self._unsubscribe, self._limits.farewell_s)
        except (QtError, DllError) as error:
            log.warning("stopping the feed: %s", error)
        self._finalize()
        commands.close()
        self._started = False
        self.dll = None
        ProfitFeed._running = None

    def _claim(self) -> None:
        """The trampolines lead into one ring: a second feed would take the first one's market."""
        other = ProfitFeed._running
        if other is not None:
            raise BrokerError(f"this process has a feed of {other.symbol} already: stop that, or use another process")
        ProfitFeed._running = self

    def _finalize(self) -> None:
        """Not on the command thread, which may be stuck in a call: finalizing lets it go."""
        if self.dll is not None and not self.dll.finalize(self._limits.finalize_s):
            ProfitFeed.outlives = True
            log.warning("DLLFinalize did not return within %g s; it is left as it is", self._limits.finalize_s)

    def _once(self, dll: Dll) -> None:
        """The vendor's library does not come back after it was finalised."""
        if dll.simulated:
            return
        if ProfitFeed._vendor_used:
            raise BrokerError(f"{self._library.name} was logged in before in this process: start the program again")
        ProfitFeed._vendor_used = ProfitFeed.outlives = True

    def _connect(self) -> None:
        with library_folder(self._library):
            dll = Dll(self._library)
            self._once(dll)
            self.dll, self.synthetic = dll, dll.simulated
            for key, value in self._settings.items() if dll.simulated else ():
                dll.sim_set(key, value)
            instrument = self._instrument
            contract = trampolines.Symbol(instrument.symbol, instrument.exchange, instrument.tick, instrument.qty_step,
                                          instrument.point_value_brl)
            dll.attach(self.ring, [contract], self._wanted.depth_levels, self._orders)
            if dll.version_note:
                log.warning("%s", dll.version_note)
            begin = dll.initialize_login if self._routing else dll.initialize_market_login
            begin(self._login.key, self._login.user, self._login.password)
            dll.set_order_history(True)
            dll.set_callbacks()

    def _wait_ready(self) -> None:
        """The channels report from the library's thread; nobody drains the ring yet, so they are read directly."""
        limit, tick = monotonic() + self._limits.login_s, threading.Event()
        while True:
            self.states.load(trampolines.channels())
            if self.states.orders_ready if self._routing else self.states.data_ready:
                self._ready_ns = mono_ns()
                return
            if failure := self.states.failure:
                raise BrokerError(f"{self._library.name}: {failure[0]}; {failure[1]}")
            if monotonic() > limit:
                missing = self.states.waiting_for(self._routing)
                raise TimedOutError(f"{self._library.name} was not ready within {self._limits.login_s:g} s; {missing}: "
                                    "check the network and the credentials")
            tick.wait(POLL_S)

    def _subscribe(self) -> None:
        dll, symbol, exchange = self._connected, self.symbol, self._instrument.exchange
        dll.subscribe_ticker(symbol, exchange)
        if self._wanted.offer_book:
            dll.subscribe_offer_book(symbol, exchange)
        if self._wanted.price_depth:
            dll.subscribe_price_depth(symbol, exchange)
        self._started = True

    def _unsubscribe(self) -> None:
        dll, symbol, exchange = self._connected, self.symbol, self._instrument.exchange
        if self._wanted.price_depth:
            dll.unsubscribe_price_depth(symbol, exchange)
        if self._wanted.offer_book:
            dll.unsubscribe_offer_book(symbol, exchange)
        dll.unsubscribe_ticker(symbol, exchange)

    # ---- history

    def _request_history(self) -> None:
        """Muted until the answer is whole: the first ones of a session may hold only the tail of the day."""
        start = self._wanted.history_from(self.clock_ns())
        if start is None or start >= self.clock_ns():
            return
        self._history_from_ns = start
        self.gap.warm = True
        for _ in range(HISTORY_TRIES):
            self._call("asking for history", lambda: self._ask(muted=True), self._limits.call_s)
            if not self._history_ended():
                self._history = "none: the server did not answer in time"
                log.warning("no history for %s within %g s", self.symbol, self._limits.history_s)
                return
            _, count, first_ns = trampolines.history(0)
            if 0 < first_ns <= start + FIRST_PRINT_NS:
                break
            log.info("the history of %s begins late, with %d prints: asking again", self.symbol, count)
        else:
            log.warning("the history of %s does not reach back to the open: it is taken as it is", self.symbol)
        self._history = "loading"
        self._call("asking for history", lambda: self._ask(muted=False), self._limits.call_s)

    def _ask(self, muted: bool) -> None:
        start, end = self._history_from_ns, self.clock_ns() + 1_000_000_000  # the end is exclusive
        trampolines.history_begin(0, muted)
        self._connected.get_history_trades(self.symbol, self._instrument.exchange, vendor_time(start), vendor_time(end))

    def _history_ended(self) -> bool:
        limit, tick = monotonic() + self._limits.history_s, threading.Event()
        while not trampolines.history(0)[0]:
            if monotonic() > limit:
                return False
            tick.wait(POLL_S)
        return True

    @property
    def history_expected(self) -> bool:
        """Whether HISTORY events were asked for and will end with DONE."""
        return self._history in ("loading", "done")

    # ---- running

    def clock_ns(self) -> int:
        """Market time, UTC ns: the exchange's own clock when it has one."""
        return trampolines.clock_ns()

    def finished(self) -> bool:
        """A generated market rests for good and its ring was read; a real one never ends."""
        if self.dll is None or not self.dll.simulated or self.ring.fill:
            return False
        # The ring again: what came between the two looks is in it.
        return bool(self.dll.sim_stat("resting")) and not self.ring.fill

    def poll_notices(self, notices: NDArray[np.void]) -> None:
        """Follows the channels; a connection that comes back gets a new image of its books. Raises BrokerError."""
        for notice in notices[np.isin(notices["kind"], (Kind.STATE, Kind.INVALID_TICKER))]:
            if notice["kind"] == Kind.INVALID_TICKER:
                raise BrokerError(f"the broker does not know {self.symbol}: check the symbol; contracts expire")
            if notice["recv_ns"] >= self._ready_ns:  # the login itself is told by then
                self._channel_changed(int(notice["a"]), int(notice["b"]))

    def _channel_changed(self, channel: int, result: int) -> None:
        was, before = self.states.market, self.states.words()
        self.states.update(channel, result)
        name = NAMES[channel] if channel < len(NAMES) else f"channel {channel}"
        log.info("%s: %s -> %s", name, before.get(name, "unknown"), self.states.words().get(name, f"result {result}"))
        if channel == MARKET and result in MARKET_CONNECTED and was not in MARKET_CONNECTED and self._started:
            self.resubscribe_books()
        if failure := self.states.failure:
            raise BrokerError(f"{self._library.name}: {failure[0]}; {failure[1]}")

    def resubscribe_books(self) -> None:
        """Asks for new images: after an outage, or when a book is out of step. Returns at once; errors are logged."""
        if self._commands is not None:
            self._commands.post(self._renew_books)

    def _renew_books(self) -> None:
        dll, symbol, exchange = self._connected, self.symbol, self._instrument.exchange
        try:
            if self._wanted.offer_book:
                dll.unsubscribe_offer_book(symbol, exchange)
                dll.subscribe_offer_book(symbol, exchange)
            if self._wanted.price_depth:
                dll.unsubscribe_price_depth(symbol, exchange)
                dll.subscribe_price_depth(symbol, exchange)
        except DllError as error:
            log.warning("new book images: %s", error)

    # ---- a gap

    def arrived(self) -> int:
        """Events of the ticker that the library has told so far; books, history and the connection's own are none."""
        counts = trampolines.counters()
        return sum(counts[kind.name.lower()] for kind in FLOW)

    def renew(self) -> None:
        """Unsubscribes and subscribes everything. Returns at once; a library that is stuck in a call is logged."""
        if self._renewal is not None and not self._renewal.done():
            log.warning("the library is stuck in a call: nothing was subscribed again")
        else:
            self._renewal = self._post(self._renew_all)

    def _renew_all(self) -> None:
        dll, symbol, exchange = self._connected, self.symbol, self._instrument.exchange
        try:
            dll.unsubscribe_ticker(symbol, exchange)
            dll.subscribe_ticker(symbol, exchange)
        except DllError as error:
            log.warning("subscribing again: %s", error)
        self._renew_books()

    def ask_gap(self, seen_ns: int) -> None:
        """Asks for the prints from just before the last one seen (exchange time; 0: the session's open) to now."""
        now = self.clock_ns()
        start = seen_ns - OVERLAP_NS if seen_ns else self._wanted.history_from(now)
        self.gap.ask(now - OVERLAP_NS if start is None else start, now + 1_000_000_000)    # the end is exclusive

    def _ask_for(self, start: str, end: str) -> None:
        self._connected.get_history_trades(self.symbol, self._instrument.exchange, start, end)

    def _post(self, work: Callable[[], None]) -> Future[None]:
        if self._commands is None:
            raise BrokerError("the feed is stopped")
        return self._commands.post(work)

    def snapshot(self) -> dict[str, object]:
        """Connection, library, ring, history and counters."""
        done, count, first_ns = trampolines.history(0) if self._started else (False, 0, 0)
        if done and self._history == "loading":
            self._history = "done"
        return {"connected": self._started and self.states.data_ready, "channels": self.states.words(),
                "library": str(self._library), "version": self._version, "synthetic": self.synthetic,
                "symbol": self.symbol, "slow": self.states.slow,
                "ring": {"fill": self.ring.fill, "pushed": self.ring.pushed, "dropped": self.ring.dropped},
                "history": {"state": self._history, "trades": count, "from_ns": self._history_from_ns,
                            "first_ns": first_ns},
                "counters": trampolines.counters()}

    # ---- helpers

    def post(self, work: Callable[[], None]) -> None:
        """Queues a call into the library; without a running feed it never takes place."""
        if self._commands is not None:
            self._commands.post(work)

    @property
    def _version(self) -> str:
        return self.dll.version if self.dll is not None else "not loaded"

    @property
    def _connected(self) -> Dll:
        if self.dll is None:
            raise BrokerError(f"{self._library} is not loaded: start the feed first")
        return self.dll

    def _call(self, what: str, work: Callable[[], T], timeout_s: float) -> T:
        if self._commands is None:
            raise BrokerError(f"{what}: the feed is stopped")
        try:
            return self._commands.call(what, work, timeout_s)
        except (DllError, DllLoadError) as error:
            raise BrokerError(str(error)) from error
        except ValueError as error:
            raise BrokerError(f"{what}: {error}") from error


@contextlib.contextmanager
def library_folder(library: Path) -> Iterator[None]:
    """The vendor's library looks for its data files in the working directory while it loads and logs in."""
    if sys.platform != "win32" or not library.is_file():
        yield
        return
    with contextlib.chdir(library.absolute().parent):
        yield
