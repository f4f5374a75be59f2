"""What joins a run to the one before: its journal, what it began from, and what it leaves to the next.

A run over a recording has no journal: it is nobody's account.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from qt_app.alerts.centre import AlertCentre
from qt_app.alerts.codes import Code
from qt_app.errors import JournalError
from qt_app.feed.sources import Source
from qt_app.home import Home
from qt_app.journal.entries import Begin, Entry, Mark
from qt_app.journal.journal import Journal
from qt_app.journal.output import JournalOutput
from qt_app.orders.broker import BrokerGateway
from qt_app.orders.notes import Notes
from qt_app.orders.trader import Trader
from qt_app.pipeline import Pipeline
from qt_app.replay import beginning
from qt_app.zone import SAO_PAULO

COMPONENT = "Journal"
#: How long somebody waits to hear that what was noted is durable.
DURABLE_S = 1.0

LOW = "the disk is full: only exits can still be recorded"


def new_run(runs: Path) -> str:
    """The name of a run: the time, and a number if a run of this second was here already."""
    now = dt.datetime.now(SAO_PAULO).strftime("%Y%m%d-%H%M%S")
    names = (now, *(f"{now}-{number}" for number in range(2, 100)))
    return next(name for name in names if not (runs / name).exists() and not (runs / f".{name}.partial").exists())


class Continuity:
    """Opens the journal, restores the trader from it, and watches it. The engine's thread."""

    def __init__(self, home: Home, pipeline: Pipeline, source: Source, run: str, alerts: AlertCentre) -> None:
        self.journal: Journal | None = None
        self.begun: Begin | None = None     # once the account is known
        self._home = home
        self._pipeline = pipeline
        self._source = source
        self._run = run
        self._alerts = alerts
        self._trouble = ""

    @property
    def _trader(self) -> Trader:
        return self._pipeline.trader

    def open(self, stack: ExitStack) -> bytes | None:
        """Before any output. What a paper account begins from, as its file has it; a broker's account is not known yet:
        None. Raises JournalError when the journal cannot be used."""
        if self._source.name == "recording":
            return b""
        self.journal = Journal.open(self._home.journal, self._run)
        stack.callback(self.journal.close)
        self._pipeline.outputs.append(JournalOutput(self.journal.put))
        return None if isinstance(self._trader.gateway, BrokerGateway) else self._begin(self.journal, "paper")

    def begin(self) -> bytes:
        """Before the first event, with the broker's account known; what the run begins from."""
        if self.journal is None or self.begun is not None:
            return b""
        gateway, router = self._trader.gateway, self._source.router
        assert isinstance(gateway, BrokerGateway) and router is not None
        gateway.keep(self.journal, self._run)
        return self._begin(self.journal, f"{router.account.broker}:{router.account.account}")

    def _begin(self, journal: Journal, account: str) -> bytes:
        symbol = self._trader.instrument.symbol
        self.begun = begin = journal.begin(symbol, account)
        self._trader.notes = Notes(symbol, account, journal.put)
        self._trader.restore(begin)
        content = beginning.to_json(begin)
        beginning.write(self._home.data / "runs" / self._run, content)
        if not begin.clean or begin.position:
            self._tell(begin)
        return content

    def _tell(self, begin: Begin) -> None:
        live = [known.order.order_id for known in begin.orders if not known.ended]
        how = "was kept open" if begin.clean else "the last run did not end properly"
        self._alerts.raise_(Code.RECOVERED, f"going on from the journal: {how}",
                            {"position": begin.position, "orders": live, "fills": len(begin.fills)},
                            component=COMPONENT)

    def note(self, entry: Entry) -> None:
        """Into the journal, where there is one. Any thread."""
        if self.journal is not None:
            self.journal.put(entry)

    def durable(self) -> bool | None:
        """Whether everything noted so far is on the disk; None without a journal. Not for the engine's thread."""
        if self.journal is None:
            return None
        try:
            self.journal.barrier(DURABLE_S)
        except JournalError:
            return False
        return True

    def started(self, words: str) -> None:
        self._mark("started", words)

    def stopped(self, words: str) -> None:
        """A clean end."""
        self._mark("stopped", words)

    def _mark(self, kind: str, words: str) -> None:
        if self.journal is not None:
            self.journal.put(Mark(kind, self._pipeline.engine.now_ns or self._source.clock_ns() or 0, words))

    def health(self) -> tuple[int, int] | None:
        """Whether the journal fails, and whether it lives on its reserve; None without one. Any thread."""
        return None if self.journal is None else (int(bool(self.journal.failed)), int(self.journal.low))

    def look(self, changed: Callable[[bool], None]) -> None:
        """Tells a journal that fails, or is well again; ``changed`` blocks entries, or no longer."""
        journal = self.journal
        if journal is None:
            return
        trouble = _trouble_of(journal)
        if trouble == self._trouble:
            return
        before, self._trouble = self._trouble, trouble
        code = Code.JOURNAL_LOW if trouble == LOW else Code.JOURNAL_FAILED
        if trouble:
            self._alerts.raise_(code, f"no entries: {trouble}", {}, component=COMPONENT)
        else:
            self._alerts.clear(Code.JOURNAL_FAILED)
            self._alerts.clear(Code.JOURNAL_LOW)
        if bool(before) is not bool(trouble):
            changed(bool(trouble))


def _trouble_of(journal: Journal) -> str:
    """Why it can take no entries, "" when it can."""
    if journal.doubt and not journal.failed:
        return (f"the journal holds what does not fit ({journal.doubt}); compare position and orders with the "
                "broker's, then `qt stop` and `qt start`")
    return journal.failed or (LOW if journal.low else "")
