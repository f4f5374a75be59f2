"""What an export holds once it is read: events of a tape, or candles, still with the lines they stood on."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qt_app.data.text import LineSource, Table
from qt_app.replay import schema
from qt_app.replay.source import Source

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Export:
    """One file, or one market's files: columns by kind in the schemas of recorded files.

    ``symbol`` is the name that the file itself gives, empty when it gives none. Either ``candles`` is all there is, or
    it is not there.
    """

    format: str
    symbol: str
    sources: tuple[Source, ...]


def line_source(kind: str, table: Table, rows: NDArray[np.intp], columns: Columns) -> LineSource:
    """The columns of some rows of a table in the kind's schema; those that an export lacks are unknown."""
    layout = schema.NEEDED[kind]
    filled = {**_unknown(kind, len(rows)), **columns}
    typed = {field.name: np.asarray(pa.array(filled[field.name]).cast(field.type)) for field in layout}
    return LineSource(kind, (table.path,), (0,), typed, {}, table.lines[rows])


def _unknown(kind: str, count: int) -> Columns:
    minus, zero, nan = np.full(count, -1), np.zeros(count, np.int64), np.full(count, np.nan)
    return {"trades": {"buyer": minus, "seller": minus, "trade_id": zero, "exch_ts_ns": zero},
            "l1": {"bid_qty": nan, "ask_qty": nan, "exch_ts_ns": zero},
            "candles": {"trades": minus, "buy_volume": nan, "sell_volume": nan}}[kind]
