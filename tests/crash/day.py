"""A day on the simulator account in which the program is killed again and again, against the exchange's ledger.

    cd tests && PYTHONPATH=..:. python -m crash.day [--until HH:MM] [--speed 60] [--seed N] [--every S]

The real ``qt start`` under its supervisor, killed by SIGKILL at a random instant of each ``--every`` seconds of wall
time; when the supervisor has given up, it is started by hand. At the end ``qt stop``, and every order, trade, cost and
result of the journal is compared with what the exchange kept.
"""
from __future__ import annotations

import argparse
import ctypes
import datetime as dt
import json
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from crash.check import Truth, compare
from e2e.installation import MARKET_DAY, UNBROKEN, Installation, until
from e2e.random_session import LedgerOrder
from exchange.exchange_harness import DEFAULTS, Exchange

from qt_app.calendar import SAO_PAULO
from qt_app.fees import Fees
from qt_app.instruments import instrument
from qt_app.journal.reader import Reader
from qt_app.orders.account import Account, Fill
from qt_app.services.lock import running
from qt_app.supervisor.record import living

SYMBOL = "WDOZ26"
NS = 1_000_000_000
NEXT_DAY = "2026-11-23"
EXPIRED = (12, 17)
EAGER = {"QT_MODE": "simulator", "MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "1000", "STOP_LOSS": "0.001",
         "QT_MAX_DAILY_LOSS_BRL": "1000000", **UNBROKEN}


@dataclass
class Money:
    """BRL, and what they were made of."""

    lots: int
    gross_brl: float
    costs_brl: float


@dataclass
class Day:
    """What became of it."""

    kills: int = 0
    starts: int = 0
    ours: Money | None = None
    theirs: Money | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


def market_ns(clock: str) -> int:
    day, time = dt.date.fromisoformat(MARKET_DAY), dt.time.fromisoformat(clock)
    return int(dt.datetime.combine(day, time, SAO_PAULO).timestamp()) * NS


def spend(qt: Installation, end: str, speed: float, seed: int, every_s: float) -> Day:
    """From start to stop."""
    day, dice, end_ns = Day(), random.Random(seed), market_ns(end)
    _start(qt, day, speed)
    at_ns = _clock(qt)
    while (at_ns := at_ns + int(dice.uniform(0.3, 1.0) * every_s * speed * NS)) < end_ns:
        _reach(qt, day, speed, at_ns)
        owner = running(qt.home)
        if owner is not None:
            psutil.Process(owner.pid).kill()
            day.kills += 1
        at_ns = max(at_ns, _back(qt, day, speed))
    _reach(qt, day, speed, end_ns)
    qt.good("stop", "--position", "flatten")
    day.shown = json.loads(qt.home.metrics.read_bytes())
    _compare(qt, day)
    return day


def _start(qt: Installation, day: Day, speed: float) -> None:
    qt.start("--speed", speed)
    day.starts += 1


def _clock(qt: Installation) -> int:
    return int(until("an engine that trades", qt.asked(lambda s: s["decision"]["count"] and s["ts_ns"])))


def _back(qt: Installation, day: Day, speed: float) -> int:
    """The supervisor's restart, or ours when it has given up."""

    def there() -> Any:
        if living(qt.home) is None and running(qt.home) is None:
            _start(qt, day, speed)
        return qt.asked(lambda s: s["decision"]["count"] and s["ts_ns"])()

    return int(until("the engine is back", there))


def _reach(qt: Installation, day: Day, speed: float, at_ns: int) -> None:
    """The market has come that far; an engine that ended by itself in between would be an error."""
    until("the market's time", qt.asked(lambda s: (s["ts_ns"] or 0) >= at_ns), patience_s=900)


# ---- the comparison


def truth_of(file: Path) -> Truth:
    """The exchange's ledger, read from a copy of its file by a session of the next day: what still worked has expired.
    """
    sim = Exchange()
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(file, Path(folder) / file.name)
        sim.connect("order", **(DEFAULTS | {"day": NEXT_DAY, "start": "09:00:30", "account_file": copy}))
        try:
            sim.until_rest()
            orders = [LedgerOrder() for _ in range(sim.stat("orders"))]
            for index, order in enumerate(orders):
                assert sim.dll.SIM_LedgerOrder(index, ctypes.byref(order)) == 0
            return Truth(orders, sim.stat("position"), sim.stat("cash_ticks"), sim.stat("bought") + sim.stat("sold"),
                         sum(order.status in EXPIRED for order in orders))
        finally:
            sim.finish()
            sim.set(account_file="")


def _compare(qt: Installation, day: Day) -> None:
    truth = truth_of(qt.home.exchange_account)
    with Reader(qt.home.journal) as journal:
        account, fills = journal.orders()[-1].account, journal.fills()
    contract, fees = instrument(SYMBOL), Fees()
    book = Account(contract, fees)
    for f in fills:
        book.fill(Fill(f.order_id, f.seq, f.ts_ns, f.side, f.qty, f.price, f.cost_probable, f.cost_optimistic),
                  entry=f.entry)
    tick_brl = float(contract.exact_tick_value)
    day.ours = Money(sum(f.qty for f in fills), book.figures("pessimistic", None, None).realised_brl, book.costs_brl)
    day.theirs = Money(truth.lots, truth.cash_ticks * tick_brl, truth.lots * fees.side_brl(contract, MARKET_DAY, 1))
    shown = day.shown["pnl_detail"]
    day.differences = compare(truth, qt.home.journal, SYMBOL, account)
    for name, ours, theirs, told in (
            ("result", day.ours.gross_brl, day.theirs.gross_brl, shown["realised_brl"]),
            ("costs", day.ours.costs_brl, day.theirs.costs_brl, shown["costs_brl"])):
        if not round(ours, 2) == round(theirs, 2) == round(told, 2):
            day.differences.append(f"{name}: journal {ours:.2f}, exchange {theirs:.2f}, shown {told:.2f} BRL")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--until", default="18:10")
    parser.add_argument("--speed", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=60)
    parser.add_argument("--home", type=Path, help="an empty folder that is kept")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        qt = Installation(args.home or Path(name), EAGER)
        try:
            day = spend(qt, args.until, args.speed, args.seed, args.every)
        finally:
            qt.put_down()
    print(f"kills {day.kills}, starts by hand {day.starts}\njournal  {day.ours}\nexchange {day.theirs}\n"
          f"shown    {day.shown['pnl_detail']}")
    print("\n".join(day.differences) or "no difference")
    return bool(day.differences)


if __name__ == "__main__":
    sys.exit(main())
