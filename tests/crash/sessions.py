"""Scripted sessions: what is decided when, under which limits and against which exchange."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: (seconds after the market opened to us, buy | sell | reduce | halt | resume).
Step = tuple[float, str]

PARTIAL = '[[fault]]\nkind = "partial"\nslices = 3\nseconds = 0.4\n'
EARLY = '[[fault]]\nkind = "early"\nsteps = 2\n'
RACE = '[[fault]]\nkind = "cancel_race"\nevery = 2\n'
REJECT = '[[fault]]\nkind = "reject"\nevery = 3\ntext = "Saldo insuficiente"\n'
RETRY = '[[fault]]\nkind = "reject"\nretryable = true\nevery = 3\n'
LOST_ENDS = '[[fault]]\nkind = "drop"\ncallback = "order"\nstage = "final"\n'
TWICE = '[[fault]]\nkind = "duplicate"\ncallback = "order"\nseconds = 0.3\n'
LATE = '[[fault]]\nkind = "delay"\ncallback = "order"\nseconds = 0.7\nevery = 2\n'
DESK = '[[fault]]\nkind = "admin_cancel"\nseconds = 0.8\nevery = 2\n'
STUBBORN = '[[fault]]\nkind = "cancel_reject"\nevery = 2\n'


@dataclass(frozen=True)
class Script:
    """One session. ``limits`` and ``market`` are on top of the common ones."""

    name: str
    steps: tuple[Step, ...]
    seconds: float
    limits: dict[str, Any] = field(default_factory=dict)
    market: dict[str, str] = field(default_factory=dict)
    faults: str = ""


FAR = {"stop_loss": 0.01}
NEAR = {"stop_loss": 0.0003}
LIVELY = {"activity": "5"}

SCRIPTS = (
    Script("long, opposite exit", ((0.5, "buy"), (4, "sell")), 8, FAR),
    Script("short, opposite exit", ((0.5, "sell"), (4, "buy")), 8, FAR),
    Script("both ways", ((0.5, "buy"), (3, "sell"), (5, "sell"), (8, "buy"), (10, "buy")), 13, FAR),
    Script("stop hit, long", ((0.5, "buy"), (5, "buy"), (9, "buy")), 14, NEAR, LIVELY),
    Script("stop hit, short", ((0.5, "sell"), (5, "sell"), (9, "sell")), 14, NEAR, LIVELY | {"seed": "7"}),
    Script("target hit, long", ((0.5, "buy"), (5, "buy"), (9, "buy")), 14, FAR | {"take_profit": 0.0001},
           LIVELY | {"seed": "8"}),
    Script("target hit, short", ((0.5, "sell"), (5, "sell"), (9, "sell")), 14, FAR | {"take_profit": 0.0001}, LIVELY),
    Script("stop against target", ((0.5, "buy"), (4, "sell"), (7, "buy"), (10, "sell")), 14,
           {"stop_loss": 0.0003, "take_profit": 0.0001}, LIVELY, RACE),
    Script("target in parts", ((0.5, "sell"), (4, "buy"), (7, "sell"), (10, "buy")), 14,
           {"stop_loss": 0.0006, "take_profit": 0.0001}, LIVELY, PARTIAL),
    Script("trailing stop", ((0.5, "buy"), (6, "sell")), 14,
           {"stop_loss": 0.0006, "trail": 0.0004, "break_even_after": 0.0003}, LIVELY),
    Script("trailing stop, events late", ((0.5, "sell"), (6, "buy")), 14,
           {"stop_loss": 0.0006, "trail": 0.0004, "break_even_after": 0.0003}, LIVELY | {"seed": "9"}, LATE),
    Script("partial fills", ((0.5, "buy"), (5, "sell"), (8, "sell"), (12, "buy")), 15, FAR, faults=PARTIAL),
    Script("partial fills, stop hit", ((0.5, "sell"), (6, "buy"), (8, "sell")), 14, NEAR, LIVELY, PARTIAL),
    Script("cancel against fill", ((0.5, "buy"), (3, "sell"), (6, "sell"), (9, "buy")), 13, FAR, faults=RACE),
    Script("rejections", ((0.5, "buy"), (3, "sell"), (5, "sell"), (8, "buy"), (10, "buy")), 13, FAR, faults=REJECT),
    Script("lost broker session", ((0.5, "buy"), (4, "sell"), (7, "sell"), (10, "buy")), 14, FAR, faults=RETRY),
    Script("ends never told", ((0.5, "buy"), (4, "sell"), (8, "sell")), 14, FAR, faults=LOST_ENDS),
    Script("events twice and late", ((0.5, "buy"), (4, "sell"), (8, "sell"), (11, "buy")), 14, FAR,
           faults=TWICE + LATE),
    Script("early events", ((0.5, "sell"), (3, "buy"), (5, "buy"), (8, "sell")), 11, FAR, faults=EARLY),
    Script("broker cancels", ((0.5, "buy"), (5, "sell"), (8, "sell")), 13, FAR, faults=DESK),
    Script("cancels refused", ((0.5, "buy"), (4, "sell"), (8, "sell"), (11, "buy")), 15, FAR, faults=STUBBORN),
    Script("flatten", ((0.5, "buy"), (3, "halt"), (6, "resume"), (7, "sell"), (10, "reduce"), (11, "halt")), 13, FAR),
    Script("reduce in a position", ((0.5, "sell"), (2, "reduce"), (6, "resume"), (7, "buy")), 11, FAR),
    Script("flatten under fire", ((0.5, "buy"), (0.7, "halt"), (5, "resume"), (6, "sell"), (6.2, "halt")), 11, FAR,
           faults=PARTIAL + RACE),
)

#: After a restart: entries are tried from the first instant on, then everything is closed.
AFTERWARDS = Script("afterwards", ((0, "buy"), (0.5, "sell"), (1, "buy"), (3, "sell"), (6, "buy")), 9, FAR)
