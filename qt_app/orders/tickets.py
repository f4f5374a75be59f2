"""Our orders at the broker, and how an event finds its order.

Three names lead to an order: the local id (of this session, known when the send returns), the ClOrderID (permanent,
empty early in life) and the message id (of one routing message). Events may name an order that no send has returned
yet: they are kept until one does.
"""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from qt_app.orders.lastdoor import Exposure
from qt_app.orders.life import IMPOSSIBLE_AS, Life
from qt_app.orders.router import Update, Wire
from qt_app.orders.sight import Sight, Stage

#: Events of unknown orders kept for a send that has not returned.
EARLY_EVENTS = 4096

Message = Literal["send", "zero", "change", "cancel"]


@dataclass(slots=True, eq=False)
class Ticket:
    """One order and what is known of its way. ``order_id`` 0: somebody else's order in our account."""

    order_id: int
    seq: int
    life: Life
    wire: Wire
    handed_s: float = 0.0       # when the send was last handed over
    back_s: float | None = None  # when it came back; None: it is on its way
    withdrawn: bool = False     # a cancel was asked for
    cancelling: bool = False    # a cancel is on its way to the broker
    session_lost: bool = False  # its send failed because the broker had lost our session
    restored: bool = False      # of an earlier run: it is never sent again
    tries: int = 1
    absent: int = 0             # censuses in a row that did not show it
    what: Message = "send"      # how it goes out: send or zero
    doubts: int = 0             # sights in a row that could not be true
    triggered: bool = False     # the market has touched its trigger
    stuck: bool = False         # the broker shows it on its way, for too long
    again_ns: int | None = None  # a retry waits for this event time

    @property
    def stranger(self) -> bool:
        return self.order_id == 0

    @property
    def over(self) -> bool:
        """Ended, and no retry to come."""
        return self.life.ended and self.again_ns is None


@dataclass(slots=True)
class Tickets:
    """Every order of the session, and the ways to find it."""

    by_id: dict[int, Ticket] = field(default_factory=dict)
    live: dict[int, Ticket] = field(default_factory=dict)       # ours, not over, by order id
    strangers: list[Ticket] = field(default_factory=list)
    given_up: list[Ticket] = field(default_factory=list)        # sent, and not known to the broker when asked
    stirred: set[int] = field(default_factory=set)  # local ids of ended orders that something was told about since
    early: deque[Update] = field(default_factory=lambda: deque(maxlen=EARLY_EVENTS))
    _by_local: dict[int, tuple[Ticket, Life]] = field(default_factory=dict)
    _by_name: dict[str, tuple[Ticket, Life]] = field(default_factory=dict)
    _by_message: dict[int, tuple[Ticket, Life, Message]] = field(default_factory=dict)

    def add(self, ticket: Ticket) -> None:
        self.by_id[ticket.order_id] = self.live[ticket.order_id] = ticket

    def restore(self, ticket: Ticket) -> None:
        """An order of an earlier run. One that ended without a name is kept for a broker that shows it after all."""
        self.by_id[ticket.order_id] = ticket
        if not ticket.life.ended:
            self.live[ticket.order_id] = ticket
        elif not ticket.life.cl_ord_id:
            self.given_up.append(ticket)
        self.link(ticket, ticket.life, ticket.life.local_id, ticket.life.cl_ord_id)

    @property
    def unseen(self) -> Ticket | None:
        """An order of an earlier run of which it is not known yet what became of it."""
        return next((t for t in self.live.values() if t.restored and not t.life.heard), None)

    def add_stranger(self, ticket: Ticket) -> None:
        self.strangers.append(ticket)
        self.link(ticket, ticket.life, ticket.life.local_id, ticket.life.cl_ord_id)

    def settle(self, ticket: Ticket) -> None:
        """Takes an order that is over out of what works."""
        if ticket.over and self.live.pop(ticket.order_id, None) is not None and ticket.life.given_up:
            self.given_up.append(ticket)

    def link(self, ticket: Ticket, life: Life, local_id: int, name: str = "") -> None:
        """Names of one life of an order: after a retry the ticket has another one."""
        if local_id > 0:
            life.local_id = life.local_id or local_id
            self._by_local[local_id] = ticket, life
        if name:
            self._by_name[name] = ticket, life

    def link_message(self, ticket: Ticket, message_id: int, what: Message) -> None:
        if message_id > 0:
            self._by_message[message_id] = ticket, ticket.life, what

    def find(self, local_id: int, name: str) -> tuple[Ticket, Life] | None:
        return self._by_local.get(local_id) or (self._by_name.get(name) if name else None)

    def find_message(self, message_id: int, local_id: int, name: str) -> tuple[Ticket, Life, Message] | None:
        """The local id of a message's result may be 0: the message id leads."""
        found = self._by_message.get(message_id) if message_id > 0 else None
        if found is None and (order := self.find(local_id, name)) is not None:
            found = (*order, "send")
        return found

    @property
    def sending(self) -> bool:
        """Whether a send is on its way, so that events of unknown orders may be its."""
        return any(t.back_s is None for t in self.live.values())

    def exposure(self, position: int) -> Exposure:
        working = {1: 0, -1: 0}
        for ticket in self.live.values():
            life = ticket.life
            working[life.terms.side] += life.qty - life.traded
        return Exposure(position, working[1], working[-1])

    def adoptable(self, sight: Sight, earlier: int = 0) -> Ticket | None:
        """The send without an answer that this unknown order must be: same side, kind, quantity and prices.

        Of sends alike it is the one behind those that belong to the ``earlier`` orders, as far as there are so many.
        """
        fit = [t for t in (*self.live.values(), *self.given_up) if t.back_s is not None and _same(t.life, sight)]
        least = min((_unlikely(t, sight) for t in fit), default=0)
        alike = sorted((t for t in fit if _unlikely(t, sight) == least), key=lambda t: t.order_id)
        return alike[min(earlier, len(alike) - 1)] if alike else None


def _unlikely(ticket: Ticket, sight: Sight) -> int:
    """The journal knows how some orders of an earlier run ended: such a one is no order that lives or traded more."""
    if not ticket.restored or not ticket.life.ended:
        return 1
    return 0 if sight.stage is Stage.ENDED and sight.traded == ticket.life.traded else 2


def _same(life: Life, sight: Sight) -> bool:
    t = life.terms
    if life.local_id or life.cl_ord_id or life.heard or sight.traded < life.traded:
        return False
    if sight.ticker != t.ticker or sight.kind in IMPOSSIBLE_AS[t.kind]:
        return False
    if t.open:
        return True
    prices = t.kind == "market" or (sight.price, sight.stop) == (t.price, t.stop)
    return (sight.side, sight.qty) == (t.side, t.qty) and prices
