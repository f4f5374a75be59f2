"""What is told of what is raised: pure, no clock and no thread of its own. Seconds come in with each call.

- The same thing (code and key) is told once within its window; what is raised again is counted and told at its end.
- A code is told at most once within its cool-down, whatever it is about. What has no end of its own (a rejected order)
  is gathered meanwhile and told in one; what lasts is told one by one.
- Something worse than what was told of the same thing is told at once.
- An end is told once, and only of what was told. So in what is told, each end follows a raise of the same thing.
- Nothing is lost: the counts of what was told, and what is still held, add up to what was raised.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from qt_app.alerts.alert import Alert
from qt_app.alerts.codes import INFO, LEVELS, Code

RANK = {level: rank for rank, level in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. What is only information is always told."""

    window_s: float = 60.0
    cooldown_s: float = 5.0

    def window(self, alert: Alert) -> float:
        return 0.0 if alert.level == INFO else self.window_s

    def cooldown(self, alert: Alert) -> float:
        return 0.0 if alert.level == INFO else self.cooldown_s


@dataclass(slots=True)
class Thing:
    """What is known of one code and key."""

    latest: Alert
    held: int = 0               # raised since it was last told
    times: int = 0              # raised since it began to last
    since: dt.datetime = dt.datetime.min
    told_s: float = float("-inf")
    told_level: str = ""
    active: bool = False        # it lasts
    open: bool = False          # told, and its end was not


class Desk:
    """The state of every alert. One thread calls it."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._things: dict[tuple[Code, str], Thing] = {}
        self._told_s: dict[Code, float] = {}
        self.raised: dict[Code, int] = {}

    # ---- what happens

    def raise_(self, alert: Alert, now_s: float) -> list[Alert]:
        """What is to be told at once."""
        thing = self._things.setdefault((alert.code, alert.key), Thing(alert))
        self.raised[alert.code] = self.raised.get(alert.code, 0) + 1
        if not thing.active:
            thing.times, thing.since = 0, alert.at
        thing.latest, thing.held, thing.times, thing.active = alert, thing.held + 1, thing.times + 1, alert.code.lasts
        told = [self._tell(thing, now_s)] if self._may(thing, now_s) else []
        return told + [over for name in alert.code.ends for over in self.clear(Code[name], None, alert, now_s)]

    def clear(self, code: Code, key: str | None, by: Alert, now_s: float) -> list[Alert]:
        """The end of what lasts; no key: of all of that code. ``by`` lends the end its moment and data."""
        ended = [t for (c, k), t in self._things.items() if c is code and t.active and key in (None, k)]
        told = []
        for thing in ended:
            thing.active = False
            if thing.open:
                told.append(self._end(thing, by))
        return told

    def tick(self, now_s: float) -> list[Alert]:
        """What has waited long enough."""
        told: list[Alert] = []
        for code in dict.fromkeys(code for code, _ in self._things):
            told += self._due(code, now_s)
        self._forget(now_s)
        return told

    def rest(self) -> list[Alert]:
        """Everything that is still held, whatever the cool-down: the program ends."""
        return [alert for thing in self._things.values() if thing.held for alert in self._tell_late(thing, 0.0)]

    # ---- what is known

    @property
    def active(self) -> list[Alert]:
        """What lasts now, worst first; ``at`` is since when, ``count`` how often it was raised since then."""
        lasting = [replace(t.latest, at=t.since, count=t.times) for t in self._things.values() if t.active]
        return sorted(lasting, key=lambda a: (-RANK[a.level], a.at))

    @property
    def held(self) -> dict[Code, int]:
        """Raised and not told yet."""
        held: dict[Code, int] = {}
        for (code, _), thing in self._things.items():
            held[code] = held.get(code, 0) + thing.held
        return held

    # ---- how

    def _may(self, thing: Thing, now_s: float) -> bool:
        if thing.told_level and RANK[thing.latest.level] > RANK[thing.told_level]:
            return True
        latest = thing.latest
        quiet = now_s - self._told_s.get(latest.code, float("-inf")) >= self._patience.cooldown(latest)
        return quiet and now_s - thing.told_s >= self._patience.window(latest)

    def _tell(self, thing: Thing, now_s: float) -> Alert:
        told = replace(thing.latest, count=thing.held)
        thing.held, thing.open = 0, told.code.lasts
        if told.level != INFO:      # what is only information begins no window and ends none
            thing.told_s, thing.told_level = now_s, told.level
            self._told_s[told.code] = now_s
        return told

    def _tell_late(self, thing: Thing, now_s: float) -> Iterator[Alert]:
        """What was held; when it is over already, its end too."""
        yield self._tell(thing, now_s)
        if thing.open and not thing.active:
            yield self._end(thing, thing.latest)

    @staticmethod
    def _end(thing: Thing, by: Alert) -> Alert:
        thing.open = False
        was = thing.latest
        return replace(was, level=INFO, message=f"over: {was.message}", ts_ns=by.ts_ns, at=by.at,
                       seq=by.seq, count=0, over=True, was=was.level)

    def _due(self, code: Code, now_s: float) -> list[Alert]:
        """The next of one code, after its cool-down: of what lasts one, of the rest all in one."""
        due = [t for (c, _), t in self._things.items() if c is code and t.held and self._may(t, now_s)]
        if not due:
            return []
        if code.lasts:
            return list(self._tell_late(min(due, key=lambda t: t.told_s), now_s))
        last = due[-1]
        last.held = sum(t.held for t in due)
        for thing in due[:-1]:
            thing.held, thing.told_s = 0, now_s
        return [self._tell(last, now_s)]

    def _forget(self, now_s: float) -> None:
        """What is over, told and past its window."""
        gone = [name for name, t in self._things.items()
                if not (t.active or t.held) and now_s - t.told_s >= self._patience.window_s]
        for name in gone:
            del self._things[name]
