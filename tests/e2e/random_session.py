"""A two-sided random session through the binding, compared with the exchange's own ledger.

    python -m e2e.random_session --orders 100000 --faults drop_orders --seed 3     (from tests/, with PYTHONPATH)

Market, limit and stop-limit orders, changes, cancels and zero positions go out in a held market that is let run a few
seconds at a time, under a fault script. At the end everything is cancelled, and position, money and every order must
equal what the exchange has in its books. Prints what happened as JSON; exits with 1 when anything differs. With
``--faults all`` every class has its turn, in a process of its own, and a line of its own.
"""
from __future__ import annotations

import argparse
import ctypes
import datetime as dt
import gc
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qt_app.calendar import SAO_PAULO
from qt_app.feed.profit import ProfitFeed, Subscription, exchange_library
from qt_app.instruments import instrument
from qt_app.orders.accounts import choose_account
from qt_app.orders.base import Adoption
from qt_app.orders.broker import BrokerGateway
from qt_app.orders.router import DllRouter
from qt_app.orders.watch import Timing
from qt_app.risk.rate import OrderRate
from qt_app.risk.reasons import Reason
from qt_app.votes import OrderReport, OrderRequest
from qt_core._types import NO_PRICE, Kind
from qt_core.order_updates import OrderUpdates
from qt_core.vendor import TERMINAL

NS = 1_000_000_000
SYMBOL = "WDOZ26"
LARGEST = 5000
#: Calls on their way at which the market is held back, and for how long at most.
CROWD = 20
CATCH_UP_S = 0.5
PATIENCE_S = 120.0
#: Of ``--faults all``.
LINE = "{:18} {:>7} {:>7} {:>8} {:>10} {:>11} {:>7}"

#: Channel, begin, and whether the events of the time come at the return.
OUTAGES = (("all", "09:31:00", "true"), ("routing", "09:33:00", "false"), ("broker", "09:35:00", "false"),
           ("all", "09:38:00", "false"))


def _outage(one: tuple[str, str, str]) -> str:
    channel, at, late = one
    return (f'[[fault]]\nkind = "outage"\nchannel = "{channel}"\nat = "{at}"\nseconds = 20.0\n'
            f'late_orders = {late}\n')


def _absurd(callback: str, field: str, *values: str) -> str:
    return "".join(f'[[fault]]\nkind = "absurd"\ncallback = "{callback}"\nfield = "{field}"\nvalue = "{value}"\n'
                   f'chance = 0.1\n' for value in values)


