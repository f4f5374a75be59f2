"""What is known of a day, as plain records: made by ``facts``, read by every page, workbook and statement.

Money is BRL; what is ``Bounds`` comes by the three assumptions about fills, in the order of ``BOOKS``, the pessimistic
one first. Unknown is None.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qt_app.backtest.figures import drawdown, profit_factor, win_rate
from qt_app.backtest.money import Trade
from qt_app.zone import local_time

Bounds = tuple[float, ...]


def cents(brl: float) -> float:
    return round(brl, 2) + 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """What fills realised, to the cent. Net is gross less costs, each of them rounded before."""

    gross_brl: Bounds
    costs_brl: float

    @classmethod
    def of(cls, gross: Bounds, costs: float) -> Result:
        return cls(tuple(cents(value) for value in gross), cents(costs))

    @property
    def net_brl(self) -> Bounds:
        return tuple(cents(gross - self.costs_brl) for gross in self.gross_brl)


@dataclass(frozen=True, slots=True)
class Deal:
    """A round trip that ended, and what stood behind its entry: the regime, and the side that each voter leant to."""

    trade: Trade
    run: str
    regime: str | None = None
    sides: Mapping[str, str] | None = None

    @property
    def net_brl(self) -> Bounds:
        return self.trade.net_brl or ()

    @property
    def hour(self) -> int:
        """Of the entry, in Sao Paulo."""
        return int(local_time(self.trade.entry_ns)[11:13])


@dataclass(frozen=True, slots=True)
class Held:
    """Lots held when the day ended; ``open_brl`` by the last quote seen."""

    symbol: str
    lots: int
    open_brl: float | None


@dataclass(frozen=True, slots=True)
class Book:
    """One account's day. ``mode``: paper | simulator | live, None when no run says it."""

    account: str
    mode: str | None
    symbols: tuple[str, ...]
    deals: tuple[Deal, ...]
    result: Result
    held: tuple[Held, ...]

    @property
    def nets(self) -> list[float]:
        """Of its round trips, pessimistic, in their order."""
        return [deal.net_brl[0] for deal in self.deals]

    @property
    def win_rate(self) -> float | None:
        return win_rate(self.nets)

    @property
    def profit_factor(self) -> float | None:
        return profit_factor(self.nets)

    @property
    def max_drawdown_brl(self) -> float:
        """Of the closed round trips."""
        return cents(drawdown(self.nets))

    @property
    def hours(self) -> dict[int, tuple[int, float]]:
        """Round trips and pessimistic net by hour of entry."""
        found: dict[int, tuple[int, float]] = {}
        for deal in self.deals:
            count, net = found.get(deal.hour, (0, 0.0))
            found[deal.hour] = count + 1, net + deal.net_brl[0]
        return dict(sorted(found.items()))


def joined(books: Sequence[Book]) -> Book:
    """One account's days as one; what is held is the last day's. The days' cents add up."""
    last = books[-1]
    bounds = zip(*(book.result.gross_brl for book in books), strict=True)
    result = Result.of(tuple(sum(values) for values in bounds), sum(book.result.costs_brl for book in books))
    return Book(last.account, last.mode, tuple(sorted({symbol for book in books for symbol in book.symbols})),
                tuple(deal for book in books for deal in book.deals), result, last.held)


@dataclass(frozen=True, slots=True)
class Judged:
    """A voter against what round trips begun at its votes would have earned (see ``qt analyze agents``).

    ``bins``: votes of about equal confidence, as (mean probability told, share that came true, how many).
    """

    sided: int
    hit_rate: float | None
    low: float | None
    high: float | None
    chance: float | None
    brier: float | None
    ece: float | None
    bins: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True)
class VoterDay:
    """``votes`` of ``instants``; ``abstentions`` by reason code."""

    name: str
    instants: int
    votes: int
    abstentions: Mapping[str, int]
    judged: Judged | None


@dataclass(frozen=True, slots=True)
class FeatureUse:
    """How closely the model's lean (buy less sell) moved with a feature over the day: rank correlation, -1 to 1."""

    name: str
    correlation: float


@dataclass(frozen=True, slots=True)
class Drift:
    """Population stability of the model's inputs against its training: the mean, and the worst by name."""

    mean: float
    worst: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Quality:
    """The run's recording judged (see ``qt data check``): ``faults`` are (level, code, sentence)."""

    verdict: str
    events: int | None
    missing: int | None
    faults: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Times:
    """Durations, ms."""

    mean_ms: float | None
    p50_ms: float | None
    p99_ms: float | None
    max_ms: float | None

    @property
    def figures(self) -> tuple[float | None, ...]:
        """As tables have them."""
        return self.mean_ms, self.p50_ms, self.p99_ms, self.max_ms


#: The figures of durations that nobody knows.
NO_TIMES = Times(None, None, None, None)


@dataclass(frozen=True, slots=True)
class Latency(Times):
    """From the deciding event's arrival to the end of the decision.

    ``decisions``: how many of the day were measured; None: only the run's last ones are known, and no stages.
    """

    decisions: int | None = None
    stages: Mapping[str, Times] | None = None


@dataclass(frozen=True, slots=True)
class Parity:
    """``verdict``: signed | differs."""

    verdict: str
    words: str


@dataclass(frozen=True, slots=True)
class RunDay:
    """One run's part of the day. ``complete``: it left results; a run that was killed has only its journal."""

    run: str
    source: str | None
    mode: str | None
    complete: bool
    symbol: str | None = None
    synthetic: bool | None = None
    models: tuple[str, ...] = ()
    decisions: int = 0
    actions: Mapping[str, int] | None = None
    held_back: Mapping[str, int] | None = None      # decisions to hold, by reason code
    refusals: Mapping[str, int] | None = None       # by risk code
    regimes: Mapping[str, int] | None = None        # decisions by market regime
    voters: tuple[VoterDay, ...] = ()
    features: tuple[FeatureUse, ...] = ()
    drift: Drift | None = None
    quality: Quality | None = None
    latency: Latency | None = None
    parity: Parity | None = None


@dataclass(frozen=True, slots=True)
class AlertCount:
    """Alerts of one code: how often they were raised, and the gravest level."""

    code: str
    level: str
    count: int


@dataclass(frozen=True, slots=True)
class DayFacts:
    """A day in Sao Paulo: money by account, then what the runs did, then what was told."""

    day: dt.date
    books: tuple[Book, ...]
    runs: tuple[RunDay, ...]
    alerts: tuple[AlertCount, ...]

    @property
    def synthetic(self) -> bool:
        """Whether any part of it came of a simulated market."""
        return any(run.source == "sim" if run.synthetic is None else run.synthetic for run in self.runs)

    @property
    def deals(self) -> tuple[Deal, ...]:
        return tuple(deal for book in self.books for deal in book.deals)
