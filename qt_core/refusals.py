"""What is refused before any call to the library: each answer names the value and the remedy, and nothing is sent."""
from __future__ import annotations

import math

MAX_QUANTITY = 1_000_000  # contracts in one order; the exchange's own limits are far below
MAX_POINTS = 1e9


def refuse_alias(ticker: str) -> None:
    """Raises ValueError for a continuous name: it exists for data alone, an order under it dies at the server."""
    if not ticker:
        raise ValueError("the contract is empty: name one, for example WDOZ26")
    if ticker.upper().endswith("FUT"):
        raise ValueError(f"{ticker} is a continuous name, for data only: name the contract itself, for example WDOZ26")


def refuse_contract(ticker: str, exchange: str) -> None:
    """Raises ValueError for what no order or position can be in."""
    refuse_alias(ticker)
    if len(exchange) != 1 or not "A" <= exchange <= "Z":
        raise ValueError(f"exchange {exchange!r} is not one letter: F for futures, B for shares")


def refuse_account(broker: int, account: str) -> None:
    """Raises ValueError for an account that names nobody."""
    if not account.strip():
        raise ValueError("the account is empty: name the account that the broker announced")
    if broker <= 0:
        raise ValueError(f"broker number {broker} is not positive: name the broker of account {account}")


def refuse_quantity(qty: int) -> None:
    """Raises ValueError for a quantity that is not 1 to MAX_QUANTITY contracts."""
    if not 1 <= qty <= MAX_QUANTITY:
        raise ValueError(f"quantity {qty} is not 1 to {MAX_QUANTITY} contracts")


def refuse_price(name: str, points: float) -> None:
    """Raises ValueError for a price that no order can have: NaN, infinite, zero, negative or absurd."""
    if not (math.isfinite(points) and 0.0 < points < MAX_POINTS):
        raise ValueError(f"{name} {points!r} is no price: give points above zero, on the contract's tick")


def refuse_order_ids(local_id: int, cl_ord_id: str) -> None:
    """Raises ValueError when neither id names an order."""
    if local_id <= 0 and not cl_ord_id:
        raise ValueError(f"order {local_id} without a ClOrderID names no order: give one of its two ids")
