"""Small recorded markets, made by the tests, in the schemas of recorded files."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from qt_app.replay import schema

#: 2020-04-02 10:00:00 in Sao Paulo, a session of the dollar.
T0 = 1_585_832_400_000_000_000
SECOND = 1_000_000_000

Columns = dict[str, Any]


def trades(n: int = 400, *, gap_ns: int = SECOND, first_seq: int = 1, seq_step: int = 3) -> Columns:
    """n prints on a grid of 0.5 that wander, sign and trade between six brokers; the same every time."""
    k = np.arange(n)
    side = np.where((k * 7) % 5 < 3, 1, -1)
    return {
        "ts_ns": T0 + k * gap_ns, "price": 5250.0 + 0.5 * ((k * 13) % 17), "qty": 1.0 + (k * 5) % 9,
        "aggressor": side, "buyer": 3 + (k * 3) % 6, "seller": 3 + (k * 5) % 7,
        "trade_type": np.where(side > 0, 2, 3), "trade_id": 10 * (k + 1), "seq": first_seq + seq_step * k,
        "exch_ts_ns": T0 + k * gap_ns - 1_000_000,
    }


def book(groups: int = 100, *, gap_ns: int = SECOND, first_seq: int = 2, seq_step: int = 3) -> Columns:
    """An L2 image of two levels a side, then edits of the best bid and ask, each a group of its own."""
    rows = [(T0, 4, 1, 0, 5249.5, 10.0, 0), (T0, 4, 1, 1, 5249.0, 20.0, 0), (T0, 4, -1, 0, 5259.0, 11.0, 0),
            (T0, 4, -1, 1, 5259.5, 21.0, 1)]
    for k in range(groups):
        side = 1 if k % 2 else -1
        rows.append((T0 + k * gap_ns, 1, side, 0, 5249.5 if side > 0 else 5259.0, 10.0 + k % 5, 1))
    names = ("ts_ns", "kind", "side", "position", "price", "qty", "last")
    columns: Columns = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
    n = len(rows)
    columns |= {"count": np.full(n, -1), "order_id": np.zeros(n), "agent": np.full(n, -1),
                "seq": np.concatenate([[-3, -2, -1, 0], first_seq + seq_step * np.arange(groups)]),
                "exch_ts_ns": columns["ts_ns"]}
    return columns


def l1(n: int = 400, *, gap_ns: int = SECOND, first_seq: int = 3, seq_step: int = 3) -> Columns:
    k = np.arange(n)
    bid = 5249.0 + 0.5 * ((k * 13) % 17)
    return {"ts_ns": T0 + k * gap_ns, "bid": bid, "bid_qty": 5.0 + k % 7, "ask": bid + 0.5, "ask_qty": 4.0 + k % 5,
            "seq": first_seq + seq_step * k, "exch_ts_ns": np.zeros(n)}


def candles(n: int = 300, *, period_ns: int = 60 * SECOND) -> Columns:
    k = np.arange(n)
    close = 5250.0 + 0.5 * ((k * 13) % 17)
    opened = np.concatenate([[5250.0], close[:-1]])
    return {"ts_ns": T0 + k * period_ns, "open": opened, "high": np.maximum(opened, close) + 0.5,
            "low": np.minimum(opened, close) - 0.5, "close": close, "volume": 10.0 + (k * 7) % 23,
            "trades": 5 + k % 11, "buy_volume": np.full(n, np.nan), "sell_volume": np.full(n, np.nan)}


def write(path: Path, kind: str, columns: Columns, *, drop: tuple[str, ...] = ()) -> Path:
    """The columns as a file of their kind; columns in ``drop`` are left out."""
    layout = schema.NEEDED[kind]
    names = [name for name in layout.names if name not in drop]
    arrays = [pa.array(np.asarray(columns[name])).cast(layout.field(name).type) for name in names]
    pq.write_table(pa.table(dict(zip(names, arrays, strict=True))), path)
    return path


def cut(columns: Columns, rows: Any) -> Columns:
    """Only these rows (a slice or a mask)."""
    return {name: np.asarray(values)[rows] for name, values in columns.items()}


def changed(columns: Columns, name: str, row: int, value: Any) -> Columns:
    """A copy with one value replaced."""
    column = np.asarray(columns[name]).copy()
    column[row] = value
    return {**columns, name: column}
