"""The simulated exchange at full load, against everything that makes a live program slow.

    python tests/stress/exchange_load.py --seconds 600                       the ordinary build
    python tests/stress/exchange_load.py --seconds 30 --sanitize thread      address | undefined | thread

Trades, offer book and price depth of a market twenty times as busy as a real one, its clock running fast, while
Python threads keep the interpreter's lock busy and another one sends and cancels orders through the binding. The
exchange does not wait for the ring. Prints one JSON line; exit status 1 when an event was dropped or refused, an array
kept, a request made inside a callback, the mean time in a callback was above --budget-us, the rate below --rate, memory
grew, or nothing moved for --patience seconds (then with every thread's stack).
"""
from __future__ import annotations

import argparse
import ctypes
import faulthandler
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import sanitized

MODULES = ("profitsim,_types,ring,trampolines,order_updates,library,market_calls,account_calls,settled,order_reading,"
           "order_calls,asset_info,dll")
ACCOUNT = (32003, "1000001")
SWITCH_S = 0.0005   # as a run sets it: the longest that a burner may keep the consumer from the interpreter
METER = '[[fault]]\nkind = "budget"\nbudget_us = 1000000\n'   # measures callbacks; a second each would be too slow


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600.0, help="of wall time")
    parser.add_argument("--rate", type=float, default=40_000.0, help="events a second that must be reached")
    parser.add_argument("--budget-us", type=float, default=1.0, help="mean time in a callback that may be reached")
    parser.add_argument("--speed", type=float, default=7.0, help="market seconds per second")
    parser.add_argument("--activity", type=float, default=20.0, help="order flow, 1 = a real day's")
    parser.add_argument("--burners", type=int, default=2, help="threads that do nothing but Python")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds without an event or an order call")
    parser.add_argument("--sanitize", choices=["", *sanitized.RUNTIMES], default="")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


class Load:
    """One session under load; ``orders`` counts calls answered."""

    def __init__(self, given: argparse.Namespace) -> None:
        from qt_core import exchange, trampolines
        from qt_core.account_calls import Account
        from qt_core.dll import Dll
        from qt_core.order_updates import OrderUpdates
        from qt_core.ring import Ring

        self.door, self.account = trampolines, Account(*ACCOUNT)
        self.dll, self.ring, self.updates = Dll(exchange.path()), Ring(1 << 17), OrderUpdates(1 << 12)
        self.over = threading.Event()
        self.events = self.records = self.orders = self.refusals = 0
        self.memory: list[int] = []
        self.errors: list[str] = []
        settings = {"start": "09:05", "hold": 1, "speed": given.speed, "activity": given.activity, "pages": 500,
                    "orders_per_minute": 0, "orders_per_day": 0}
        for key, value in settings.items():
            self.dll.sim_set(key, str(value))
        self.dll.sim_faults(METER)

    def connect(self) -> None:
        self.dll.attach(self.ring, [self.door.Symbol("WDOZ26", "F", (1, 2), (1, 1), 10.0)], 20, self.updates)
        ctypes.CDLL(self.dll.path).SIM_SetBacklog(None)   # the exchange must not wait for the ring
        self.dll.initialize_login("key", "user", "password")
        self.dll.set_callbacks()
        wait_for(lambda: self.door.channels() == (0, 5, 4, 0), 300, "no login")
        self.dll.subscribe_ticker("WDOZ26", "F")
        self.dll.subscribe_offer_book("WDOZ26", "F")
        self.dll.subscribe_price_depth("WDOZ26", "F")
        self.dll.sim_release()

    # ---- threads

    def burn(self) -> None:
        x = 1
        while not self.over.is_set():
            for _ in range(20_000):
                x = x * 1103515245 + 12345 & 0x7FFFFFFF

    def trade(self) -> None:
        """Orders of every kind: some fill, some rest and are cancelled, some are refused by the exchange."""
        while not self.over.is_set():
            side = "buy" if self.orders % 2 else "sell"
            self.ask(lambda side=side: self.dll.send_order(self.account, "WDOZ26", "F", side, "market", 1))
            resting = self.ask(lambda: self.dll.send_order(self.account, "WDOZ26", "F", "buy", "limit", 1, 4000.5))
            self.ask(lambda: self.dll.enumerate_orders(self.account) if self.orders % 500 == 2 else None)
            if resting:
                self.ask(lambda resting=resting: self.dll.cancel_order(self.account, resting[0]))
            self.over.wait(0.06)    # far above what the market allows; the exchange's ledger keeps every order

    def ask(self, call: Callable[[], object]) -> object:
        from qt_core.nl import DllError

        try:
            return call()
        except DllError:
            self.refusals += 1
        finally:
            self.orders += 1
        return None

    def guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:   # noqa: BLE001 - a thread's failure is the run's
            self.errors.append(f"{work.__name__}: {error!r}")
            self.over.set()

    def start(self, burners: int) -> list[threading.Thread]:
        threads = [threading.Thread(target=self.guarded, args=(work,), daemon=True)
                   for work in [self.burn] * burners + [self.trade]]
        for thread in threads:
            thread.start()
        return threads

    # ---- the consumer, on the main thread

    def drain(self) -> int:
        records = self.updates.pop(1 << 12)
        events = len(self.ring.pop(1 << 15))
        self.records += len(records)
        self.events += events
        return events

    def consume(self, seconds: float, patience: float) -> float:
        began = sampled = moved = time.monotonic()
        while not self.over.is_set() and (now := time.monotonic()) < began + seconds:
            if self.drain():
                moved = now
                faulthandler.dump_traceback_later(patience, exit=True)
            elif now - moved > patience:
                raise AssertionError(f"no event for {patience} s")
            else:
                time.sleep(0.0005)
            if now - sampled >= 0.5:
                self.memory.append(resident_kb())
                sampled = now
        faulthandler.cancel_dump_traceback_later()
        return time.monotonic() - began

    def report(self, took: float) -> dict[str, object]:
        counters, stat = self.door.counters(), self.dll.sim_stat
        return {"seconds": round(took, 1), "events": self.events, "events_per_s": round(self.events / took),
                "dropped": self.ring.dropped + self.updates.dropped + counters["images_dropped"],
                "refused": sum(v for k, v in counters.items() if k.startswith("refused")),
                "unread": counters["orders_unread"], "order_calls": self.orders, "order_refusals": self.refusals,
                "order_updates": self.records, "callback_mean_ns": stat("callback_mean_ns"),
                "callback_max_us": stat("callback_max_ns") // 1000, "reentrant": stat("reentrant"),
                "overflow": stat("overflow"), "arrays_kept": stat("freepointer_leaks"),
                "growth_mb": growth_mb(self.memory), "errors": self.errors}


