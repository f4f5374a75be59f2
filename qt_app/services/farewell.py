"""``state/ended.json``: what a run left in the market, for whoever stopped it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from qt_app.home import Home
from qt_app.services import files
from qt_app.services.process import Owner

if TYPE_CHECKING:
    from qt_app.orders.trader import Trader  # which loads the engine's modules: `qt stop` does without


def note(home: Home, trader: Trader, account: str | None) -> None:
    """``account``: the broker's, None for the paper account. Raises OSError."""
    contract = trader.instrument
    orders = [{"purpose": working.purpose.value, "side": working.request.side,
               "contracts": int(contract.to_contracts(working.remaining)),
               "stop": _points(trader, working.request.stop), "price": _points(trader, working.request.price)}
              for working in trader.bracket.orders.values()]
    left = {"position": int(contract.to_contracts(trader.account.position)), "symbol": contract.symbol,
            "account": account, "orders": orders}
    files.replace(home.ended_file, orjson.dumps({**Owner.me().as_json(), **left}), 0o600)


def _points(trader: Trader, ticks: int | None) -> float | None:
    return None if ticks is None else trader.instrument.to_points(ticks)


def read(home: Home, owner: Owner) -> dict[str, Any] | None:
    """What this very process left; None when it did not come to say so."""
    try:
        told: dict[str, Any] = orjson.loads(home.ended_file.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    who = Owner.from_json(told)
    return told if who is not None and who.same(owner) else None


def words(left: dict[str, Any] | None) -> str:
    """What stays where, in a sentence."""
    if left is None:
        return "it did not say what it left: look at the log"
    if not left["position"] and not left["orders"]:
        return "flat, nothing works"
    position = f"position {left['position']:+d} {left['symbol']}" if left["position"] else "flat"
    if left["account"] is None:
        return f"{position} stays in the paper account; its stop is placed anew at the next start"
    resting = [_order(order) for order in left["orders"]]
    if left["position"] and not any(order["purpose"] == "stop" for order in left["orders"]):
        resting.append("NOTHING PROTECTS IT")
    return f"{position} stays in account {left['account']}; at the broker rest: {'; '.join(resting)}"


def _order(order: dict[str, Any]) -> str:
    prices = [f"trigger {order['stop']:g}"] if order["stop"] is not None else []
    prices += [f"limit {order['price']:g}"] if order["price"] is not None else []
    return f"{order['purpose']} to {'buy' if order['side'] > 0 else 'sell'} {order['contracts']}, {', '.join(prices)}"
