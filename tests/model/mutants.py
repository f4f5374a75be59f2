"""Brackets with one protection taken out: the search must find what goes wrong without it."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from model.search import Result, Search
from model.world import Bounds

from qt_app.orders.bracket import LEGS, Bracket
from qt_app.orders.working import Act, Want, Working
from qt_app.risk.intent import Purpose


class ExitAtOnce(Bracket):
    def _plan_exit(self, now_ns: int, position: int) -> list[Act]:
        acts = super()._plan_exit(now_ns, position)
        if not self.of(Purpose.EXIT) and not any(isinstance(act, Want) for act in acts):
            acts.append(Want(Purpose.EXIT, abs(position), self.exit_reason or ""))
        return acts


class ExcessKept(Bracket):
    def _judge(self, now_ns: int, position: int) -> None:
        self.side = 1 if position > 0 else -1
        super()._judge(now_ns, position)


class NotShrunk(Bracket):
    def _shrink(self, purpose: Purpose, held: int, now_ns: int) -> list[Act]:
        return []


class NotToppedUp(Bracket):
    def _missing(self, purpose: Purpose, position: int) -> int:
        return 0 if self.of(purpose) else super()._missing(purpose, position)


class CancelledOnce(Bracket):
    def _repeat(self, now_ns: int, *, spare_stops: bool = False) -> list[Act]:
        return []


class NewBeforeOld(Bracket):
    def _missing(self, purpose: Purpose, position: int) -> int:
        return abs(position) - sum(leg.remaining for leg in self.of(purpose) if leg.cancel_ns is None)


class OtherLegLeft(Bracket):
    def _plan_flat(self, now_ns: int) -> list[Act]:
        legs = {n: w for n, w in self.orders.items() if w.purpose in LEGS}
        self.orders = {n: w for n, w in self.orders.items() if n not in legs}
        acts = super()._plan_flat(now_ns)
        self.orders |= legs
        return acts


class SilenceTrusted(Bracket):
    def _judge(self, now_ns: int, position: int) -> None:
        silent = {n: w for n, w in self.orders.items() if w.purpose is Purpose.STOP and w.stage == "sent"}
        self.orders = {n: w for n, w in self.orders.items() if n not in silent}
        super()._judge(now_ns, position)
        self.orders |= silent


class StripsInAuction(Bracket):
    def _waits(self, position: int) -> bool:
        return False


class Forgetful(Bracket):
    def restore(self, live: Iterable[Working], ended: Iterable[Working], side: int) -> None:
        super().restore([], ended, side)


@dataclass(frozen=True)
class Mutant:
    """A protection, the bracket without it, and bounds in which that shows."""

    protection: str
    make: type[Bracket]
    bounds: Bounds

    def search(self) -> Result:
        return Search(self.bounds, self.make).run()


ONE, FAULT = Bounds(lots=1, faults=0), Bounds(lots=1, faults=1)
TWO = Bounds(lots=2, faults=0)
TRAIL = Bounds(lots=1, faults=0, trail=0.003, rises=1)

MUTANTS = (
    Mutant("an exit waits until the legs are cancelled", ExitAtOnce, ONE),
    Mutant("what both legs filled is closed at once", ExcessKept, ONE),
    Mutant("flat, the leg that is left is cancelled", OtherLegLeft, ONE),
    Mutant("a leg shrinks when the other one has filled in part", NotShrunk, TWO),
    Mutant("legs grow with every further fill of the entry", NotToppedUp, TWO),
    Mutant("a cancel without an answer is repeated", CancelledOnce, FAULT),
    Mutant("a stop that moves is cancelled before the new one is sent", NewBeforeOld, TRAIL),
    Mutant("a stop that is not confirmed in time is no protection", SilenceTrusted, ONE),
    Mutant("in an auction an exit waits behind the stop", StripsInAuction, Bounds(lots=1, faults=0, auctions=1)),
    Mutant("a restart knows the orders of the journal", Forgetful, FAULT),
)
