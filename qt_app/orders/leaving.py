"""How a run leaves the market: what `qt stop` was told, and when that is done."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qt_app.errors import RefusedError
from qt_app.orders.trader import Trader
from qt_app.risk.intent import Purpose


def wanted(args: Mapping[str, Any], mode: str, position: int) -> str:
    """``flatten`` or ``keep``; flatten when nothing is said.

    Raises RefusedError when real money is in the market and nobody says what becomes of it.
    """
    if "position" not in args and mode == "live" and position:
        raise RefusedError(f"a position of {position:+d} lots is open with real money: say what becomes of it, "
                           "`qt stop --position flatten` or `qt stop --position keep`")
    return "keep" if args.get("position") == "keep" else "flatten"


def settled(trader: Trader, keep: bool) -> bool:
    """Flat and confirmed; kept: no entry works, and what protects the position is confirmed at the broker."""
    if not keep:
        return trader.state == "flat" and trader.gateway.confirmed
    whole = trader.state == "protected" if trader.account.position else not trader.bracket.orders
    return whole and not trader.bracket.of(Purpose.ENTRY) and trader.gateway.agreement.equal is True
