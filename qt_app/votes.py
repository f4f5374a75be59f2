"""What crosses between the model, the agents, the consensus and risk: small immutable records."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal["sell", "hold", "buy"]

#: Class order of every probability triple in the system.
ACTIONS: tuple[Action, Action, Action] = ("sell", "hold", "buy")

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Vote:
    """One opinion: probabilities over (sell, hold, buy) that sum to 1, or an abstention.

    ``age_ns`` is the age, in event time, of the oldest data behind the vote; -1 when there is none.
    ``reason`` is a short upper-case code, optionally followed by detail (``"STALE book 7.2 s"``).
    """

    voter: str
    p: Triple | None
    age_ns: int
    reason: str

    @property
    def abstains(self) -> bool:
        return self.p is None


@dataclass(frozen=True, slots=True)
class Decision:
    """The consensus at one instant. ``confidence`` is the probability of ``action``.

    ``p`` is None when no consensus could be formed; then ``action`` is hold and ``reason`` says why.
    ``seq`` is the engine's event count at the decision: the trace id of everything that follows from it.
    """

    seq: int
    ts_ns: int
    action: Action
    confidence: float
    p: Triple | None
    reason: str
    votes: tuple[Vote, ...]


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What risk lets through: lots and ticks, never money and points.

    ``price`` is the limit in ticks (None: market); ``stop`` the trigger in ticks (None: not a stop).
    """

    order_id: int
    seq: int
    ts_ns: int
    side: int
    qty: int
    price: int | None
    stop: int | None
    reason: str


#: Statuses of a report after which no more of an order can trade.
ENDINGS = frozenset({"filled", "cancelled", "rejected"})


@dataclass(frozen=True, slots=True)
class OrderReport:
    """One broker event of an order, live or paper. ``traded`` is cumulative lots, ``last_qty`` what it filled.

    ``status``: accepted | partial | filled | cancelled | rejected | triggered. ``price`` is ticks, or None.
    """

    order_id: int
    seq: int
    ts_ns: int
    status: str
    last_qty: int
    price: int | None
    traded: int
    text: str
