"""Which decision is meant: by its event number, its time, an order, or a trade of the day."""
from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from qt_app.errors import DataError, ExitCode, QtError
from qt_app.why.past import Past, Row, day_of
from qt_app.why.trades import Trade, trades
from qt_app.zone import SAO_PAULO, local_time

_TIME = re.compile(r"(\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,3}))?")
_NAMED = re.compile(r"(?:(#|trade:)|(order:)|(seq:))?(\d{1,18})")
#: Reason of an exit that a decision against the position asked for.
OPPOSITE = "OPPOSITE_DECISION"
FORMS = "a time (10:31:05), an event number (181042), an order (order:12), or a trade of the day (trade:3)"


class UnclearError(QtError, ValueError):
    """A question that names nothing, or two things."""

    code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Meant:
    """``taken_as``: a word of the catalogue and what it names; ``order`` and ``trade`` when it named one, or led to
    one."""

    decision: Row
    taken_as: tuple[str, dict[str, str]]
    order: Row | None = None
    trade: Trade | None = None


def meant(past: Past, question: str, day: dt.date | None = None) -> Meant:
    """Raises UnclearError (exit 2) for words that name nothing, DataError (exit 9) for what does not exist."""
    words = question.strip()
    if clock := _TIME.fullmatch(words):
        return _by_time(past, clock, day)
    named = _NAMED.fullmatch(words)
    if named is None:
        raise UnclearError(f"{question!r} is neither a decision nor a trade: give {FORMS}")
    number = int(named[4])
    if named[1]:
        return _by_trade(past, number, day)
    if named[2]:
        return _by_order(past, number)
    if named[3]:
        return _by_seq(past, number)
    return _by_number(past, number)


def _by_number(past: Past, number: int) -> Meant:
    """A bare number is an event's, else an order's."""
    is_seq = any(row["seq"] == number for row in past.decisions)
    is_order = any(row["order_id"] == number for row in past.orders)
    if is_seq and is_order:
        raise UnclearError(f"{number} is a decision's event number and an order: write seq:{number} or order:{number}")
    if is_order:
        return _by_order(past, number)
    return _by_seq(past, number)


def _by_seq(past: Past, seq: int) -> Meant:
    for row in past.decisions:
        if row["seq"] == seq:
            return _led(past, row, ("as_seq", {"number": str(seq)}))
    raise DataError(f"run {past.name} took no decision at event {seq}, and has no such order; {there_is(past)}")


def _by_time(past: Past, clock: re.Match[str], day: dt.date | None) -> Meant:
    day = day or _last_day(past)
    try:
        time = dt.time(int(clock[1]), int(clock[2]), int(clock[3]), int((clock[4] or "0").ljust(3, "0")) * 1000)
    except ValueError as error:
        raise UnclearError(f"{clock[0]!r} is no time of day: {error}") from error
    first = int(dt.datetime.combine(day, time, SAO_PAULO).timestamp() * 1000) * 1_000_000
    width = 1_000_000_000 if clock[4] is None else 1_000_000
    found = [row for row in past.decisions if first <= row["ts_ns"] < first + width]
    if not found:
        raise DataError(f"run {past.name} took no decision at {clock[0]} on {day}; {there_is(past)}")
    if len(found) > 1:
        times = ", ".join(local_time(row["ts_ns"])[11:23] for row in found[:5])
        raise UnclearError(f"there are {len(found)} decisions at {clock[0]}: {times}; name one of them")
    return _led(past, found[0], ("as_time", {"time": local_time(found[0]["ts_ns"])[11:23]}))


def _by_order(past: Past, order_id: int) -> Meant:
    order = next((row for row in past.orders if row["order_id"] == order_id), None)
    if order is None:
        raise DataError(f"run {past.name} sent no order {order_id}; {there_is(past)}")
    trade = next((t for t in trades(past) if order in t.orders), None)
    entry = order if order["purpose"] == "entry" else None if trade is None else trade.entry
    if entry is None:
        raise DataError(f"order {order_id} ({order['purpose']}) protects a position that an earlier run opened: ask "
                        "that run with --run")
    named = {"number": str(order_id), "purpose": order["purpose"]}
    return Meant(_behind(past, order, entry), ("as_order", named), order, trade)


def _by_trade(past: Past, number: int, day: dt.date | None) -> Meant:
    of_day = [t for t in trades(past) if day_of(t.entry["ts_ns"]) == (day or _last_day(past))]
    found = next((t for t in of_day if t.number == number), None)
    if found is None:
        count = f"trades 1 to {len(of_day)}" if of_day else "no trade"
        raise DataError(f"run {past.name} made {count} on {day or _last_day(past)}, none is number {number}; "
                        f"{there_is(past)}")
    return Meant(_decision_of(past, found.entry), ("as_trade", {"number": str(number)}), found.entry, found)


def _led(past: Past, decision: Row, words: tuple[str, dict[str, str]]) -> Meant:
    """With the entry that this decision sent, if it did."""
    order = next((row for row in past.orders if row["seq"] == decision["seq"] and row["purpose"] == "entry"), None)
    trade = None if order is None else next((t for t in trades(past) if t.entry == order), None)
    return Meant(decision, words, order, trade)


def _behind(past: Past, order: Row, entry: Row) -> Row:
    """What an order followed from: an exit by the opposite decision from that one, every other one from its entry."""
    if order["purpose"] == "exit" and order["reason"] == OPPOSITE:
        action = "buy" if order["side"] > 0 else "sell"
        return next(row for row in reversed(past.decisions)
                    if row["ts_ns"] <= order["ts_ns"] and row["action"] == action)
    return _decision_of(past, entry)


def _decision_of(past: Past, order: Row) -> Row:
    """An entry carries the number of the event that decided it."""
    return next(row for row in past.decisions if row["seq"] == order["seq"])


def _last_day(past: Past) -> dt.date:
    return day_of(past.decisions[-1]["ts_ns"]) if past.decisions else day_of(past.recording.span[1])


def there_is(past: Past) -> str:
    """What can be asked, in a sentence."""
    if not past.decisions:
        return "it took no decision at all"
    first, last = past.decisions[0], past.decisions[-1]
    ids = [row["order_id"] for row in past.orders]
    orders = f"orders {min(ids)} to {max(ids)}" if ids else "no order"
    return (f"there are {len(past.decisions)} decisions from event {first['seq']} to {last['seq']}, "
            f"{local_time(first['ts_ns'])[:19]} to {local_time(last['ts_ns'])[:19]}, and {orders}")
