"""What may still be open in the market when there is no engine: by the journal, else as last heard."""
from __future__ import annotations

from dataclasses import dataclass

from qt_app.errors import JournalError
from qt_app.home import Home
from qt_app.journal.reader import Reader
from qt_app.supervisor.guardian import Beat


@dataclass(frozen=True, slots=True)
class Exposure:
    """In a sentence, and whether anything is open (None: nobody knows)."""

    words: str
    open: bool | None

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.open is False:
            return "look at the log, then start it again with `qt start`"
        return "flatten at the broker with `qt halt --emergency`, or start it again with `qt start`"


def exposure(home: Home, last: Beat | None) -> Exposure:
    """The best that is known: the journal has every fill that was booked, a beat is up to a second old."""
    orders = f", {last.working} orders working when last heard" if last is not None and last.working else ""
    if last is None and not home.journal.exists():
        return Exposure("nothing was ever traded in this home", False)
    try:
        held = _held(home)
    except JournalError as error:
        return Exposure(f"its position is not known ({error}){orders}", None) if last is None else _heard(last, orders)
    if not held:
        return Exposure(f"flat by the journal{orders}", bool(orders))
    return Exposure(f"{'; '.join(held)} by the journal{orders}", True)


def _held(home: Home) -> list[str]:
    """Raises JournalError when there is no journal that can be read."""
    with Reader(home.journal) as reader:
        return [f"POSITION {lots:+d} {symbol} OPEN in account {account}" for symbol, account, lots
                in reader.positions() if lots]


def _heard(last: Beat, orders: str) -> Exposure:
    if last.position == 0:
        return Exposure(f"it was flat when last heard{orders}", bool(last.working))
    return Exposure(f"POSITION {last.position:+d} {last.symbol} OPEN when last heard{orders}", True)