def wait_for(what: Callable[[], bool], seconds: float, words: str) -> None:
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError(words)
        time.sleep(0.01)


def resident_kb() -> int:
    fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * 4


def growth_mb(kb: list[int]) -> float:
    """Between the middles of the second and the last quarter: start-up is over by then."""
    n = len(kb) // 4
    if n == 0:
        return 0.0
    second, last = sorted(kb[n:2 * n]), sorted(kb[-n:])
    return round((last[n // 2] - second[n // 2]) / 1024, 1)


def failures(found: dict[str, object], given: argparse.Namespace) -> list[str]:
    none = ("dropped", "refused", "unread", "reentrant", "overflow", "arrays_kept")
    wrong = [f"{name}: {found[name]}" for name in none if found[name]]
    mean, rate, growth = (float(str(found[name])) for name in ("callback_mean_ns", "events_per_s", "growth_mb"))
    if not 0 < mean <= 1000 * given.budget_us:
        wrong.append(f"mean time in a callback {mean} ns")
    if rate < given.rate:
        wrong.append(f"{rate} events a second")
    if growth > 16.0 and given.sanitize == "":   # the exchange keeps its tape; a sanitizer its quarantine
        wrong.append(f"memory grew by {growth} MB")
    if not found["order_updates"] or found["order_refusals"] == found["order_calls"]:
        wrong.append("no order came through")
    return wrong + list(map(str, found["errors"]))  # type: ignore[call-overload]


def child(given: argparse.Namespace) -> int:
    load = Load(given)
    load.connect()
    sys.setswitchinterval(SWITCH_S)
    threads = load.start(given.burners)
    took = load.consume(given.seconds, given.patience)
    load.over.set()
    found = load.report(took)
    for thread in threads:
        thread.join(given.patience)
    found["finalized"] = load.dll.finalize(given.patience)
    found["wrong"] = failures(found, given) + ([] if found["finalized"] else ["finalize hangs"])
    sys.stdout.write(json.dumps({"sanitize": given.sanitize or "none", **found}) + "\n")
    return 1 if found["wrong"] else 0


def run_sanitized(given: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        sanitized.build_modules(folder, given.sanitize, MODULES)
        return sanitized.run_in(folder, given.sanitize, Path(__file__).resolve(), "--child", *sys.argv[1:])


def main() -> int:
    given = parse()
    if given.sanitize and not given.child:
        return run_sanitized(given)
    if not given.child:
        sys.path.append(str(sanitized.ROOT))    # a checkout that is built in place and not installed
    return child(given)


if __name__ == "__main__":
    sys.exit(main())
