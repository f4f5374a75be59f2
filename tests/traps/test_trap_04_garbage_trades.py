"""Trap 4: absurd quantities and dates from a record read with a wrong layout."""
import sys
from pathlib import Path

from trap_kit import TICKER, wire

from qt_core._types import Kind

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "exchange"))
from exchange_harness import Exchange


def told_to_a_plain_client() -> list[tuple[int, ...]]:
    """Trades by ctypes records written from the interface alone: number, half points, contracts, brokers, type."""
    from trap_kit import SETTINGS

    plain = Exchange()
    plain.dll.SIM_Faults(b"")
    plain.set(**SETTINGS | {"start": "09:10"})
    plain.connect("trade")
    plain.subscribe(TICKER)
    plain.until_rest()
    assert plain.dll.SIM_RunUntil(b"09:10:30") == 0
    plain.until_rest()
    rows = [(e[2], int(e[5] * 2), e[6], e[8], e[9], e[10], e[4]) for e in plain.of("trade")]
    plain.finish()
    return rows


def test_every_field_of_every_trade_is_what_a_plain_client_reads() -> None:
    plain = told_to_a_plain_client()
    with wire() as w:
        w.subscribe()
        w.run("09:10:30")
        trades = w.of(Kind.TRADE)
        ours = [(int(t["id"]), int(t["price"]), int(t["qty"]), int(t["a"]), int(t["b"]), int(t["code"]),
                 int(t["exch_ns"]) // 10**6 % 1000) for t in trades]
        assert len(plain) > 50 and ours == plain
        assert not [k for k, v in w.dll.stats().items() if k.startswith("refused") and v]
