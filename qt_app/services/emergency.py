"""``qt halt --emergency``: an account made flat without the engine, or against one that does not answer.

Nothing here depends on the engine's health: it is asked to stop, ended hard when it does not, and a session of the
library's own is opened for orders alone. Trading is latched as halted first, so that no start trades before a
`qt resume`.
"""
from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

import psutil

from qt_app.alerts.codes import Code
from qt_app.config import Config
from qt_app.errors import ConfigError, JournalError, NotRunningError, QtError, TimedOutError
from qt_app.feed.generated import account_file
from qt_app.feed.sources import LibrarySource
from qt_app.home import Home
from qt_app.journal.reader import Reader
from qt_app.orders.emergency import Sweep
from qt_app.services.control import ControlClient
from qt_app.services.halt import Halt, latch_alone
from qt_app.services.licence import LicenceLock
from qt_app.services.lock import InstanceLock, running
from qt_app.services.log import write_line
from qt_app.services.process import operator
from qt_app.services.started import as_started
from qt_app.supervisor.alarm import Alarm
from qt_app.supervisor.record import living, request_end
from qt_app.zone import SAO_PAULO

COMPONENT = "Emergency"
LOOK_S = 0.1
#: How long an engine that does not answer may still end by itself.
SILENT_S = 2.0
#: The supervisor ends with its engine; it may still send notifications.
PARENT_S = 3.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Emergency:
    """What will be done. ``account`` as configured: None means the only one announced."""

    home: Home
    config: Config
    simulated: bool
    symbol: str

    @classmethod
    def of(cls, home: Home) -> Emergency:
        """As the last run of this home was started, in the contract whose position its journal holds."""
        config, source = as_started(home)
        if source == "recording" and config.trading.mode != "paper":
            raise ConfigError("the last run of this home played a recording: there is no account to make flat")
        symbol = held_symbol(home) or config.trading.symbol
        return cls(home, replace(config, trading=replace(config.trading, symbol=symbol)), source == "sim", symbol)

    @property
    def paper(self) -> bool:
        return self.config.trading.mode == "paper"

    def words(self) -> str:
        """For the question."""
        if self.paper:
            return f"end the engine of {self.home.root} and latch the halt (paper account: there is no broker)"
        account = self.config.trading.account or "the only account of its kind"
        return (f"end the engine of {self.home.root}, cancel every order of {self.symbol} in {account} "
                f"({self.config.trading.mode}), and close its position at market")

    def run(self, say: Say, *, ask_s: float = 20.0, timeout_s: float = 60.0, reason: str = "") -> None:
        """Raises TimedOutError that says what remains, BrokerError, or JournalError when it could not be latched."""
        told = _telling(self.home, say)
        with alone(self.home, told, ask_s):
            Alarm(self.home).tell(Code.EMERGENCY, f"emergency by {operator()}: {self.words()}")
            unlatched = self._latch(told, reason)
            if self.paper:
                told("this is a paper account: there is no broker and nothing to close there")
            else:
                self._flatten(told, timeout_s)
        if unlatched is not None:
            raise unlatched

    def _latch(self, say: Say, reason: str) -> JournalError | None:
        """Before anything else; a journal that cannot be written must not keep a position open."""
        try:
            latch_alone(self.home, Halt(reason or "qt halt --emergency"))
        except JournalError as error:
            say(f"the halt is not latched: {error}")
            return error
        say("halted: latched until `qt resume`")
        return None

    def _flatten(self, say: Say, timeout_s: float) -> None:
        kept = account_file(self.config, self.home, recovering=True) if self.simulated else None
        source = LibrarySource(self.config, simulated=self.simulated, today=dt.datetime.now(SAO_PAULO).date(),
                               cache=self.home.cache, account_file=kept, desk=True)
        assert source.router is not None
        with LicenceLock.of(self.config, self.home, source.name):
            say(f"opening a session of the library for orders: {source.name}")
            try:
                source.open()
                account = source.router.account
                say(f"account {account.account} at broker {account.broker}, contract {source.market.instrument.symbol}")
                Sweep(source.router, source.market.instrument, say).run(timeout_s)
            finally:
                source.stop()


def held_symbol(home: Home) -> str | None:
    """The contract that the journal holds a position in, if there is one."""
    with suppress(JournalError), Reader(home.journal) as reader:
        held = [symbol for symbol, _, position in reader.positions() if position]
        return held[-1] if held else None
    return None


def _telling(home: Home, say: Say) -> Say:
    """Each step also into the log, if it can be written."""

    def tell(words: str) -> None:
        say(words)
        with suppress(OSError):
            write_line(home, "WARNING", COMPONENT, words, {})

    return tell


# ---- no engine of this home


@contextmanager
def alone(home: Home, say: Say, ask_s: float) -> Iterator[None]:
    """No engine of this home runs, and none can start. Raises TimedOutError."""
    end_s = time.monotonic() + (ask_s if _stand_down(home, say) else SILENT_S)
    while True:
        lock = InstanceLock(home)
        try:
            lock.__enter__()
            break
        except NotRunningError:
            if time.monotonic() >= end_s:
                _end_hard(home, say)
                end_s = time.monotonic() + ask_s
            time.sleep(LOOK_S)
    try:
        _parent_left(home)
        yield
    finally:
        lock.__exit__(None, None, None)


def _parent_left(home: Home) -> None:
    """The supervisor has seen its engine end and says its last words."""
    end_s = time.monotonic() + PARENT_S
    while living(home) is not None and time.monotonic() < end_s:
        time.sleep(LOOK_S)


def _stand_down(home: Home, say: Say) -> bool:
    """The supervisor starts nothing any more, the engine is asked to stop; False when it does not answer."""
    parent, engine = living(home), running(home)
    if parent is not None:
        request_end(home, parent)
        say(f"the supervisor (process {parent.pid}) was told to start nothing any more")
    if engine is None:
        say("no engine runs in this home")
        return True
    try:
        ControlClient(home).call("stop", {"position": "flatten"}, timeout_s=2.0)
        say(f"the engine (process {engine.pid}) was asked to stop and flatten")
    except QtError as error:
        say(f"the engine (process {engine.pid}) cannot be asked: {error}")
        return False
    return True


def _end_hard(home: Home, say: Say) -> None:
    """Only the process that holds this home's lock, by pid and start time."""
    engine = running(home)
    process = None if engine is None else engine.process()
    if process is None:
        raise TimedOutError(f"the lock of {home.root} is held by a process that does not sign it: end it by hand and "
                            "repeat `qt halt --emergency`")
    say(f"the engine (process {process.pid}) did not end: it is ended hard")
    try:
        process.kill()
        process.wait(5)
    except psutil.NoSuchProcess:
        return
    except psutil.Error as error:
        raise TimedOutError(f"process {process.pid} cannot be ended ({error}): end it by hand and repeat "
                            "`qt halt --emergency`") from error