#: One script for each class of fault that can touch an order. ``none``: a friendly broker.
FAULTS = {
    "none": "",
    "drop_orders": '[[fault]]\nkind = "drop"\ncallback = "order"\nchance = 0.2\n',
    "drop_ends": '[[fault]]\nkind = "drop"\ncallback = "order"\nstage = "final"\nchance = 0.5\n',
    "delay_orders": '[[fault]]\nkind = "delay"\ncallback = "order"\nseconds = 3.0\nchance = 0.3\n',
    "duplicate_orders": '[[fault]]\nkind = "duplicate"\ncallback = "order"\ncopies = 2\nseconds = 1.5\nchance = 0.4\n',
    "reorder_orders": '[[fault]]\nkind = "reorder"\ncallback = "order"\nby = 3\nseconds = 2.0\nchance = 0.4\n',
    "flaps": '[[fault]]\nkind = "flap"\nfrom = "09:32:00"\nperiod = 40.0\nseconds = 5.0\n',
    "outages": "".join(map(_outage, OUTAGES)),
    "blocked_sends": '[[fault]]\nkind = "block"\nfunction = "SendOrder"\nwall_seconds = 0.6\nevery = 400\n',
    "blocked_cancels": '[[fault]]\nkind = "block"\nfunction = "SendCancelOrderV2"\nwall_seconds = 0.6\nevery = 60\n',
    "refused_calls": '[[fault]]\nkind = "answer"\nfunction = "SendOrder"\ncode = "NL_INTERNAL_ERROR"\nchance = 0.05\n'
                     '[[fault]]\nkind = "answer"\nfunction = "EnumerateAllOrders"\ncode = "NL_WAITING_SERVER"\n'
                     'chance = 0.2\n',
    "early": '[[fault]]\nkind = "early"\nsteps = 4\nchance = 0.5\n',
    "rejects": '[[fault]]\nkind = "reject"\nchance = 0.1\ntext = "Saldo insuficiente: operação não permitida"\n',
    "lost_sessions": '[[fault]]\nkind = "reject"\nstatus = 204\nretryable = true\nchance = 0.05\n',
    "slices": '[[fault]]\nkind = "partial"\nslices = 4\nseconds = 0.4\nchance = 0.7\n',
    "cancel_races": '[[fault]]\nkind = "cancel_race"\nchance = 0.5\n'
                    '[[fault]]\nkind = "cancel_reject"\nevery = 5\n[[fault]]\nkind = "change_reject"\nevery = 3\n',
    "admin_cancels": '[[fault]]\nkind = "admin_cancel"\nseconds = 1.0\nchance = 0.3\n',
    "stuck": '[[fault]]\nkind = "stuck"\nchance = 0.05\n',
    "desk": '[[fault]]\nkind = "position"\nat = "09:31:00"\nqty = 7\n'
            '[[fault]]\nkind = "position"\nat = "09:32:00"\nqty = -11\n',
    "garbage": '[[fault]]\nkind = "garbage"\ncallback = "any"\n',
    "absurd_prices": _absurd("order", "price", "nan", "inf", "-inf", "huge", "negative", "zero"),
    "absurd_quantities": _absurd("order", "qty", "huge", "negative", "zero"),
    "absurd_words": _absurd("order", "side", "unknown") + _absurd("order", "type", "unknown"),
    "absurd_dates": _absurd("order", "date", "zero", "1970", "2099"),
    "absurd_trades": _absurd("trade", "price", "nan", "huge", "zero", "negative") + _absurd("trade", "qty", "huge"),
    "stale_handles": '[[fault]]\nkind = "stale_handle"\ncallback = "trade"\nchance = 0.3\n',
    "swapped_trades": '[[fault]]\nkind = "swap"\ncallback = "trade"\nchance = 0.1\n',
    "full_records": '[[fault]]\nkind = "full_records"\n',
    "everything": '[[fault]]\nkind = "drop"\ncallback = "order"\nchance = 0.1\n'
                  '[[fault]]\nkind = "delay"\ncallback = "order"\nseconds = 2.0\nchance = 0.2\n'
                  '[[fault]]\nkind = "duplicate"\ncallback = "order"\nchance = 0.2\n'
                  '[[fault]]\nkind = "reorder"\ncallback = "order"\nby = 4\nchance = 0.2\n'
                  '[[fault]]\nkind = "early"\nsteps = 2\nchance = 0.1\n'
                  '[[fault]]\nkind = "partial"\nslices = 3\nseconds = 0.3\nchance = 0.3\n'
                  '[[fault]]\nkind = "cancel_race"\nchance = 0.2\n'
                  '[[fault]]\nkind = "reject"\nchance = 0.03\n'
                  '[[fault]]\nkind = "flap"\nfrom = "09:32:00"\nperiod = 60.0\nseconds = 4.0\n'
                  + _absurd("order", "qty", "huge", "zero") + _absurd("order", "price", "nan")
                  + '[[fault]]\nkind = "garbage"\ncallback = "any"\n[[fault]]\nkind = "full_records"\n',
}
#: Classes in which somebody else trades in the account: what he traded is adopted.
ADOPTING = ("desk",)


class LedgerOrder(ctypes.Structure):
    """sim_ledger_order_t."""

    _fields_ = (("local_id", ctypes.c_int64), ("qty", ctypes.c_int64), ("traded", ctypes.c_int64),
                ("value_ticks", ctypes.c_int64), ("price", ctypes.c_int32), ("stop", ctypes.c_int32),
                ("account", ctypes.c_int32), ("side", ctypes.c_uint8), ("type", ctypes.c_uint8),
                ("status", ctypes.c_uint8))


class LastPrice:
    """The market as far as a random trader looks at it."""

    bid = ask = NO_PRICE
    last_price = NO_PRICE
    phase = quote_ns = book_ns = session_open_ns = session_close_ns = 0


