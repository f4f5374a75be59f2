"""Model check of the bracket: python -m model.check, from tests/ (PYTHONPATH=..:.).

Searches every state of the real bracket and a small exchange within stated bounds, prints what was counted, and with
--mutants shows for each protection that is taken out the shortest way to what goes wrong.
"""
from __future__ import annotations

import argparse
import sys

from model.mutants import MUTANTS
from model.search import FAULTS, HOME, INVARIANTS, Result, Search
from model.world import Bounds

#: Searched in seconds, and with every test run.
QUICK = (Bounds(lots=1, faults=1), Bounds(lots=1, faults=0, trail=0.003, rises=1),
         Bounds(lots=1, faults=0, auctions=2))

#: Searched in minutes.
LONG = (Bounds(lots=2, faults=0), Bounds(lots=1, faults=2), Bounds(lots=1, faults=1, trail=0.003, rises=1),
        Bounds(lots=1, faults=1, auctions=1))


def heading() -> str:
    return "\n".join([
        "A state: the real bracket with its orders, prices and recovery; the exchange's orders; the position as it is",
        "and as it is known.",
        "Free, at any time and as often as it likes: an entry, a leaving, a step of time, each lot's fill, a stop's",
        "confirmation and firing, a cancel's confirmation, each report (late, early, out of order, or not before a",
        "census), a census. Up to their bounds: rises of the market, that a trailing stop follows, and auctions, in",
        "which nothing trades and no exit can be sent.",
        "Faults, up to the bound in one history:", *(f"  - {fault}" for fault in FAULTS),
        "Invariants:", *(f"  {n}. {words}" for n, words in enumerate(INVARIANTS, 1)), ""])


def line(r: Result) -> str:
    b = r.bounds
    trail = f", stop trails {b.rises} rises" if b.rises else f", auctions {b.auctions}" if b.auctions else ""
    size = f"{r.states} states, {r.transitions} transitions, depth {r.depth}, {r.seconds:.1f} s"
    trail += ", entries sell" if b.side < 0 else ""
    found = f"BROKEN: {r.broken}" if r.broken else f"every invariant holds; home in {r.home} of {HOME} rounds at most"
    return f"position limit {b.lots}, faults {b.faults}{trail}: {size}: {found}"


def story(r: Result) -> str:
    return "\n".join(f"    {n:2} {label}" for n, label in enumerate(r.trace, 1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="the larger bounds too")
    parser.add_argument("--lots", type=int, help="one search with this position limit")
    parser.add_argument("--faults", type=int, default=1, help="its faults (1)")
    parser.add_argument("--rises", type=int, default=0, help="its moves of the market that a trailing stop follows (0)")
    parser.add_argument("--mutants", action="store_true", help="what is found when a protection is taken out")
    given = parser.parse_args()
    print(heading())
    if given.mutants:
        return _mutants()
    bounds: tuple[Bounds, ...] = QUICK + LONG if given.long else QUICK
    if given.lots:
        bounds = (Bounds(given.lots, given.faults, trail=0.003 if given.rises else 0.0, rises=given.rises),)
    broken = 0
    for each in bounds:
        result = Search(each).run()
        broken += bool(result.broken)
        print(line(result) + (f"\n{story(result)}" if result.broken else ""), flush=True)
    return 1 if broken else 0


def _mutants() -> int:
    alive = 0
    for mutant in MUTANTS:
        result = mutant.search()
        alive += not result.broken
        print(f"Without: {mutant.protection}\n  {line(result)}\n{story(result)}\n", flush=True)
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
