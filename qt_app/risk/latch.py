"""A halt that outlives the program: the fact "halt" of the journal, written by a running engine or beside none."""
from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from qt_app.journal.entries import Fact, Mark
from qt_app.risk.breakers import STRIKES, TRIPPED
from qt_app.risk.reasons import Reason
from qt_app.risk.states import Until, block_of

#: The fact's value is a ``Latch`` as JSON; None: it was lifted.
HALT = "halt"


@dataclass(frozen=True, slots=True)
class Latch:
    """Holds until it is lifted, also in the next runs. ``kind``: halt | reduce; ``at``: wall clock with its zone."""

    kind: str
    reason: str
    by: str
    at: str

    @classmethod
    def of(cls, facts: Mapping[str, Fact]) -> Latch | None:
        """What the journal holds, if anything."""
        fact = facts.get(HALT)
        value = None if fact is None else typing.cast(dict[str, str] | None, fact.value)
        return None if value is None else cls(**value)

    def fact(self, ts_ns: int) -> Fact:
        return Fact(HALT, asdict(self), ts_ns)

    def mark(self, ts_ns: int) -> Mark:
        """For the audit: who, when and why."""
        return act_mark(self.kind, ts_ns, self.by, self.reason)


def act_mark(kind: str, ts_ns: int, by: str, reason: str) -> Mark:
    """An operator's act: halt | reduce | resume | stop."""
    return Mark(kind, ts_ns, ": ".join(part for part in (by, reason) if part))


def lifted(facts: Mapping[str, Fact], ts_ns: int) -> tuple[list[Reason], list[Fact]]:
    """What a resume lifts when no engine runs, and the facts that say so."""
    reasons, news = [], []
    if (latch := Latch.of(facts)) is not None:
        reasons.append(Reason.HALTED if latch.kind == "halt" else Reason.REDUCING)
        news.append(Fact(HALT, None, ts_ns))
    tripped = typing.cast(dict[str, dict[str, int | str | None]], facts[TRIPPED].value) if TRIPPED in facts else {}
    resumed = [Reason[name] for name in tripped if block_of(Reason[name]).until is Until.RESUME]
    if resumed:
        left = {name: trip for name, trip in tripped.items() if Reason[name] not in resumed}
        news += [Fact(TRIPPED, typing.cast(typing.Any, left), ts_ns), Fact(STRIKES, [], ts_ns)]
    return reasons + resumed, news