class Session:
    """The exchange, our way to it, and a hand that places orders at random."""

    def __init__(self, orders: int, script: str, seed: int, timing: Timing, *, start: str = "09:30:00",
                 per_step: int = 12, step_s: float = 1.0) -> None:
        self.wanted = orders
        self.random = random.Random(seed)
        self.per_step, self.step_s = per_step, step_s
        self.market = LastPrice()
        self.reports: list[OrderReport] = []
        self.alerts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.acts: Counter[str] = Counter()
        self.placed = 0
        self._pause = threading.Event()     # nobody sets it
        self._known: dict[int, str] = {}    # our live orders: kind
        self._open_limits: set[int] = set()
        contract = instrument(SYMBOL)
        updates = OrderUpdates(1 << 12)
        self._folder = tempfile.TemporaryDirectory()
        faults = Path(self._folder.name) / "faults.toml"
        faults.write_text(f"seed = {seed}\n{script}")
        settings = {"seed": str(seed), "day": "2026-11-18", "start": start, "speed": "0", "symbol": SYMBOL, "hold": "1",
                    "orders_per_minute": "0", "orders_per_day": "0",
                    "faults": str(faults) if script else ""}
        self.feed = ProfitFeed(exchange_library(), contract, settings=settings, orders=updates, routing=True,
                               subscription=Subscription(offer_book=False), ring_capacity=1 << 17)
        self.feed.start()
        router = DllRouter(self.feed, updates, contract, "secret")
        self._wait(lambda: bool(updates.accounts()), "an account is announced")
        router.choose(choose_account(updates.accounts(), None))
        self.gateway = BrokerGateway(router, contract, max_position=LARGEST, rate=OrderRate(10**6, 10**6),
                                     market=self.market, timing=timing)
        self.gateway.listen(lambda level, words, data: self.alerts.update([words]))
        self.sim = ctypes.CDLL(str(exchange_library()))
        self.sim.SIM_Error.restype = ctypes.c_char_p
        self.sim.SIM_ClockNs.restype = ctypes.c_int64

    def _wait(self, ready: Callable[[], bool], what: str) -> None:
        limit = time.monotonic() + PATIENCE_S
        while not ready():
            assert time.monotonic() < limit, f"{what}: not within {PATIENCE_S:g} s"
            self._pause.wait(0.001)

    # the market

    def let_run(self, seconds: float) -> None:
        """Market time passes; what comes in is taken."""
        target = dt.datetime.fromtimestamp((self.feed.clock_ns() + int(seconds * NS)) / NS, SAO_PAULO)
        clock = target.strftime("%H:%M:%S.") + f"{target.microsecond // 1000:03d}"
        assert self.sim.SIM_RunUntil(clock.encode()) == 0, self.sim.SIM_Error()
        limit = time.monotonic() + PATIENCE_S
        while True:
            rested = self.feed.dll is None or self.feed.dll.sim_stat("resting")
            self._drain()
            self._take()
            if rested and not self.feed.ring.fill:
                return
            assert time.monotonic() < limit, f"the market does not reach {clock}"
            self._pause.wait(0.0002)

    def _drain(self) -> None:
        while len(batch := self.feed.ring.pop()):
            self.feed.poll_notices(batch)
            for event in batch[batch["kind"] == Kind.STATE]:
                if event["a"] == 1:
                    self.gateway.unsettle("the routing channel changed")
            trades = batch[batch["kind"] == Kind.TRADE]
            if len(trades):
                self.market.last_price = int(trades["price"][-1])

    def _take(self) -> None:
        self.gateway.advance(self.feed.clock_ns())
        for report in self.gateway.reports():
            self.reports.append(report)
            if report.status in ("filled", "cancelled", "rejected"):
                self._known.pop(report.order_id, None)
                self._open_limits.discard(report.order_id)
            elif self._known.get(report.order_id) == "limit":
                self._open_limits.add(report.order_id)
            if report.status == "rejected" and not report.traded:
                self.refusals[report.text.partition(":")[0][:60]] += 1

    def until(self, ready: Any, what: str, steps: int = 400) -> None:
        limit = time.monotonic() + PATIENCE_S
        for _ in range(steps):
            if ready():
                return
            assert time.monotonic() < limit, f"{what}: not within {PATIENCE_S:g} s"
            self.let_run(self.step_s)
            self._pause.wait(0.02)
        raise AssertionError(f"{what}: never happened; {self.gateway.blocks} {dict(self.alerts)}")

    # the hand

    def run(self) -> None:
        self.until(lambda: self.gateway.settled and self.market.last_price != NO_PRICE, "the market opens to us")
        while (done := self.stat("orders")) < self.wanted:
            busy = bool(self.gateway.blocks)
            for _ in range(1 if busy else min(self.per_step, self.wanted - done)):
                self._act()
            self._catch_up()
            self.let_run(self.step_s)
        self.until(self._cancelled_all, "everything is cancelled")
        self.gateway.unsettle("the end")
        self.until(lambda: self.gateway.confirmed, "books and broker are equal")

    def _catch_up(self) -> None:
        """The market rests while calls and censuses, which take their time on the wall, catch up with it."""
        limit = time.monotonic() + CATCH_UP_S
        while self._behind and time.monotonic() < limit:
            self._take()
            self._pause.wait(0.001)

    @property
    def _behind(self) -> bool:
        blocks = self.gateway.blocks
        return self.gateway.under_way > CROWD or blocks == (Reason.RECONCILING,)

    def _cancelled_all(self) -> bool:
        if not self._known:
            return True
        for order_id in list(self._known):
            self.gateway.cancel(order_id, self.feed.clock_ns())
        return False

    def _act(self) -> None:
        draw, now = self.random.random(), self.feed.clock_ns()
        if draw < 0.12 and self._known:
            self.acts["cancel"] += 1
            self.gateway.cancel(self.random.choice(list(self._known)), now)
        elif draw < 0.22 and self._open_limits:
            self.acts["change"] += 1
            order_id = self.random.choice(list(self._open_limits))
            self.gateway.change(order_id, self.random.randint(1, 8), self._near(6), now)
        elif draw < 0.235 and self.gateway.position:
            self._place("zero")
            self.gateway.zero(self.placed, 0, now)
        else:
            self._order(now)

    def _near(self, ticks: int) -> int:
        return self.market.last_price + self.random.randint(-ticks, ticks)

    def _order(self, now: int) -> None:
        side, kind = self.random.choice((1, -1)), self.random.choice(("market", "limit", "limit", "stop"))
        price: int | None = self._near(6)
        stop = None
        if kind == "market":
            price = None
        elif kind == "stop":
            stop = self.market.last_price + side * self.random.randint(1, 8)
            price = stop + side * self.random.randint(0, 4)
        self._place(kind)
        self.gateway.submit(OrderRequest(self.placed, 0, now, side, self.random.randint(1, 5), price, stop, "RANDOM"))

    def _place(self, kind: str) -> None:
        self.placed += 1
        self.acts[kind] += 1
        self._known[self.placed] = kind

    # the comparison

    def ledger(self) -> list[LedgerOrder]:
        rows: list[LedgerOrder] = []
        index = 0
        while True:
            row = LedgerOrder()
            if self.sim.SIM_LedgerOrder(index, ctypes.byref(row)):
                return rows
            rows.append(row)
            index += 1

    def stat(self, name: str) -> int:
        assert self.feed.dll is not None
        return self.feed.dll.sim_stat(name)

    def differences(self, adopting: bool = False) -> list[str]:
        """What our books and the exchange's do not agree on. A desk's trades have no price that we could know."""
        found = self._sums(("position",) if adopting else ("position", "cash_ticks", "bought", "sold"))
        ours: dict[int, list[int]] = {}
        for report in self.reports:
            if isinstance(report, Adoption):
                found += [] if adopting else [f"{report.side * report.last_qty:+d} lots adopted: {report.text}"]
            elif report.last_qty:
                lots = ours.setdefault(report.order_id, [0, 0])
                lots[0] += report.last_qty
                lots[1] += report.last_qty * (report.price or 0)
        theirs: dict[int, list[int]] = {}
        for row in self.ledger():
            ticket = self.gateway._tickets.find(row.local_id, "")
            if ticket is None:
                found.append(f"order {row.local_id} of the exchange is not ours")
                continue
            if row.status not in TERMINAL:
                found.append(f"order {row.local_id} still works with status {row.status}")
            if row.traded:
                sums = theirs.setdefault(ticket[0].order_id, [0, 0])
                sums[0] += row.traded
                sums[1] += row.value_ticks
        found += [f"order {order_id}: ours {ours.get(order_id)}, theirs {theirs.get(order_id)}"
                  for order_id in ours.keys() | theirs.keys() if ours.get(order_id) != theirs.get(order_id)]
        return found

    def _sums(self, names: tuple[str, ...]) -> list[str]:
        fills = [(self._side(r), r.last_qty, r.price or 0) for r in self.reports if r.last_qty]
        sums = {"position": sum(s * q for s, q, _ in fills), "cash_ticks": -sum(s * q * p for s, q, p in fills),
                "bought": sum(q for s, q, _ in fills if s > 0), "sold": sum(q for s, q, _ in fills if s < 0)}
        found = [f"{name}: ours {sums[name]}, theirs {self.stat(name)}" for name in names
                 if sums[name] != self.stat(name)]
        return found + ([] if self.stat("working") == 0 else [f"{self.stat('working')} orders still work"])

    def _side(self, report: OrderReport) -> int:
        if isinstance(report, Adoption):
            return report.side
        return self.gateway._tickets.by_id[report.order_id].life.terms.side

    def summary(self, took_s: float) -> dict[str, Any]:
        figures = {name: self.stat(name) for name in ("orders", "sends", "fills", "position", "bought", "sold",
                                                      "cash_ticks", "faults", "dropped", "delayed", "duplicated",
                                                      "reordered", "lost", "blocked", "answered", "reentrant")}
        return {"placed": self.placed, "acts": dict(self.acts), "refused": dict(self.refusals), "exchange": figures,
                "alerts": dict(self.alerts), "took_s": round(took_s, 1)}

    def close(self) -> None:
        self.feed.stop()
        self._folder.cleanup()


