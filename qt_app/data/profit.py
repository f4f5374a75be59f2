"""Profit's (Nelogica) exports: Times & Trades with or without a header, the tick history, and candles.

The forms, as their owners publish them: ``Ativo;Data;Hora;Corretora Compradora;Valor;Quantidade;Corretora
Vendedora;Agressor`` with ``5.159,50`` and brokers as ``147 - NAME``, the newest print first; the same eight cells
without a header; ``<ticker>,<date>,<time>,<trade_number>,<price>,...`` of the history; and ``Ativo;Data;Hora;Abertura;
Máximo;Mínimo;Fechamento;Volume;Quantidade``. Times are Sao Paulo's, whole seconds: prints of one second keep their
order in the file.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qt_app.data.cells import Ints, brazilian_numbers, dates, times, utc_ns, whole_numbers
from qt_app.data.exports import Columns, Export, line_source
from qt_app.data.text import LineSource, Table, first_line, plain, read_cells
from qt_core._types import TradeType

#: Our name → how the exports call the column, without accents and capitals.
_NAMES: Mapping[str, frozenset[str]] = {
    "symbol": frozenset({"ativo", "papel", "ticker"}),
    "date": frozenset({"data", "date"}),
    "time": frozenset({"hora", "horario", "time"}),
    "number": frozenset({"numero do negocio", "numero", "negocio", "trade_number"}),
    "buyer": frozenset({"corretora compradora", "agente comprador", "compradora", "comprador", "buy_agent"}),
    "price": frozenset({"valor da negociacao", "valor", "preco", "price"}),
    "qty": frozenset({"qd lts", "quantidade", "qtd", "qtde", "qty"}),
    "seller": frozenset({"corretora vendedora", "agente vendedor", "vendedora", "vendedor", "sell_agent"}),
    "aggressor": frozenset({"agressor", "trade_type"}),
    "open": frozenset({"abertura"}), "high": frozenset({"maximo", "maxima"}), "low": frozenset({"minimo", "minima"}),
    "close": frozenset({"fechamento", "ultimo"}),
}
#: The eight cells of a file without a header.
_BARE = ("symbol", "date", "time", "buyer", "price", "qty", "seller", "aggressor")
_TRADES = frozenset({"date", "time", "price", "qty", "aggressor"})
_CANDLES = frozenset({"date", "time", "open", "high", "low", "close", "qty"})

#: What stands for the aggressor → (aggressor, type of trade).
_AGGRESSORS: Mapping[str, tuple[int, TradeType]] = {
    **dict.fromkeys(("comprador", "compra", "aggressorbuyer"), (1, TradeType.BUY)),
    **dict.fromkeys(("vendedor", "venda", "aggressorseller"), (-1, TradeType.SELL)),
    **dict.fromkeys(("leilao", "auction"), (0, TradeType.AUCTION)),
    **dict.fromkeys(("direto", "cross"), (0, TradeType.CROSS)),
    "rlp": (0, TradeType.RLP),
    **dict.fromkeys(("", "-", "indefinido", "desconhecido", "nenhum", "none", "unknown"), (0, TradeType.UNKNOWN)),
}
_DAY_NS = 86_400_000_000_000


def is_profit(text: str) -> bool:
    return bool(_columns(first_line(text)))


def read_profit(path: Path, text: str, zone: ZoneInfo) -> Export:
    """Trades or candles of one file, oldest first. Raises DataError naming the file and the line."""
    line = first_line(text)
    names = _columns(line)
    table = read_cells(path, text, names, _separator(line), header=not _is_bare(line))
    ts_ns = utc_ns(table, "time", dates(table, "date") * _DAY_NS + times(table, "time"), zone)
    if ts_ns[0] > ts_ns[-1]:
        table, ts_ns = table.reversed(), ts_ns[::-1]
    symbol = _symbol(table)
    if set(names) >= _CANDLES:
        return Export("Profit candles", symbol, (_candles(table, ts_ns),))
    return Export("Profit trades", symbol, (_trades(table, ts_ns),))


def _separator(line: str) -> str:
    return max(";\t,", key=line.count)


def _columns(line: str) -> tuple[str, ...]:
    """Our names of the columns, ``_n`` for one that we do not use; empty when this is no export of Profit."""
    if _is_bare(line):
        return _BARE
    found: list[str] = []
    for at, word in enumerate(line.split(_separator(line))):
        ours = next((name for name, theirs in _NAMES.items() if plain(word) in theirs and name not in found), f"_{at}")
        found.append(ours)
    return tuple(found) if set(found) >= _TRADES or set(found) >= _CANDLES else ()


def _is_bare(line: str) -> bool:
    """Eight cells, of which the second is a date and the last says who was the aggressor."""
    cells = line.split(_separator(line))
    return (len(cells) == len(_BARE) and re.fullmatch(r"\d{2}/\d{2}/(\d{2}|\d{4})", cells[1].strip()) is not None
            and plain(cells[-1]) in _AGGRESSORS)


def _symbol(table: Table) -> str:
    """The one symbol of the file; empty when it has no such column. Raises DataError for several."""
    if "symbol" not in table.columns:
        return ""
    first = table.columns["symbol"][0].as_py()
    other = np.asarray(pc.not_equal(table.columns["symbol"], first))
    table.refuse(other, "symbol", f"another contract than {first} before it: a file holds one")
    return str(first)


def _trades(table: Table, ts_ns: Ints) -> LineSource:
    side, kind = _aggressor(table)
    every = np.arange(len(table))
    numbers: Columns = {"trade_id": whole_numbers(table, "number")} if "number" in table.columns else {}
    brokers: Columns = {name: _broker(table, name) for name in ("buyer", "seller") if name in table.columns}
    return line_source("trades", table, every, {
        "ts_ns": ts_ns, "exch_ts_ns": ts_ns, "price": brazilian_numbers(table, "price"),
        "qty": brazilian_numbers(table, "qty"), "aggressor": side, "trade_type": kind, "seq": every,
        **numbers, **brokers})


def _aggressor(table: Table) -> tuple[Ints, Ints]:
    """(aggressor, type of trade) of each row."""
    encoded = table.columns["aggressor"].dictionary_encode()
    words, row = encoded.dictionary.to_pylist(), np.asarray(encoded.indices)
    known = [_AGGRESSORS.get(plain(word)) for word in words]
    table.refuse(np.array([pair is None for pair in known])[row], "aggressor",
                 "none of Comprador, Vendedor, Leilão, Direto and RLP")
    pairs = np.array([pair or (0, 0) for pair in known], dtype=np.int64)[row]
    return pairs[:, 0], pairs[:, 1]


def _broker(table: Table, name: str) -> NDArray[np.int64]:
    """The code before ``- NAME``; -1 for a name without one: which code it has, the file does not say."""
    code = pc.struct_field(pc.extract_regex(table.columns[name], r"^(?P<code>\d{1,9})(?:\s*-.*)?$"), "code")
    found: Ints = pc.fill_null(code, "-1").cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


def _candles(table: Table, ts_ns: Ints) -> LineSource:
    """Candles by their start; the volume is in contracts."""
    prices = {name: brazilian_numbers(table, name) for name in ("open", "high", "low", "close")}
    return line_source("candles", table, np.arange(len(table)), {
        "ts_ns": ts_ns, **prices, "volume": brazilian_numbers(table, "qty")})
