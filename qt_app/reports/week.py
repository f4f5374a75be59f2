"""A week as a fold of its days: nothing is looked up again, so it cannot disagree with the daily reports."""
from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from qt_app.alerts.codes import LEVELS
from qt_app.calendar import sessions_between
from qt_app.errors import DataError
from qt_app.reports.facts import Past, gather_all
from qt_app.reports.records import AlertCount, Book, DayFacts, Deal, Drift, Judged, VoterDay, joined
from qt_app.reports.voters import Backing, backing

#: Groups of the pooled calibration.
GROUPS = 10

Bin = tuple[float, float, int]


@dataclass(frozen=True, slots=True)
class Regime:
    """Of a market regime: decisions made in it, round trips entered in it, and their pessimistic nets."""

    name: str
    decisions: int
    nets: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class VoterWeek:
    """``hit_rate`` and ``chance``: means of the days, weighed by votes with a side; ``brier`` by votes; ``ece`` and
    ``bins`` of all votes with a known outcome together."""

    name: str
    votes: int
    instants: int
    sided: int
    hit_rate: float | None
    chance: float | None
    brier: float | None
    ece: float | None
    bins: tuple[Bin, ...]
    backing: Backing


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday. ``missing``: B3's sessions without data, up to the newest day of the journal."""

    first: dt.date
    days: tuple[DayFacts, ...]
    missing: tuple[dt.date, ...]

    @property
    def name(self) -> str:
        """As ISO 8601 names it: 2026-W46."""
        year, number, _ = self.first.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def synthetic(self) -> bool:
        return any(day.synthetic for day in self.days)

    @property
    def accounts(self) -> dict[str, list[tuple[dt.date, Book]]]:
        """Each account's days."""
        found: dict[str, list[tuple[dt.date, Book]]] = {}
        for day in self.days:
            for book in day.books:
                found.setdefault(book.account, []).append((day.day, book))
        return dict(sorted(found.items()))

    @property
    def books(self) -> list[Book]:
        """Each account's week."""
        return [joined([book for _, book in days]) for days in self.accounts.values()]

    @property
    def drifts(self) -> list[tuple[dt.date, str, Drift]]:
        return [(day.day, run.run, run.drift) for day in self.days for run in day.runs if run.drift is not None]

    @property
    def alerts(self) -> tuple[AlertCount, ...]:
        found: dict[str, AlertCount] = {}
        for one in (one for day in self.days for one in day.alerts):
            known = found.get(one.code, AlertCount(one.code, one.level, 0))
            level = max(known.level, one.level, key=LEVELS.index)
            found[one.code] = AlertCount(one.code, level, known.count + one.count)
        return tuple(sorted(found.values(), key=lambda one: (-LEVELS.index(one.level), -one.count, one.code)))


def gather_week(past: Past, day: dt.date, *, recordings: bool = True,
                progress: Callable[[int, int], None] | None = None) -> Week:
    """The week that holds ``day``. Raises DataError for one without data."""
    first = day - dt.timedelta(day.weekday())
    last = first + dt.timedelta(6)
    days = [one for one in past.days if first <= one <= last]
    if not days:
        raise DataError(f"{first} to {last}: nothing was decided or traded in that week{past.span_words}; give another "
                        "--week")
    seen = [one for one in sessions_between(first, min(last, past.newest)) if one >= past.days[0]]
    return Week(first, tuple(gather_all(past, days, recordings=recordings, progress=progress)),
                tuple(one for one in seen if one not in days))


def regimes(week: Week, book: Book) -> list[Regime]:
    """Of one account's round trips; the regimes with most decisions first."""
    decided: Counter[str] = Counter()
    for run in (run for day in week.days for run in day.runs):
        decided.update(run.regimes or {})
    nets: dict[str, list[float]] = {name: [] for name, _ in decided.most_common()}
    for deal in book.deals:
        nets.setdefault(deal.regime or "unknown", []).append(deal.net_brl[0])
    return [Regime(name, decided[name], tuple(found)) for name, found in nets.items()]


def voters(week: Week) -> list[VoterWeek]:
    """In the order of the votes."""
    rows: dict[str, list[VoterDay]] = {}
    for run in (run for day in week.days for run in day.runs):
        for voter in run.voters:
            rows.setdefault(voter.name, []).append(voter)
    deals = [deal for day in week.days for deal in day.deals]
    return [_voter(name, found, deals) for name, found in rows.items()]


def pooled(bins: Iterable[Bin]) -> tuple[Bin, ...]:
    """Votes of all days in groups of about equal size, by the probability that they told."""
    known = sorted(one for one in bins if one[2])
    total, groups, so_far = sum(count for _, _, count in known), list[Bin](), 0
    for place in range(GROUPS):
        group: list[Bin] = []
        while known and so_far + known[0][2] / 2 <= (place + 1) * total / GROUPS:
            so_far += known[0][2]
            group.append(known.pop(0))
        groups += [_together(group)] if group else []
    return tuple(groups)


def _together(bins: Sequence[Bin]) -> Bin:
    count = sum(one[2] for one in bins)
    told, came = (sum(one[at] * one[2] for one in bins) / count for at in (0, 1))
    return told, came, count


def _voter(name: str, days: Sequence[VoterDay], deals: Sequence[Deal]) -> VoterWeek:
    judged = [(day.votes, day.judged) for day in days if day.judged is not None]
    bins = pooled(one for _, found in judged for one in found.bins)
    known = sum(count for _, _, count in bins)
    ece = sum(count * abs(told - came) for told, came, count in bins) / known if known else None
    return VoterWeek(
        name, sum(day.votes for day in days), sum(day.instants for day in days), sum(one.sided for _, one in judged),
        _mean(judged, lambda votes, one: (one.sided, one.hit_rate)),
        _mean(judged, lambda votes, one: (one.sided, one.chance)), _mean(judged, lambda votes, one: (votes, one.brier)),
        ece, bins, backing(name, deals))


def _mean(judged: Sequence[tuple[int, Judged]],
          of: Callable[[int, Judged], tuple[int, float | None]]) -> float | None:
    """Weighed; of what is known."""
    pairs = [(weight, value) for weight, value in (of(*one) for one in judged) if value is not None and weight]
    weight = sum(weight for weight, _ in pairs)
    return sum(weight * value for weight, value in pairs) / weight if weight else None