def run(orders: int, name: str, seed: int) -> tuple[dict[str, Any], list[str]]:
    """A session under one class of faults: its figures, and what differs at its end."""
    timing = Timing(call_s=0.4 if "block" in FAULTS[name] else 5.0, answer_s=0.5, census_s=5.0,
                    absent_s=0.05 if name == "refused_calls" else 0.5,  # each refused send waits so long for its end
                    gap_s=0.05 if name == "refused_calls" else 0.2, look_s=0.005)
    gc.disable()    # all that it makes is kept to the end: collecting would only walk it again and again
    session, started = Session(orders, FAULTS[name], seed, timing), time.monotonic()
    try:
        session.run()
        figures = session.summary(time.monotonic() - started) | {"class": name, "seed": seed}
        return figures, session.differences(name in ADOPTING)
    finally:
        session.close()


def run_all(orders: int, seed: int) -> int:
    """Every class, one after another; how many of them ended with a difference, or not at all."""
    failed = 0
    print(LINE.format("class", "orders", "fills", "position", "cash_ticks", "differences", "seconds"))
    for name in FAULTS:
        done = subprocess.run([sys.executable, "-m", "e2e.random_session", "--orders", str(orders), "--seed", str(seed),
                               "--faults", name], capture_output=True, text=True, check=False)
        failed += done.returncode != 0
        try:
            print(_line(json.loads(done.stdout.splitlines()[-1])), flush=True)
        except (IndexError, ValueError):
            last = (done.stderr.splitlines() or ["no word"])[-1]
            print(f"{name:18} ended with {done.returncode}: {last}", flush=True)
    return failed


def _line(figures: dict[str, Any]) -> str:
    e = figures["exchange"]
    return LINE.format(figures["class"], e["orders"], e["fills"], e["position"], e["cash_ticks"],
                       len(figures["differences"]), figures["took_s"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--faults", choices=[*FAULTS, "all"], default="none")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.faults == "all":
        return min(run_all(given.orders, given.seed), 1)
    figures, differences = run(given.orders, given.faults, given.seed)
    print(json.dumps(figures | {"differences": differences[:20]}))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
