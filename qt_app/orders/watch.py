"""Wall-clock watchdogs of the way to the broker. They decide nothing: they ask for a look, or raise an alarm."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from qt_app.orders.sight import Stage
from qt_app.orders.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall seconds; ``retry_ns`` is event time."""

    call_s: float = 5.0         # a call that takes longer is stuck
    late_s: float = 2.0         # a send that waited longer for its turn is not sent
    answer_s: float = 3.0       # an order of which nothing was heard by then is looked for
    absent_s: float = 5.0       # an order that the broker does not show by then never came to be
    restored_s: float = 2.0     # an order of an earlier run that was never heard of, and is not shown by then, is none
    differs_s: float = 2.0      # a position that differs from the journal's for as long is what the broker says
    arrive_s: float = 10.0      # an order that the broker still shows on its way then is stuck
    census_s: float = 5.0       # between two looks while orders work
    idle_s: float = 15.0        # and while none does: somebody may have traded by hand
    gap_s: float = 0.25         # at least, between any two looks
    look_s: float = 0.1         # between two rounds of these watchdogs
    retry_ns: int = 1_000_000_000   # pause before an order is sent again after a lost broker session
    retries: int = 2


@dataclass(slots=True)
class Watch:
    """What is on its way through the command thread, and when the broker was last asked."""

    timing: Timing
    out: dict[int, float] = field(default_factory=dict)     # token -> handed over at
    stuck: bool = False
    asking: bool = False        # a census is on its way
    asked_s: float = float("-inf")
    why: str = "start"          # why a census is wanted; empty: none is
    _token: int = 0

    def hand_over(self, now_s: float) -> int:
        self._token += 1
        self.out[self._token] = now_s
        return self._token

    def want(self, why: str) -> None:
        self.why = self.why or why

    def longest_s(self, now_s: float) -> float:
        """How long the oldest call has been out."""
        return now_s - min(self.out.values(), default=now_s)

    def turned(self, now_s: float) -> bool:
        """Whether the library got stuck, or came back, since the last call."""
        was, self.stuck = self.stuck, self.longest_s(now_s) > self.timing.call_s
        return was is not self.stuck

    def look_around(self, now_s: float, live: Iterable[Ticket]) -> None:
        """Wants a census for orders that are silent, and every few seconds whether any work or not."""
        since_s, limit_s = now_s - self.asked_s, self.timing.idle_s
        for ticket in live:
            limit_s = self.timing.census_s
            if self.silent(ticket, now_s, self.timing.answer_s):
                self.want(f"nothing heard of order {ticket.order_id}")
        if since_s > limit_s:
            self.want("it is time to look again")

    @staticmethod
    def silent(ticket: Ticket, now_s: float, limit_s: float) -> bool:
        """The send came back a while ago, and the broker has shown nothing of the order."""
        return ticket.back_s is not None and not ticket.life.heard and now_s - ticket.back_s > limit_s

    @staticmethod
    def on_the_way(ticket: Ticket, now_s: float, limit_s: float) -> bool:
        """The broker shows the order, but not at the exchange, although its send came back a while ago."""
        life, back_s = ticket.life, ticket.back_s
        return life.heard and life.stage is Stage.SENT and back_s is not None and now_s - back_s > limit_s

    def may_ask(self, now_s: float) -> bool:
        return bool(self.why) and not self.asking and now_s - self.asked_s >= self.timing.gap_s
