"""A bracket's words: an order as far as reports tell, how long things may take, and what a plan asks for."""
from __future__ import annotations

from dataclasses import dataclass, replace

from qt_app.risk.intent import Purpose
from qt_app.votes import OrderRequest

#: Market seconds per second that a market without a pace may reach.
UNPACED = 100.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an order may take, in event time."""

    entry_ns: int = 2_000_000_000    # an entry that has not filled is cancelled
    exit_ns: int = 1_000_000_000     # an exit is cancelled and priced anew; a fired stop counts as one
    ack_ns: int = 1_000_000_000      # a stop must be confirmed, a cancel answered
    retry_ns: int = 1_000_000_000    # between two tries of an exit or a target that was refused
    move_ns: int = 5_000_000_000     # between two moves of the stop

    def paced(self, speed: float) -> Patience:
        """The same patience with a broker's answers in a market of ``speed`` market seconds per second (0: as fast as
        it can): they take their time on the wall whatever the market's clock does."""
        factor = max(1.0, speed) if speed else UNPACED
        return replace(self, exit_ns=round(self.exit_ns * factor), ack_ns=round(self.ack_ns * factor))


@dataclass(frozen=True, slots=True)
class Working:
    """A live order as far as reports tell."""

    request: OrderRequest
    purpose: Purpose
    since_ns: int          # sent, or last change of stage
    stage: str = "sent"    # sent | accepted | triggered
    traded: int = 0
    cancel_ns: int | None = None  # when a cancel was last asked for
    cancel_reason: str = ""

    @property
    def remaining(self) -> int:
        return self.request.qty - self.traded


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ask for the cancel of an order."""

    order_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Want:
    """Send a stop, a target or an exit of this many lots."""

    purpose: Purpose
    qty: int
    reason: str


Act = Cancel | Want
