"""A backtest's result folder: the same bytes for the same days, configurations and program, whatever ran it.

=====================  =====================================================================================
``backtest.json``      format, days, configurations with their figures, walk-forward
``days.parquet``       a row per configuration and day: what it added and came to, by assumption about fills
``trades.parquet``     round trips
``orders.parquet``     orders and fills as ``qt replay`` writes them, with configuration and day
``fills.parquet``
``summaries.jsonl``    what ``qt replay`` writes as summary.json, a line per configuration and day
``report.html``        the same for people
=====================  =====================================================================================
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from qt_app.backtest.figures import equity
from qt_app.backtest.task import Day
from qt_app.data.entry import Entry
from qt_app.orders.account import BOOKS
from qt_app.replay.atomic import fresh_folder, publish, written_file
from qt_app.replay.outputs import TABLES

FORMAT = "qt-backtest/1"
SCHEMA = "qt-backtest-tables/1"
RESULT_FILE, REPORT_FILE, SUMMARIES_FILE = "backtest.json", "report.html", "summaries.jsonl"

Results = Mapping[int, Sequence[Day]]

_WHICH = [("configuration", pa.int32()), ("day", pa.string())]
_BY_BOOK = [(f"{kind}_{name}_brl", pa.float64()) for kind in ("net", "equity") for name in BOOKS]
_DAYS = pa.schema([
    *_WHICH, ("symbol", pa.string()), ("run", pa.string()), ("events", pa.int64()), ("decisions", pa.int64()),
    ("orders", pa.int64()), ("fills", pa.int64()), ("trades", pa.int64()), ("wins", pa.int64()), ("losses", pa.int64()),
    ("refusals", pa.int64()), ("position_lots", pa.int64()), *_BY_BOOK, ("costs_brl", pa.float64()),
    ("max_drawdown_brl", pa.float64()), ("marked", pa.bool_())])
_TRADES = pa.schema([
    *_WHICH, ("symbol", pa.string()), ("side", pa.int8()), ("contracts", pa.float64()), ("entry_ns", pa.int64()),
    ("entry", pa.float64()), ("entry_reason", pa.string()), ("exit_ns", pa.int64()), ("exit", pa.float64()),
    ("exit_reason", pa.string()), *((f"gross_{name}_brl", pa.float64()) for name in BOOKS), ("costs_brl", pa.float64()),
    *((f"net_{name}_brl", pa.float64()) for name in BOOKS)])
FILES = ("days.parquet", "trades.parquet", "orders.parquet", "fills.parquet", SUMMARIES_FILE, RESULT_FILE, REPORT_FILE)


def write(folder: Path, document: Mapping[str, Any], days: Sequence[Entry], results: Results, report: str) -> None:
    """Replaces an earlier result; a folder whose document is missing is none."""
    temporary = fresh_folder(folder)
    _write_table(temporary / "days.parquet", _DAYS, _day_rows(days, results))
    _write_table(temporary / "trades.parquet", _TRADES, _trade_rows(days, results))
    for name in ("orders", "fills"):
        _write_table(temporary / f"{name}.parquet", pa.schema([*_WHICH, *TABLES[name]]), _records(days, results, name))
    (temporary / SUMMARIES_FILE).write_bytes(b"".join(_summary_lines(days, results)))
    (temporary / REPORT_FILE).write_text(report, "utf-8", newline="\n")
    publish(temporary, folder, stale=FILES)
    with written_file(folder / RESULT_FILE) as path:
        path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _write_table(path: Path, layout: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * len(layout)
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, layout, strict=True)]
    pq.write_table(pa.table(arrays, layout.with_metadata({"schema": SCHEMA})), path, compression="zstd")


def _each(days: Sequence[Entry], results: Results) -> Iterator[tuple[int, Entry, Day]]:
    for number in sorted(results):
        for day in results[number]:
            yield number, days[day.number], day


def _day_rows(days: Sequence[Entry], results: Results) -> Iterator[tuple[Any, ...]]:
    for number in sorted(results):
        curves = [equity([day.money.net_brl[at] for day in results[number]]) for at in range(len(BOOKS))]
        for row, day in enumerate(results[number]):
            entry, s = days[day.number], day.summary
            closed = [trade.net_brl[0] for trade in day.trades if trade.net_brl is not None]
            yield (number, entry.day, entry.symbol, entry.run, s["events"], s["decisions"], s["orders"], s["fills"],
                   len(closed), sum(net > 0 for net in closed), sum(net < 0 for net in closed),
                   sum(s["refusals"].values()), s["position_lots"],
                   *day.money.net_brl, *(curve[row] for curve in curves), day.money.costs_brl, s["max_drawdown_brl"],
                   day.money.marked)


def _trade_rows(days: Sequence[Entry], results: Results) -> Iterator[tuple[Any, ...]]:
    unknown = (None,) * len(BOOKS)
    for number, entry, day in _each(days, results):
        for t in day.trades:
            yield (number, entry.day, t.symbol, t.side, t.contracts, t.entry_ns, t.entry, t.entry_reason, t.exit_ns,
                   t.exit, t.exit_reason, *(t.gross_brl or unknown), t.costs_brl, *(t.net_brl or unknown))


def _records(days: Sequence[Entry], results: Results, name: str) -> Iterator[tuple[Any, ...]]:
    for number, entry, day in _each(days, results):
        for row in day.orders if name == "orders" else day.fills:
            yield (number, entry.day, *row)


def _summary_lines(days: Sequence[Entry], results: Results) -> Iterator[bytes]:
    for number, entry, day in _each(days, results):
        line = {"configuration": number, "day": entry.day, "run": entry.run, **day.summary}
        yield orjson.dumps(line, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
