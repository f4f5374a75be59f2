"""The journal: whatever must survive the program is durable before the program relies on it.

The order of writing is the argument for safety:

1. An order's row is put before the order goes to its gateway, and right before the call into the library the command
   thread waits at ``barrier`` until that row is on the disk. Not durable: not sent. So every order that can exist at a
   broker has a row.
2. What comes back (names, reports, fills) is put at the moment it becomes known, in that order, and nobody waits for
   it. A crash may lose the newest of it, never something in between: rows are written in the order they were put, and
   a transaction holds a run of them without holes.
3. A restart therefore knows every order, and at worst too little of what became of it. An order without an answer is
   looked for in the broker's list by its terms, adopted or given up; nothing is ever sent again. What the broker shows
   beyond the booked fills is booked then; lots that a report announced and no fill holds count as not booked.

One thread writes. It takes whatever has been put, adds it in one transaction and commits: the longer a commit takes the
more the next one carries. With ``synchronous = FULL`` a commit has reached the disk when it returns.

When the disk is full, a slice of the reserve beside the journal is given up, the transaction is tried again at once,
and ``low`` blocks entries while exits can still be recorded. When nothing can be written any more ``failed`` says why,
``barrier`` raises, and so nothing is sent; what was put waits and is tried again.
"""
from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from qt_app.errors import JournalError
from qt_app.journal.entries import Begin, Entry, Mark, Order
from qt_app.journal.opening import open_file, sentence, told
from qt_app.journal.reader import Reader
from qt_app.journal.reserve import Reserve
from qt_app.journal.rows import Rows

#: How soon what could not be written is tried again, and how soon room is sought for a new reserve, s.
RETRY_S = 0.5
RESERVE_AGAIN_S = 10.0

#: How long ``close`` waits for the last rows, s.
CLOSE_S = 10.0

#: The most that one transaction takes in, so that whoever waits is not kept waiting by what comes after.
GROUP = 4096

#: Transactions after which the log is folded into the file as soon as nothing waits: a log of two megabytes or so.
FOLD_AFTER = 200

#: After these nothing more may be written: what the disk holds is not known.
_FATAL = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR_FSYNC,
                    sqlite3.SQLITE_IOERR_DIR_FSYNC})

#: What the tables and the binding say to one entry, whatever becomes of the others.
_REFUSED = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, OverflowError, ValueError)

_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})


@dataclass(slots=True, eq=False)
class _Barrier:
    """Somebody waits until everything put before is durable. ``last``: nothing comes behind it."""

    last: bool = False
    error: str = ""
    passed: threading.Event = field(default_factory=threading.Event)


