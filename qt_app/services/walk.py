"""The whole life of a library, walked through once: load, log in, subscribe, receive, ask, finalize. No order is sent.

Runs as a process of its own (``python -m qt_app.services.walk``): the library may crash or hang it, and a process can
use only one library. It reads an ``Errand`` as JSON from its standard input and prints a finding per line; before each
step it prints the step's name, so that whoever waits knows where it ended.
"""
from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from time import monotonic

import numpy as np
import orjson
from numpy.typing import NDArray

from qt_app.calendar import SAO_PAULO, bounds, contract_expiry
from qt_app.errors import ExitCode, NotRunningError, QtError
from qt_app.feed.channels import LOGIN, MARKET, MARKET_CONNECTED, NAMES, ROUTING, ROUTING_READY, ChannelStates
from qt_app.feed.history import NS, vendor_time
from qt_app.feed.profit import library_folder
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.orders.accounts import choose_account
from qt_app.redact import KNOWN
from qt_app.services.finding import Finding
from qt_app.services.leave import terminate
from qt_app.services.library_file import library_file
from qt_app.services.licence import LicenceLock
from qt_core import trampolines
from qt_core._types import Kind
from qt_core.dll import Dll
from qt_core.nl import DllError, DllLoadError, DllMissingError
from qt_core.order_updates import AccountInfo, OrderUpdates
from qt_core.ring import Ring
from qt_core.vendor import is_simulator

POLL_S = 0.01
HISTORY_S = 600           # how much history is asked for
#: Findings of a walk for live mode: what the library is, and which account takes the orders.
KIND, ACCOUNT = "library kind", "live account"


@dataclass(frozen=True, slots=True)
class Errand:
    """What to walk through; seconds are real ones. ``orders``: the broker's channel must be ready too."""

    library: str
    symbol: str
    home: str
    key: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    orders: bool = False
    live: bool = False          # only a real library with a real account will do
    account: str = ""           # of real money, when one is named: account or broker:account
    only_load: bool = False
    settings: dict[str, str] = field(default_factory=dict)    # of a simulated exchange
    login_s: float = 60.0
    routing_s: float = 30.0
    accounts_s: float = 10.0
    facts_s: float = 15.0
    data_s: float = 30.0
    history_s: float = 60.0
    finalize_s: float = 2.0


