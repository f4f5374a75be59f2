"""A census against our books: lost events are made up for, strangers are told apart, the position is explained."""
from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.errors import DataError
from qt_app.instruments import Instrument
from qt_app.orders.life import Life, Step, Terms
from qt_app.orders.reconcile import Census, Lasting, Settling
from qt_app.orders.router import OrderRow, Wire
from qt_app.orders.sight import Sight, Stage, read_sight
from qt_app.orders.tickets import Ticket, Tickets
from qt_app.orders.watch import Timing, Watch

#: Censuses that must miss an order before it is given up.
ABSENCES = 2
FILLS_GO_ON = "fills go on"


class Owner(Protocol):
    """The gateway, as its auditor needs it."""

    instrument: Instrument
    position: int
    alert: Tell

    def see(self, ticket: Ticket, life: Life, sight: Sight, ts_ns: int, *, insist: bool = False) -> None: ...
    def step(self, ticket: Ticket, life: Life, step: Step, ts_ns: int) -> None: ...
    def sent(self, ticket: Ticket, local_id: int, message_id: int = -1) -> None: ...
    def adopt(self, side: int, lots: int, value: int, why: str) -> None: ...
    def withdraw(self, ticket: Ticket) -> None: ...
    def replay_early(self) -> None: ...


class Auditor:
    """Compares censuses with the tickets. ``foreign``: a live order in the account is not ours; ``stuck``: one of ours
    does not reach the exchange; ``difference``: what was not equal in the last census, in words; ``restored``: the
    tickets and the position began with an earlier run's; ``opened``: a first census was equal."""

    def __init__(self, owner: Owner, tickets: Tickets, timing: Timing,
                 last_price: Callable[[], int | None]) -> None:
        self.foreign = self.stuck = self.restored = self.opened = False
        self.difference = ""
        self._owner = owner
        self._tickets = tickets
        self._timing = timing
        self._last_price = last_price
        self._lasting = Lasting(timing.differs_s)
        self._ended: list[OrderRow] = []    # of the last census: booked as they are shown
        self._asked_with = 0                # lots of our books when the census was asked for

    def settling(self) -> Settling:
        """For the next census: what has ended, is booked and was not touched since need not be shown again."""
        self._asked_with = self._owner.position
        ended, self._ended = self._ended, []
        again, self._tickets.stirred = self._tickets.stirred, set()
        return Settling([row for row in ended if row.local_id not in again], again)

    def compare(self, census: Census, now_ns: int, now_s: float) -> str:
        """Books what differs; says why another census is needed, empty when books and broker are equal."""
        again = self._compare(census, now_ns, now_s)
        if again != FILLS_GO_ON:
            self._tell(again or self._obstacle())
        return again

    def _compare(self, census: Census, now_ns: int, now_s: float) -> str:
        moved = self._owner.position != self._asked_with
        sights = self._read(census.listing.rows)
        if sights is None:
            return "the broker's list holds an order that cannot be"
        if not census.steady and not self.opened:
            return FILLS_GO_ON      # the first balance needs a quiet moment
        shown = self._match(sights, now_ns)
        self._owner.replay_early()
        self._look_for_missing(shown, now_ns, now_s)
        rest = self._explain(census, self._unbooked(sights), moved, now_s)
        self._look_for_stuck(now_s)
        self.foreign = self._foreign is not None
        return rest or self._in_doubt()

    @property
    def _foreign(self) -> Ticket | None:
        return next((t for t in self._tickets.strangers if not t.life.ended), None)

    def _obstacle(self) -> str:
        """What is equal, and yet not as it should be."""
        if self.stuck:
            return "an order does not reach the exchange"
        theirs = self._foreign
        if theirs is None:
            return ""
        terms = theirs.life.terms
        return (f"an order in the account is not ours: {'buy' if terms.side > 0 else 'sell'} {theirs.life.qty} "
                f"{terms.ticker}, {theirs.life.cl_ord_id or theirs.life.local_id}")

    def _tell(self, difference: str) -> None:
        """An alert for each difference, once."""
        before, self.difference = self.difference, difference
        if difference == before:
            return
        if difference:
            self._owner.alert(Code.MISMATCH, "books and broker differ: no entries", {"difference": difference})
        else:
            self._owner.alert(Code.RECONCILED, "books and broker are equal", {})

    # orders

    def _read(self, rows: list[OrderRow]) -> list[tuple[OrderRow, Sight]] | None:
        """Our contract's orders; None when one of them cannot be true."""
        ticker, read = self._owner.instrument.symbol, []
        for row in rows:
            if row.ticker != ticker:
                continue
            sight = read_sight(self._owner.instrument, row)
            if isinstance(sight, str):
                self._owner.alert(Code.IMPOSSIBLE_ORDER, "the broker shows an order that cannot be", {"reason": sight})
                return None
            read.append((row, sight))
        return read

    def _match(self, sights: list[tuple[OrderRow, Sight]], now_ns: int) -> set[int]:
        """Each row to its order; returns the tickets that were shown, by identity."""
        shown: set[int] = set()
        unknown: list[tuple[OrderRow, Sight]] = []
        for row, sight in sights:
            found = self._tickets.find(sight.local_id, sight.cl_ord_id)
            if found is None:
                unknown.append((row, sight))
            else:
                shown |= self._show(*found, row, sight, now_ns)
        unknown.sort(key=_least_alive)
        for place, (row, sight) in enumerate(unknown):
            found = self._adopt_order(sight, sum(_earlier(other, sight) for _, other in unknown[place + 1:]))
            if found is None:
                self._meet_stranger(sight, now_ns)
            else:
                shown |= self._show(*found, row, sight, now_ns)
        return shown

    def _show(self, ticket: Ticket, life: Life, row: OrderRow, sight: Sight, now_ns: int) -> set[int]:
        """A row of an order that is known."""
        if ticket.over and life.told(sight):
            life.heard = True
            self._ended.append(row)
        else:
            self._owner.see(ticket, life, sight, now_ns, insist=True)
        if life is not ticket.life:
            return set()    # an earlier try of it, which says nothing about this one
        ticket.absent = 0
        return {id(ticket)}

    def _adopt_order(self, sight: Sight, earlier: int) -> tuple[Ticket, Life] | None:
        """A send whose answer we never had, found by its terms; ``earlier`` orders alike still wait for theirs."""
        ticket = self._tickets.adoptable(sight, earlier)
        if ticket is None:
            return None
        self._owner.sent(ticket, sight.local_id)
        self._owner.alert(Code.ORDER_FOUND, "an order without an answer was found at the broker",
                          {"order_id": ticket.order_id, "local_id": sight.local_id})
        return ticket, ticket.life

    def _meet_stranger(self, sight: Sight, now_ns: int) -> None:
        """Not ours: told, and entries wait until it is gone."""
        if self._tickets.sending:
            return      # it may be the one whose send has not come back
        terms = Terms(sight.ticker, sight.side, sight.kind if sight.kind in _KINDS else "limit", sight.qty)
        ticket = Ticket(0, 0, Life(terms, sight.local_id, sight.cl_ord_id), Wire("", "", 0), back_s=0.0)
        self._tickets.add_stranger(ticket)
        if self.opened:     # else the first comparison books what it traded
            self._owner.see(ticket, ticket.life, sight, now_ns)
        else:
            ticket.life.see(sight)
        if not ticket.life.ended:
            self._owner.alert(Code.FOREIGN_ORDER,
                              "an order in the account is not ours: entries wait until it is gone",
                              {"local_id": sight.local_id, "side": sight.side, "qty": sight.qty})

    def _look_for_missing(self, shown: set[int], now_ns: int, now_s: float) -> None:
        """Sends that came back and that the broker does not show, now for the second time."""
        for ticket in list(self._tickets.live.values()):
            if id(ticket) in shown or ticket.again_ns is not None or not Watch.silent(ticket, now_s, 0.0):
                continue
            ticket.absent += 1
            never = ticket.restored and not ticket.life.before      # its run has ended: nothing of it comes late
            patience_s = self._timing.restored_s if never else self._timing.absent_s
            if ticket.absent < ABSENCES or not Watch.silent(ticket, now_s, patience_s):
                continue
            step = ticket.life.missing("the broker does not know the order")
            if step is not None:
                self._owner.step(ticket, ticket.life, step, now_ns)

    def _look_for_stuck(self, now_s: float) -> None:
        """Orders that the broker took and still shows on their way. What becomes of them nobody knows: they are told,
        cancelled and never sent again, and entries wait until the broker shows their end."""
        late = [t for t in self._tickets.live.values() if Watch.on_the_way(t, now_s, self._timing.arrive_s)]
        for ticket in late:
            if not ticket.stuck:
                self._owner.alert(Code.ORDER_STUCK,
                                  "an order does not reach the exchange: it is cancelled, entries wait",
                                  {"order_id": ticket.order_id, "local_id": ticket.life.local_id})
                self._owner.withdraw(ticket)
            ticket.stuck = True
        self.stuck = bool(late)

    def _in_doubt(self) -> str:
        for ticket in self._tickets.live.values():
            if ticket.doubts or (ticket.back_s is not None and not ticket.life.local_id and ticket.again_ns is None):
                return f"order {ticket.order_id} is in doubt"
        return ""

    # position

    def _unbooked(self, sights: list[tuple[OrderRow, Sight]]) -> int:
        """Signed lots that the list shows and the books do not hold: of doubts, and of a send that has not come back.
        Negative where the books have heard more since."""
        lots = 0
        for _, sight in sights:
            found = self._tickets.find(sight.local_id, sight.cl_ord_id)
            lots += sight.side * (sight.traded - (0 if found is None else found[1].traded))
        return lots

    def _explain(self, census: Census, unbooked: int, moved: bool, now_s: float) -> str:
        """The position against the books as of the census. What they do not explain is booked once it lasts.

        The list explains nothing by itself: it may be late, or begin anew with a day. ``moved``: fills were booked
        while the census was on its way.
        """
        if not self.opened and (unseen := self._tickets.unseen) is not None:
            return f"order {unseen.order_id} of an earlier run is not in the broker's list"
        try:
            position = self._owner.instrument.to_lots(census.holding.qty)
        except DataError as error:
            return str(error)
        rest = position - self._owner.position - unbooked
        if not census.steady or (rest and moved):
            return FILLS_GO_ON
        lasts = self._lasting.enough(rest, now_s)
        if rest and not lasts and (self.opened or self.restored):
            whose = "our books say" if self.opened else "the journal says"
            return f"the broker holds {position:+d} lots, {whose} {position - rest:+d}"
        self._book(rest, census, self._why)
        self.opened = True
        return ""

    @property
    def _why(self) -> str:
        if self.opened:
            return "the broker's position is not explained by the orders"
        return "traded while the program was away" if self.restored else "held before the start"

    def _book(self, lots: int, census: Census, why: str) -> None:
        if lots:
            value = round(max(self._worth(lots, census), 1.0) * abs(lots))
            self._owner.adopt(1 if lots > 0 else -1, abs(lots), value, why)

    def _worth(self, lots: int, census: Census) -> float:
        """Ticks a lot: the broker's average for what adds to a position. For what closes one it tells none, and none at
        all when nothing is left: that is booked at the market's last price."""
        num, den = self._owner.instrument.tick
        average = census.holding.avg_price * den / num
        last = self._last_price()
        closes = self._owner.position * lots < 0
        return average if last is None or (average > 0 and not closes) else float(last)


def _least_alive(shown: tuple[OrderRow, Sight]) -> tuple[bool, bool]:
    """Of orders alike, one that works is ours before one that traded, and that before one that died."""
    _, sight = shown
    return sight.stage is Stage.ENDED, not sight.traded


def _earlier(other: Sight, than: Sight) -> bool:
    """One alike that reached the broker before."""
    alike = (other.ticker, other.side, other.kind, other.qty, other.price, other.stop) == (
        than.ticker, than.side, than.kind, than.qty, than.price, than.stop)
    return alike and other.local_id < than.local_id


_KINDS = ("market", "limit", "stop_limit")

