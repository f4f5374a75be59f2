"""What round trips say together, and the tax of a month, by arithmetic that knows nothing of the program."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from e2e.week_sums import Sums, Trip, cent


def win_rate(trips: Sequence[Trip]) -> float | None:
    return sum(trip.net > 0 for trip in trips) / len(trips) if trips else None


def profit_factor(trips: Sequence[Trip]) -> float | None:
    won, lost = (sum(trip.net for trip in trips if trip.net * sign > 0) for sign in (1, -1))
    return float(won / -lost) if lost else None


def drawdown(trips: Sequence[Trip]) -> Decimal:
    """The deepest fall of the sum from where it had been highest, zero at first."""
    ends = [Fraction(0)]
    for trip in trips:
        ends.append(ends[-1] + trip.net)
    return cent(max(max(ends[:at + 1]) - end for at, end in enumerate(ends)))


def hours(trips: Iterable[Trip]) -> dict[int, tuple[int, Decimal]]:
    """Round trips and pessimistic net by the hour of their entry."""
    found: dict[int, list[Trip]] = defaultdict(list)
    for trip in trips:
        found[trip.fills[0].when.hour].append(trip)
    return {hour: (len(own), cent(sum(trip.net for trip in own))) for hour, own in sorted(found.items())}


def tax(sums: Sums, account: str, month: tuple[int, int], loss_before: Decimal) -> dict[str, Decimal]:
    """Of a month that has no earlier one in the journal, for round trips begun and ended on one day.

    Lei 11.033/2004: 1 % withheld of a positive day, 20 % of the month's gain, R$ 10 at least.
    """
    to = Decimal("0.01")
    nets = []
    for day, one in sums.of_account(account):
        trips = [trip for trip in one.trips if trip.fills[0].day == day]
        if trips and (day.year, day.month) == month:
            nets.append(cent(sum(trip.gross[0] for trip in trips))
                        - cent(sum((trip.costs for trip in trips), Decimal(0))))
    net = sum(nets, Decimal(0))
    withheld = sum(((max(one, Decimal(0)) / 100).quantize(to, ROUND_HALF_UP) for one in nets), Decimal(0))
    taxable = max(net - loss_before, Decimal(0))
    owed = (taxable / 5).quantize(to, ROUND_HALF_UP)
    deducted = min(owed, withheld)
    rest = owed - deducted
    return {"net": net, "withheld": withheld, "taxable": taxable, "tax": owed, "deducted": deducted,
            "due": rest if rest >= 10 else Decimal(0), "small_after": Decimal(0) if rest >= 10 else rest,
            "withheld_after": withheld - deducted, "loss_after": max(loss_before - net, Decimal(0))}
