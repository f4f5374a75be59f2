"""The vendor's numbers for orders and routing messages, with what they mean for whoever sent the order.

Numbers that this list lacks are answered for too: an unknown status is neither terminal nor a failure, an unknown
message result is progress, because giving an order up for dead while it lives is what costs money.
"""
from __future__ import annotations

import unicodedata
from enum import IntEnum


class OrderSide(IntEnum):
    """Side of an order, record Version 1 and later."""

    BUY = 1
    SELL = 2
    UNKNOWN = 200


class OrderType(IntEnum):
    """Type of an order, record Version 1 and later; the first two and STOP_LIMIT can be sent."""

    MARKET = 1
    LIMIT = 2
    STOP = 3
    STOP_LIMIT = 4
    RLP = 24
    UNKNOWN = 200


class OrderStatus(IntEnum):
    """Status of an order."""

    NEW = 0
    PARTIALLY_FILLED = 1
    FILLED = 2
    DONE_FOR_DAY = 3
    CANCELED = 4
    REPLACED = 5
    PENDING_CANCEL = 6
    STOPPED = 7
    REJECTED = 8
    SUSPENDED = 9
    PENDING_NEW = 10
    CALCULATED = 11
    EXPIRED = 12
    ACCEPTED_FOR_BIDDING = 13
    PENDING_REPLACE = 14
    PARTIALLY_FILLED_CANCELED = 15
    RECEIVED = 16
    PARTIALLY_FILLED_EXPIRED = 17
    PARTIALLY_FILLED_REJECTED = 18
    UNKNOWN = 200
    AT_ORDER_SERVER = 201
    SENT_TO_BROKER = 202
    CLIENT_CREATED = 203
    NOT_CREATED = 204
    CANCELED_BY_ADMIN = 205
    GATEWAY_DELAY = 206
    SCHEDULED = 207


class MessageResult(IntEnum):
    """Stage of a routing message. None of them reports a fill or a cancel: those come as order updates alone."""

    STARTING = 0
    NOT_CONNECTED = 1
    SENT_TO_PROXY = 2
    REJECTED_BY_PROXY = 3
    SENT_TO_ORDER_SERVER = 4
    REJECTED_BY_ORDER_SERVER = 5
    SENT_TO_BROKER = 6
    REJECTED_BY_BROKER = 7
    SENT_TO_MARKET = 8
    REJECTED_BY_MARKET = 9
    ACCEPTED = 10
    MARGIN_CHANGE_REJECTED = 11
    POSITION_MODE_REJECTED = 12
    NEEDS_UPDATE = 13
    SENT_TO_WALLET = 17
    BLOCKED_BY_RISK = 24
    UNKNOWN = 200


class Validity(IntEnum):
    """How long an order lives; read only, every order that is sent is a day order."""

    DAY = 0
    GOOD_TILL_CANCEL = 1
    AT_OPENING = 2
    IMMEDIATE_OR_CANCEL = 3
    FILL_OR_KILL = 4
    GOOD_TILL_CROSSING = 5
    GOOD_TILL_DATE = 6
    AT_CLOSE = 7
    UNKNOWN = 200
    GOOD_FOR_AUCTION = 201


class AccountType(IntEnum):
    """Kind of an account."""

    OWNER = 0
    ASSESSOR = 1
    MASTER = 2
    SUB_ACCOUNT = 3
    RISK_MASTER = 4
    PROP_OFFICE = 5
    PROP_MANAGER = 6


#: an order in one of these never changes again; REPLACED is not among them: the order lives on
TERMINAL = frozenset({
    OrderStatus.FILLED, OrderStatus.DONE_FOR_DAY, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED,
    OrderStatus.PARTIALLY_FILLED_CANCELED, OrderStatus.PARTIALLY_FILLED_EXPIRED,
    OrderStatus.PARTIALLY_FILLED_REJECTED, OrderStatus.NOT_CREATED, OrderStatus.CANCELED_BY_ADMIN})

#: ended against our will: the update's text says why
FAILED = frozenset({OrderStatus.REJECTED, OrderStatus.PARTIALLY_FILLED_REJECTED, OrderStatus.NOT_CREATED})

MESSAGE_FAILURES = frozenset({
    MessageResult.NOT_CONNECTED, MessageResult.REJECTED_BY_PROXY, MessageResult.REJECTED_BY_ORDER_SERVER,
    MessageResult.REJECTED_BY_BROKER, MessageResult.REJECTED_BY_MARKET, MessageResult.BLOCKED_BY_RISK})

#: brokers whose accounts trade with play money; or the broker's name contains "Simul"
SIMULATOR_BROKERS = frozenset({32003, 32006})

_SESSION_WORDS = ("nao logado", "nao esta logado", "nao autenticado", "nao conectado",
                  "nao esta conectado", "not logged")


def status_name(status: int) -> str:
    """``PARTIALLY_FILLED`` and the like, or ``STATUS_n`` for a number that the vendor's list lacks."""
    return OrderStatus(status).name if status in OrderStatus._value2member_map_ else f"STATUS_{status}"


def result_name(result: int) -> str:
    """``REJECTED_BY_BROKER`` and the like, or ``RESULT_n`` for a number that the vendor's list lacks."""
    return MessageResult(result).name if result in MessageResult._value2member_map_ else f"RESULT_{result}"


def is_terminal(status: int) -> bool:
    """Whether an order in this status never changes again."""
    return status in TERMINAL


def is_failure(status: int) -> bool:
    """Whether the order was refused: its text says why."""
    return status in FAILED


def message_failed(result: int) -> bool:
    """Whether the routing message got no further."""
    return result in MESSAGE_FAILURES


def is_retryable(result: int, text: str) -> bool:
    """Whether the same order may be sent again after a pause, and after the orders were enumerated.

    Only a session that dropped for a moment: not connected, or a refusal by the proxy whose text says that the client
    is not logged in or not connected. What is wrong with lot, price or funds stays wrong.
    """
    if result == MessageResult.NOT_CONNECTED:
        return True
    return result == MessageResult.REJECTED_BY_PROXY and any(words in plain(text) for words in _SESSION_WORDS)


def is_simulator(broker: int, broker_name: str) -> bool:
    """Whether an account of this broker trades with play money."""
    return broker in SIMULATOR_BROKERS or "simul" in plain(broker_name)


def plain(text: str) -> str:
    """Lower case without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