class Stopped(Exception):
    """The walk cannot go on: the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


class Walk:
    """One walk; ``steps`` yields what it finds. ``at`` is told each step's name before it begins."""

    def __init__(self, errand: Errand, at: Callable[[str], None]) -> None:
        self.errand = errand
        self.at = at
        self.ring = Ring(1 << 17)
        self.orders = OrderUpdates()
        self.states = ChannelStates()
        self.contract = instrument(errand.symbol)
        self.seen: dict[int, int] = {}      # events by kind
        self.dll: Dll | None = None

    def steps(self) -> Iterator[Finding]:
        """Findings in the order of a session's life; after one that bars the way only the end is walked."""
        try:
            yield from self._load()
            if self.dll is None or self.errand.only_load:
                return
            if not self._simulated:
                yield self._credentials()
            self.at("licence")
            with LicenceLock(self.errand.key or None, Home(Path(self.errand.home))):
                yield Finding("licence", "ok", "no other process of this machine uses the activation key"
                              if self.errand.key else "no key, so none is locked")
                yield from self._session()
        except NotRunningError as error:
            remedy = "stop the other one, or wait for its end"
            yield Finding("licence", "fail", str(error), remedy, ExitCode.NOT_RUNNING)
        except Stopped as stopped:
            yield stopped.finding

    # ---- before the login

    def _load(self) -> Iterator[Finding]:
        self.at("library file")
        path = Path(self.errand.library)
        yield (file := library_file(path))
        if file.verdict == "fail":
            return
        self.at("load")
        try:
            with library_folder(path):
                self.dll = Dll(path)
        except DllLoadError as error:
            what = "exports" if error.missing else "load"
            remedy = "install the vendor's ProfitDLL for this system, whole, with its companion files"
            raise Stopped(Finding(what, "fail", str(error), remedy, ExitCode.BROKER)) from error
        if self.errand.live and self.dll.simulated:
            raise Stopped(Finding(KIND, "fail", f"the library {path} is a simulated exchange",
                                  "give the vendor's library", ExitCode.REFUSED))
        made = ", a simulated exchange" if self.dll.simulated else ""
        yield Finding("load", "ok", f"{path}{made}")
        yield Finding("exports", "ok", "all that are needed")
        if note := self.dll.version_note:
            yield Finding("version", "warn", note, "read the vendor's list of changes, and run on the simulator first")
        else:
            yield Finding("version", "ok", self.dll.version)

    @property
    def _simulated(self) -> bool:
        return self.dll is not None and self.dll.simulated

    def _credentials(self) -> Finding:
        e = self.errand
        given = {"PROFIT_KEY": e.key, "PROFIT_USER": e.user, "PROFIT_PASSWORD": e.password}
        missing = [name for name, value in given.items() if not value]
        if missing:
            raise Stopped(Finding("credentials", "fail", f"{', '.join(missing)} not set",
                                  "store them with `qt config set-secret`, or set them in the environment",
                                  ExitCode.CONFIG))
        return Finding("credentials", "ok", "key, user and password are set")

    # ---- the session

    def _session(self) -> Iterator[Finding]:
        try:
            yield from self._log_in()
            yield from self._accounts()
            yield from self._contract_facts()
            yield from self._receive()
            yield from self._ask_history()
        except DllError as error:
            yield Finding("call", "fail", str(error), "follow the sentence; NL_NO_LICENSE is the vendor's to solve",
                          ExitCode.BROKER)
        except Stopped as stopped:
            yield stopped.finding
        finally:
            finalized = self._finalize()
        yield finalized

    def _log_in(self) -> Iterator[Finding]:
        self.at("login")
        dll, e = self._dll, self.errand
        c = self.contract
        symbol = trampolines.Symbol(c.symbol, c.exchange, c.tick, c.qty_step, c.point_value_brl)
        try:
            for key, value in e.settings.items() if dll.simulated else ():
                dll.sim_set(key, value)
            dll.attach(self.ring, [symbol], 20, self.orders)
            with library_folder(Path(e.library)):
                dll.initialize_login(e.key or "simulated", e.user or "simulated", e.password or "simulated")
            dll.set_order_history(True)
            dll.set_callbacks()
        except (DllError, ValueError) as error:
            raise Stopped(Finding("login", "fail", str(error), "follow the sentence, then run this again",
                                  ExitCode.BROKER)) from error
        self._wait(lambda: self.states.data_ready or self.states.failure is not None, e.login_s)
        if self.states.data_ready:      # the broker is often the last to come
            self._wait(lambda: self.states.orders_ready, e.routing_s)
        yield from self._channels()

    def _channels(self) -> Iterator[Finding]:
        """Each of the four, with what it means when it is not there."""
        if failure := self.states.failure:
            name = NAMES[LOGIN] if self.states.login > 0 else "activation"
            remedy = f"{failure[1]}; do not try again and again"
            raise Stopped(Finding(name, "fail", failure[0], remedy, ExitCode.BROKER))
        words = self.states.words()
        for name, ready in (("login", self.states.login == 0), ("activation", self.states.activation == 0)):
            if not ready:
                raise Stopped(self._late(name, words[name], "check the network, the firewall, the vendor's status"))
            yield Finding(name, "ok", words[name])
        if self.states.market not in MARKET_CONNECTED:
            remedy = ("the key has no market data, or another session took it: close other sessions, ask the vendor"
                      if self.states.market in (2, 3) else "check the network and the firewall")
            raise Stopped(self._late(NAMES[MARKET], words[NAMES[MARKET]], remedy))
        yield Finding(NAMES[MARKET], "warn" if self.states.slow else "ok", words[NAMES[MARKET]],
                      "this computer is too slow for its market data: end other programs" if self.states.slow else "")
        yield self._routing(words[NAMES[ROUTING]])

    def _late(self, name: str, words: str, remedy: str) -> Finding:
        return Finding(name, "fail", f"{words} after {self.errand.login_s:g} s", remedy, ExitCode.TIMEOUT)

    def _routing(self, words: str) -> Finding:
        if self.states.routing == ROUTING_READY:
            return Finding("routing", "ok", words)
        remedy = ("the broker is not connected: link the account in the vendor's terminal, or ask the broker"
                  if self.states.routing >= 2 else "check the network, and that the licence includes routing")
        return Finding("routing", "fail" if self.errand.orders else "warn", f"{words}: no orders can be sent", remedy,
                       ExitCode.BROKER)

    def _accounts(self) -> Iterator[Finding]:
        self.at("accounts")
        if self.states.routing != ROUTING_READY:
            return
        self._wait(lambda: bool(self.orders.accounts()), self.errand.accounts_s)
        accounts = self.orders.accounts()
        if not accounts:
            yield Finding("accounts", "fail" if self.errand.orders else "warn", "none was announced",
                          "ask the broker to release the account for this login", ExitCode.BROKER)
        for a in accounts:
            kind = "a simulator account" if is_simulator(a.broker, a.broker_name) else "an account with REAL money"
            yield Finding("account", "ok", f"{a.broker}:{a.account} ({a.broker_name or 'unnamed broker'}), {kind}")
        if self.errand.live:
            yield self._live_account(accounts)

    def _live_account(self, accounts: list[AccountInfo]) -> Finding:
        """The one that takes the orders with real money."""
        try:
            chosen = choose_account(accounts, self.errand.account or None, live=True)
        except QtError as error:
            return Finding(ACCOUNT, "fail", str(error), "name the account in trading.account", error.code)
        return Finding(ACCOUNT, "ok", f"{chosen.broker}:{chosen.account}")

    # ---- the contract

    def _contract_facts(self) -> Iterator[Finding]:
        self.at("contract")
        dll, c = self._dll, self.contract
        expires = contract_expiry(c.symbol)
        if local_day(trampolines.clock_ns()) > expires:
            raise Stopped(Finding("contract", "fail", f"{c.symbol} expired on {expires}",
                                  "set trading.symbol to WDO or WIN", ExitCode.CONFIG))
        dll.subscribe_ticker(c.symbol, c.exchange)
        with suppress(DllMissingError):     # an older library: then no facts come
            dll.request_ticker_info(c.symbol, c.exchange)
        self._wait(lambda: dll.ticker_info(c.symbol, c.exchange) is not None or self._count(Kind.INVALID_TICKER) > 0,
                   self.errand.facts_s)
        if self._count(Kind.INVALID_TICKER):
            raise Stopped(Finding("contract", "fail", f"the broker does not know {c.symbol}",
                                  "set trading.symbol to a contract that trades", ExitCode.BROKER))
        facts = dll.ticker_info(c.symbol, c.exchange)
        if facts is None:
            yield Finding("contract", "warn", f"no facts about {c.symbol} came",
                          "compare its tick and its multiplier with the exchange's page yourself")
            return
        ours = (c.tick[0] / c.tick[1], c.point_value_brl)
        if (facts.tick, facts.multiplier) != ours:
            words = (f"{c.symbol} has tick {facts.tick:g} and R$ {facts.multiplier:g} a point at the broker, "
                     f"{ours[0]:g} and R$ {ours[1]:g} here")
            raise Stopped(Finding("contract", "fail", words, "do not trade; update qt", ExitCode.MISMATCH))
        yield Finding("contract", "ok", f"{c.symbol}, tick {ours[0]:g}, R$ {ours[1]:g} a point, until {expires}")

    def _receive(self) -> Iterator[Finding]:
        self.at("subscription")
        dll, c = self._dll, self.contract
        dll.subscribe_offer_book(c.symbol, c.exchange)
        yield Finding("subscription", "ok", f"{c.symbol}: trades, quotes, book")
        self.at("first data")
        now = trampolines.clock_ns()
        opened, closed = bounds(c.root, local_day(now))
        if not opened <= now < closed:
            yield Finding("first data", "ok", "the market is closed: none is expected")
            return
        if self._simulated and "hold" in self.errand.settings:
            dll.sim_release()
        since = monotonic()
        if self._wait(lambda: self._count(Kind.TRADE) > 0, self.errand.data_s):
            yield Finding("first data", "ok", f"the first print after {monotonic() - since:.1f} s")
            return
        remedy = ("a session of this key was killed without logging out, or a second one is logged in: close it, or "
                  "wait some minutes, and run this again")
        words = f"no print within {self.errand.data_s:g} s of an open market"
        raise Stopped(Finding("first data", "fail", words, remedy, ExitCode.TIMEOUT))

    def _ask_history(self) -> Iterator[Finding]:
        self.at("history")
        now, c = trampolines.clock_ns(), self.contract
        start, end = vendor_time(now - HISTORY_S * NS), vendor_time(now + NS)
        trampolines.history_begin(0, True)
        self._dll.get_history_trades(c.symbol, c.exchange, start, end)
        if not self._wait(lambda: trampolines.history(0)[0], self.errand.history_s):
            yield Finding("history", "fail", f"no whole answer within {self.errand.history_s:g} s",
                          "run this again; a start would go on without the session's past", ExitCode.TIMEOUT)
            return
        yield Finding("history", "ok", f"{trampolines.history(0)[1]} prints of the last {HISTORY_S // 60} minutes")

    def _finalize(self) -> Finding:
        self.at("finalize")
        if self._dll.finalize(self.errand.finalize_s):
            return Finding("finalize", "ok", f"within {self.errand.finalize_s:g} s")
        return Finding("finalize", "warn", f"did not return within {self.errand.finalize_s:g} s",
                       "nothing: a run ends all the same, but the server may keep the session for some minutes")

    # ---- waiting

    @property
    def _dll(self) -> Dll:
        assert self.dll is not None
        return self.dll

    def _wait(self, there: Callable[[], bool], limit_s: float) -> bool:
        """Until something is there, reading everything that comes; False when it does not come in time."""
        end, tick = monotonic() + limit_s, threading.Event()
        while True:
            self._read(self.ring.pop())
            if there():
                return True
            if monotonic() > end:
                return False
            tick.wait(POLL_S)

    def _read(self, events: NDArray[np.void]) -> None:
        self.states.load(trampolines.channels())
        self.orders.pop()
        for kind, count in zip(*np.unique(events["kind"], return_counts=True), strict=True):
            self.seen[int(kind)] = self.seen.get(int(kind), 0) + int(count)

    def _count(self, kind: Kind) -> int:
        return self.seen.get(int(kind), 0)


def local_day(ns: int) -> date:
    """The day in Sao Paulo."""
    return datetime.fromtimestamp(ns // NS, SAO_PAULO).date()


def main() -> None:
    """Findings to standard output, one JSON document a line: {"at": step} or a finding."""
    errand = Errand(**json.loads(sys.stdin.read()))
    KNOWN.learn(errand.key, errand.user, errand.password)

    def tell(document: dict[str, object]) -> None:
        sys.stdout.write(KNOWN.json(orjson.dumps(document)).decode() + "\n")
        sys.stdout.flush()

    for finding in Walk(errand, lambda step: tell({"at": step})).steps():
        tell(asdict(finding))


if __name__ == "__main__":
    main()
    terminate(0)    # at once: a library's threads may live on