class Journal:
    """One writer for one file. ``put`` and ``barrier`` belong to any thread, ``put`` to the decision thread too.

    ``failed``: why nothing may be sent now, "" when all is well. ``low``: the disk was full, and the reserve is spent.
    ``doubt``: the first thing that did not fit with what was there (a fill twice, a position that does not follow);
    every such thing stands in the marks. ``on_write`` is told on the writer's thread, right before a commit and right
    after it: where tests end the process.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, run: str, reserve: Reserve) -> None:
        """Use ``open``."""
        self.path = path
        self.run = run
        self.failed = ""
        self.doubt = ""
        self.on_write: Callable[[str], None] = _unwatched
        self._connection = connection
        self._reserve = reserve
        self.low = not reserve.hold()
        self._number = _begin_run(connection, run)
        self._rows = Rows(connection, self._number)
        self._queue: queue.SimpleQueue[Entry | _Barrier] = queue.SimpleQueue()
        self._waiting: list[Entry] = []     # taken and not durable yet
        self._over = False
        self._barred = ""                   # an order has no row, so nothing may be sent any more
        self._final = False                 # nothing may be written any more
        self._sought_s = monotonic()
        self._unfolded = 0
        self._thread = threading.Thread(target=self._write, name="qt-journal", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: Path, run: str) -> Journal:
        """The journal at ``path``, made if there is none. ``run`` names this run of the program.

        Raises JournalError (exit 9) when the file cannot be used, and then leaves it as it is.
        """
        connection = open_file(path)
        with told(path, connection):
            return cls(path, connection, run, Reserve(path.with_name("journal.reserve")))

    # ---- any thread

    def put(self, entry: Entry) -> None:
        """To be written; returns at once."""
        if self._over:
            raise JournalError(f"journal {self.path}: closed, and there is still something to write: {entry}")
        self._queue.put(entry)

    def barrier(self, timeout_s: float = 5.0) -> None:
        """Returns when everything put before is durable; not for the decision thread. Raises JournalError."""
        self._pass(_Barrier(), timeout_s)

    def begin(self, symbol: str, account: str) -> Begin:
        """What a restart of this account continues from. Lots adopted from now on belong to this account."""
        self.barrier()
        self._rows.symbol, self._rows.account = symbol, account
        with Reader(self.path) as reader:
            return reader.begin(symbol, account, self._number)

    def close(self) -> None:
        """Writes what was put, folds the log into the file, ends the thread. Raises JournalError if rows are lost."""
        if self._over:
            return
        try:
            self._pass(_Barrier(last=True), CLOSE_S)
        finally:
            self._over = True
            self._thread.join(CLOSE_S)

    def _pass(self, barrier: _Barrier, timeout_s: float) -> None:
        if self._over or not self._thread.is_alive():
            raise JournalError(self.failed or f"journal {self.path}: closed")
        self._queue.put(barrier)
        if not barrier.passed.wait(timeout_s):
            self.failed = f"journal {self.path}: not on the disk within {timeout_s:g} s; look at the disk's load"
            raise JournalError(self.failed)     # until a commit comes through
        if barrier.error:
            raise JournalError(barrier.error)

    # ---- the writer's thread

    def _write(self) -> None:
        last = False
        try:
            while not last:
                barriers = self._take()
                last = any(barrier.last for barrier in barriers)
                self._commit()
                for barrier in barriers:
                    barrier.error = self.failed if not barrier.last or self._waiting or self._final else ""
                    barrier.passed.set()
                self._idle()
        except BaseException as error:
            self.failed = f"journal {self.path}: its writer stopped: {error!r}; restart"
            raise
        finally:
            self._connection.close()

    def _take(self) -> list[_Barrier]:
        """Whatever has been put by now; waits for the first of it, or until it is time to try again."""
        barriers: list[_Barrier] = []
        for item in self._arrived():
            if isinstance(item, _Barrier):
                barriers.append(item)
            else:
                self._waiting.append(item)
        return barriers

    def _arrived(self) -> Iterable[Entry | _Barrier]:
        try:
            yield self._queue.get(timeout=RETRY_S if self._waiting or self.low else None)
            for _ in range(GROUP - 1):
                yield self._queue.get_nowait()
        except queue.Empty:
            return

    def _commit(self) -> None:
        """Makes everything that waits durable, or says in ``failed`` why it is not."""
        if self._final:
            self._waiting.clear()
        if not self._waiting:
            return
        try:
            self._try()
        except sqlite3.Error as error:
            self._fail(error)
        else:
            self.failed = self._barred

    def _try(self) -> None:
        """Once; and again in the room of the reserve, slice by slice, while there is any."""
        while True:
            try:
                return self._transaction()
            except sqlite3.OperationalError as error:
                if _code(error) not in _NO_ROOM or not self._spend():
                    raise

    def _spend(self) -> bool:
        """Gives a slice of the reserve up; False when there was none."""
        self.low = True
        return self._reserve.free()

    def _transaction(self) -> None:
        rows, first, odd = self._rows, self._rows.next_id, ""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for entry in self._waiting:
                words = self._add(entry)
                odd = odd or words
            self.on_write("commit.before")
            self._connection.execute("COMMIT")
            self.on_write("commit.after")
        except sqlite3.Error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            rows.next_id = first
            raise
        self.doubt = self.doubt or odd
        self._unfolded += 1
        self._waiting.clear()

    def _add(self, entry: Entry) -> str:
        """One row; what is odd about it is kept as a mark, and returned."""
        try:
            odd = self._rows.add(entry)
        except _REFUSED as error:
            odd = f"refused, {error}"
            if isinstance(entry, Order):
                self._barred = f"journal {self.path}: an order has no row ({error}): {entry}; restart"
        if odd:
            odd = f"{odd}: {entry}".encode(errors="backslashreplace").decode()
            self._rows.add(Mark("doubt", 0, odd))
        return odd

    def _fail(self, error: sqlite3.Error) -> None:
        self.failed = sentence(self.path, error)
        self._final = bool({_code(error), getattr(error, "sqlite_errorcode", 0)} & _FATAL)

    def _idle(self) -> None:
        """Nothing waits: time for what can be done at any time."""
        if self._waiting or self._final or not self._queue.empty():
            return
        if self._unfolded >= FOLD_AFTER:
            self._fold()
        if self.low and monotonic() - self._sought_s > RESERVE_AGAIN_S:
            self._sought_s = monotonic()
            self.low = not self._reserve.hold()

    def _fold(self) -> None:
        """The log goes into the file. Without room for that nothing is lost: it stays in the log."""
        self._unfolded = 0
        try:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:
            if _code(error) in _NO_ROOM:
                self._spend()
            else:
                self._fail(error)


def _code(error: sqlite3.Error) -> int:
    """The primary code of an error; 0 when it is the binding's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _begin_run(connection: sqlite3.Connection, run: str) -> int:
    number = connection.execute("INSERT INTO runs (name) VALUES (?)", (run,)).lastrowid
    assert number is not None
    return number


def _unwatched(where: str) -> None:
    """Nobody looks on."""
