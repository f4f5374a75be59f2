"""Trap 1: a market buy arrives as a stop sell, because Version 0 of the record has other numbers."""
import contextlib
import ctypes
from itertools import product

import pytest
from exchange.exchange_harness import Account, Asset, SendOrder, Text
from exchange.exchange_harness import wide as units
from trap_kit import ME, TICKER, Wire, wire

from qt_core.nl import DllError

#: as the exchange logs them, in the vendor's second numbering
SIDES = {"buy": 1, "sell": 2}
KINDS = {"market": 1, "limit": 2, "stop_limit": 4}
#: the same in the first numbering, which Version 0 of the record has
OLD_SIDES = {"buy": 0, "sell": 1}
OLD_KINDS = {"limit": 0, "stop_limit": 1, "market": 2}
PAIRS = list(product(SIDES, KINDS))


def prices(w: Wire, side: str, kind: str) -> tuple[float, float]:
    """Far enough that nothing trades but a market order."""
    away = 20.0 if (side == "buy") is (kind == "stop_limit") else -20.0
    price = w.last_price() + away
    return (-1.0 if kind == "market" else price), (price if kind == "stop_limit" else -1.0)


def send_old(w: Wire, side: int, kind: int, price: float, stop: float) -> None:
    """Through the library itself: the binding never sends this version."""
    account, ticker, exchange, password = (ctypes.cast(units(t), Text) for t in (ME.account, TICKER, "F", ""))
    who, what = Account(0, ME.broker, account), Asset(0, ticker, exchange)
    order = SendOrder(0, who, what, password, kind, side, price, stop, 1)
    function = ctypes.CDLL(w.dll.path).SendOrder
    function.restype = ctypes.c_int64
    assert function(ctypes.byref(order)) > 0


def logged(w: Wire) -> list[tuple[int, int]]:
    w.run("09:10:30")
    return [(o.side, o.type) for o in w.ledger()]


MEANT = [(SIDES[side], KINDS[kind]) for side, kind in PAIRS]


@pytest.mark.parametrize("version", ["4.0.0.31", "4.0.0.38", "4.0.0.42"])
def test_every_type_and_side_arrives_as_it_was_meant(version: str) -> None:
    with wire(version=version) as w:
        w.subscribe()
        w.run("09:10:20")
        for side, kind in PAIRS:
            with contextlib.suppress(DllError):     # what is refused is missing in the log
                w.send(side, kind, 1, *prices(w, side, kind))
        assert logged(w) == MEANT


def test_the_exchange_reads_the_first_numbering_in_records_of_version_0() -> None:
    with wire(version="4.0.0.31") as w:
        w.subscribe()
        w.run("09:10:20")
        for side, kind in PAIRS:
            send_old(w, OLD_SIDES[side], OLD_KINDS[kind], *prices(w, side, kind))
        assert logged(w) == MEANT
