"""Channels that go down at the points of a session, as fault scripts."""
from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from qt_app.calendar import SAO_PAULO

NS = 1_000_000_000
#: Channel, seconds down, whether the events meanwhile come at the return or never.
WAYS = (("all", 3, "true"), ("routing", 2, "false"), ("broker", 4, "true"), ("all", 6, "false"), ("routing", 5, "true"),
        ("broker", 1, "false"))


@dataclass(frozen=True)
class Fault:
    """``points``: where a kill beside it comes, in places of the undisturbed run."""

    name: str
    toml: str
    points: tuple[int, ...]


def disconnects(passed: list[tuple[str, int]]) -> Iterator[Fault]:
    """At each instant with a point, right before it and at it, the next way of going down; some of them twice."""
    ways = itertools.cycle(WAYS)
    first: dict[int, int] = {}
    for number, (_, at_ns) in enumerate(passed, 1):
        first.setdefault(at_ns, number)
    for at_ns, number in first.items():
        for early_ms in (30, 0):
            channel, seconds, late = next(ways)
            toml = _outage(at_ns - early_ms * 1_000_000, channel, seconds, late)
            near = tuple(dict.fromkeys(min(number + more, len(passed)) for more in (0, 3, 8)))
            yield Fault(f"{channel} down", toml, near)
        if number % 4 == 0:
            yield Fault("flaps", _flap(at_ns), (number, number + 5))


def _clock(ns: int) -> str:
    at = dt.datetime.fromtimestamp(ns / NS, SAO_PAULO)
    return at.strftime("%H:%M:%S.") + f"{at.microsecond // 1000:03d}"


def _outage(at_ns: int, channel: str, seconds: float, late: str) -> str:
    return (f'[[fault]]\nkind = "outage"\nchannel = "{channel}"\nat = "{_clock(at_ns)}"\nseconds = {seconds}\n'
            f"late_orders = {late}\n")


def _flap(at_ns: int) -> str:
    return f'[[fault]]\nkind = "flap"\nfrom = "{_clock(at_ns)}"\nperiod = 1.5\ncount = 3\n'
