"""How each voter did, folded over any number of days: what it judged, and the round trips that it backed or opposed."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qt_app.reports.blocks import Block, Table, Text
from qt_app.reports.records import DayFacts, Deal, Judged, VoterDay
from qt_app.reports.shown import Shown


@dataclass(frozen=True, slots=True)
class Backing:
    """Closed round trips with a voter's lean at their entry: (how many, pessimistic net), for and against."""

    backed: tuple[int, float]
    opposed: tuple[int, float]


def backing(voter: str, deals: Iterable[Deal]) -> Backing:
    """A lean to hold is neither for nor against."""
    nets: dict[bool, list[float]] = {True: [], False: []}
    for deal in deals:
        side = (deal.sides or {}).get(voter)
        if side in ("buy", "sell"):
            nets[(side == "buy") == (deal.trade.side > 0)].append(deal.net_brl[0])
    return Backing(*((len(found), sum(found)) for found in (nets[True], nets[False])))


def voter_blocks(days: Sequence[DayFacts], shown: Shown) -> list[Block]:
    """A row for each voter of each run; of several days or runs, the run is named."""
    rows = [(voter.name, run.run, _cells(voter, [deal for deal in day.deals if deal.run == run.run], shown))
            for day in days for run in day.runs for voter in run.voters]
    if not rows:
        return [Text(shown.word("not_judged"))]
    several = len({run for _, run, _ in rows}) > 1
    head = shown.words("voter", *(("run",) if several else ()), "votes", "abstained", "hit_rate", "interval", "chance",
                       "brier", "calibration", "backed", "backed_net", "opposed", "opposed_net")
    judged = any(voter.judged for day in days for run in day.runs for voter in run.voters)
    return [Table(head, [[name, *((run,) if several else ()), *cells] for name, run, cells in rows]),
            Text(shown.word("agents_note"), "note"), Text("" if judged else shown.word("not_judged"), "note")]


def _cells(voter: VoterDay, deals: list[Deal], shown: Shown) -> list[str]:
    abstained = sum(voter.abstentions.values()) / voter.instants if voter.instants else None
    return [shown.number(voter.votes), shown.share(abstained), *_judged(voter.judged, shown),
            *_backed(voter.name, deals, shown)]


def _judged(one: Judged | None, shown: Shown) -> list[str]:
    if one is None:
        return [shown.number(None)] * 5
    return [shown.share(one.hit_rate), f"{shown.share(one.low)} … {shown.share(one.high)}", shown.share(one.chance),
            shown.number(one.brier, 4), shown.number(one.ece, 4)]


def _backed(name: str, deals: list[Deal], shown: Shown) -> list[str]:
    found = backing(name, deals)
    return [text for count, net in (found.backed, found.opposed)
            for text in (shown.number(count), shown.number(net, 2) if count else shown.number(None))]
