"""Column layouts of recordings and of a run's results, in Arrow's words.

The first four tables are those of the recorded-market files: prices are float64 points, quantities float64
contracts, ``ts_ns`` int64 UTC nanoseconds, and ``seq`` orders the rows of all files of one symbol and day.
Our own recordings add columns of their own, and a ``control`` table.
"""
from __future__ import annotations

import pyarrow as pa

#: Version of the layouts below; written into every file that this program records.
RECORDING_SCHEMA = "qt-recording/1"
OUTPUT_SCHEMA = "qt-run/1"

TRADES = pa.schema([
    ("ts_ns", pa.int64()), ("price", pa.float64()), ("qty", pa.float64()), ("aggressor", pa.int8()),
    ("buyer", pa.int32()), ("seller", pa.int32()), ("trade_type", pa.int8()), ("trade_id", pa.int64()),
    ("seq", pa.int64()), ("exch_ts_ns", pa.int64()),
])

BOOK = pa.schema([
    ("ts_ns", pa.int64()), ("kind", pa.int8()), ("side", pa.int8()), ("position", pa.int32()),
    ("price", pa.float64()), ("qty", pa.float64()), ("count", pa.int32()), ("order_id", pa.int64()),
    ("agent", pa.int32()), ("last", pa.int8()), ("seq", pa.int64()), ("exch_ts_ns", pa.int64()),
])

L1 = pa.schema([
    ("ts_ns", pa.int64()), ("bid", pa.float64()), ("bid_qty", pa.float64()), ("ask", pa.float64()),
    ("ask_qty", pa.float64()), ("seq", pa.int64()), ("exch_ts_ns", pa.int64()),
])

CANDLES = pa.schema([
    ("ts_ns", pa.int64()), ("open", pa.float64()), ("high", pa.float64()), ("low", pa.float64()),
    ("close", pa.float64()), ("volume", pa.float64()), ("trades", pa.int64()), ("buy_volume", pa.float64()),
    ("sell_volume", pa.float64()),
])

#: Everything that is not a sound market row (clock, phase, state, operator acts, what the book refused ...), as it
#: stands in the event: price in ticks (-2**31 = none) and qty in lots, because only the engine reads it.
CONTROL = pa.schema([
    ("ts_ns", pa.int64()), ("kind", pa.uint8()), ("code", pa.uint8()), ("side", pa.int8()),
    ("flags", pa.uint8()), ("price", pa.int32()), ("qty", pa.int64()), ("id", pa.int64()), ("a", pa.int32()),
    ("b", pa.int32()), ("position", pa.int32()), ("seq", pa.int64()), ("exch_ts_ns", pa.int64()),
])

#: Only our own recordings have these: the event's flag bits, and whether a print was answered to a history request.
FLAGS = pa.field("flags", pa.uint8())
HISTORY = pa.field("history", pa.int8())
EXTRA: dict[str, pa.Field] = {field.name: field for field in (FLAGS, HISTORY)}

KINDS = ("trades", "book", "l1", "control")

#: kind -> layout of a file that the recorder writes.
RECORDED: dict[str, pa.Schema] = {
    "trades": TRADES.append(FLAGS).append(HISTORY), "book": BOOK.append(FLAGS), "l1": L1.append(FLAGS),
    "control": CONTROL,
}

#: kind -> columns a file must have to be read.
NEEDED: dict[str, pa.Schema] = {"trades": TRADES, "book": BOOK, "l1": L1, "control": CONTROL, "candles": CANDLES}


def row_schema(names: tuple[str, ...]) -> pa.Schema:
    """Layout of a table of float64 rows: the instant, the trace id, then the named columns."""
    return pa.schema([("ts_ns", pa.int64()), ("seq", pa.int64()), *((name, pa.float64()) for name in names)])


def feature_schema(names: tuple[str, ...]) -> pa.Schema:
    """Layout that ``qt features`` writes: the instant, then the 65 in order."""
    return pa.schema([("ts_ns", pa.int64()), *((name, pa.float64()) for name in names)])


_STAMP = [("ts_ns", pa.int64()), ("seq", pa.int64())]
_P = [("p_sell", pa.float64()), ("p_hold", pa.float64()), ("p_buy", pa.float64())]
_ORDER_ID = ("order_id", pa.int64())

#: Results of a run: prices in ticks, quantities in lots, money in BRL. ``seq`` is the trace id that joins the tables;
#: null means unknown, none, or abstained.
RESULTS: dict[str, pa.Schema] = {
    "votes": pa.schema([*_STAMP, ("voter", pa.string()), *_P, ("age_ns", pa.int64()), ("reason", pa.string())]),
    "decisions": pa.schema([*_STAMP, ("action", pa.string()), ("confidence", pa.float64()), *_P,
                            ("reason", pa.string())]),
    "orders": pa.schema([*_STAMP, _ORDER_ID, ("purpose", pa.string()), ("side", pa.int64()), ("qty", pa.int64()),
                         ("price", pa.int64()), ("stop", pa.int64()), ("reason", pa.string())]),
    "cancels": pa.schema([*_STAMP, _ORDER_ID, ("reason", pa.string())]),
    "reports": pa.schema([*_STAMP, _ORDER_ID, ("status", pa.string()), ("traded", pa.int64()),
                          ("traded_probable", pa.int64()), ("traded_optimistic", pa.int64()), ("text", pa.string())]),
    "fills": pa.schema([*_STAMP, _ORDER_ID, ("side", pa.int64()), ("qty", pa.int64()), ("price", pa.int64()),
                        ("cost_probable", pa.int64()), ("cost_optimistic", pa.int64()), ("position", pa.int64()),
                        ("realised_brl", pa.float64()), ("costs_brl", pa.float64())]),
    "refusals": pa.schema([*_STAMP, ("purpose", pa.string()), ("code", pa.string()), ("detail", pa.string())]),
}
