"""MetaTrader 5's exports of ticks and bars: tab separated, times of the trade server.

Sources: the terminal's own files ("Symbols", tabs "Ticks" and "Bars", "Export"), and MQL5's reference of MqlTick for
the bits of a tick's flags.
"""
from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from qt_app.data.cells import Floats, Ints, dates, plain_numbers, times, utc_ns, whole_numbers
from qt_app.data.exports import Export, line_source
from qt_app.data.text import Bools, LineSource, Table, first_line, plain, read_cells
from qt_core._types import TradeType

BARS = ("date", "time", "open", "high", "low", "close", "tickvol", "vol", "spread")
TICKS = ("date", "time", "bid", "ask", "last", "volume", "flags")
#: Older terminals say nothing of what changed.
BARE_TICKS = TICKS[:-1]

_DAY_NS = 86_400_000_000_000
#: Bits of MqlTick.flags: the last price or its volume changed, by a purchase, by a sale.
_LAST, _VOLUME, _BUY, _SELL = 8, 16, 32, 64


def is_metatrader(text: str) -> bool:
    return _header(text) in (TICKS, BARE_TICKS, BARS)


def read_metatrader(path: Path, text: str, zone: ZoneInfo) -> Export:
    """The ticks or bars of one file whose times are those of ``zone``. The contract stands in the file's name only.

    Raises DataError naming the file and the line.
    """
    names = _header(text)
    table = read_cells(path, text, names, "\t", header=True)
    ts_ns = utc_ns(table, "time", dates(table, "date") * _DAY_NS + times(table, "time"), zone)
    if names == BARS:
        return Export("MetaTrader 5 bars", "", (_bars(table, ts_ns),))
    found = (_trades(table, ts_ns), _quotes(table, ts_ns))
    return Export("MetaTrader 5 ticks", "", tuple(source for source in found if len(source)))


def _header(text: str) -> tuple[str, ...]:
    return tuple(plain(word) for word in first_line(text).split("\t"))


def _trades(table: Table, ts_ns: Ints) -> LineSource:
    """Rows on which a trade happened; ``seq`` 2 n, so that it comes before the quote it left."""
    price, qty, flags = plain_numbers(table, "last"), plain_numbers(table, "volume"), _flags(table)
    traded = (price > 0) & (qty > 0) & ((flags & (_LAST | _VOLUME | _BUY | _SELL)) != 0)
    rows = np.flatnonzero(traded)
    side = ((flags & _BUY) != 0).astype(np.int8) - ((flags & _SELL) != 0)
    kind = np.select([side > 0, side < 0], [int(TradeType.BUY), int(TradeType.SELL)], int(TradeType.UNKNOWN))
    return line_source("trades", table, rows, {
        "ts_ns": ts_ns[rows], "exch_ts_ns": ts_ns[rows], "price": price[rows], "qty": qty[rows],
        "aggressor": side[rows], "trade_type": kind[rows], "seq": 2 * rows})


def _flags(table: Table) -> Ints:
    """What changed on each row. Without the column, a row is a trade or a quote by what it holds, never both."""
    if "flags" in table.columns:
        return whole_numbers(table, "flags")
    last, quoted = ~table.empty("last"), ~(table.empty("bid") & table.empty("ask"))
    table.refuse(last & quoted, "last", "beside a quote, and no FLAGS column says which of them changed")
    return np.where(last, _LAST, 0).astype(np.int64)


def _quotes(table: Table, ts_ns: Ints) -> LineSource:
    """Rows that changed the best prices; an empty cell is a price that stayed, 0 a side without orders."""
    bid, ask = (_standing(plain_numbers(table, name)) for name in ("bid", "ask"))
    rows = np.flatnonzero(_changed(bid, ask))
    return line_source("l1", table, rows, {
        "ts_ns": ts_ns[rows], "exch_ts_ns": ts_ns[rows], "bid": bid[rows], "ask": ask[rows], "seq": 2 * rows + 1})


def _standing(price: Floats) -> Floats:
    """Each row's price or the last one told before it; NaN before the first, and where it was 0."""
    told = np.maximum.accumulate(np.where(np.isnan(price), -1, np.arange(len(price))))
    standing = np.where(told >= 0, price[told], np.nan)
    return np.where(standing > 0, standing, np.nan)


def _changed(bid: Floats, ask: Floats) -> Bools:
    before = np.concatenate([np.full((2, 1), np.nan), np.stack([bid, ask])[:, :-1]], axis=1)
    now = np.stack([bid, ask])
    same: Bools = ((now == before) | (np.isnan(now) & np.isnan(before))).all(axis=0)
    return ~same


def _bars(table: Table, ts_ns: NDArray[np.int64]) -> LineSource:
    """Bars by their start, as the terminal stamps them; the tick volume is the count of prints."""
    prices = {name: plain_numbers(table, name) for name in ("open", "high", "low", "close")}
    return line_source("candles", table, np.arange(len(table)), {
        "ts_ns": ts_ns, **prices, "volume": plain_numbers(table, "vol"), "trades": whole_numbers(table, "tickvol")})
