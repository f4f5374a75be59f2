"""Files to import, told apart by what they hold: Parquet in the shared schemas, MetaTrader 5, Profit."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from qt_app.data.exports import Export
from qt_app.data.metatrader import is_metatrader, read_metatrader
from qt_app.data.profit import is_profit, read_profit
from qt_app.data.text import first_line, read_text
from qt_app.errors import DataError
from qt_app.replay.grid import symbol_of
from qt_app.replay.schema import NEEDED
from qt_app.replay.source import Source, read_metadata, read_source

_MAGIC = b"PAR1"
#: A column that only this kind has → the kind.
_TELLING = {"trade_type": "trades", "order_id": "book", "bid_qty": "l1", "buy_volume": "candles"}
_FORMATS = "Parquet in the shared schemas, MetaTrader 5's ticks or bars, Profit's Times & Trades or candles"


def read_exports(files: Sequence[Path], zone: ZoneInfo) -> list[Export]:
    """Every file read and told apart; Parquet files of one market and day go together. Raises DataError."""
    parquet = [path for path in files if _is_parquet(path)]
    texts = [_read_text_export(path, zone) for path in files if path not in parquet]
    return [_read_group(group) for group in _groups(parquet)] + texts


def _is_parquet(path: Path) -> bool:
    if path.is_dir():
        raise DataError(f"{path}: is a folder; name files, or copy a recording of qt (DAY/SYMBOL) into the data folder")
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


def _read_text_export(path: Path, zone: ZoneInfo) -> Export:
    text = read_text(path)
    if is_metatrader(text):
        return read_metatrader(path, text, zone)
    if is_profit(text):
        return read_profit(path, text, zone)
    raise DataError(f"{path}: line 1: {first_line(text)[:80]!r} begins none of the exports that can be read "
                    f"({_FORMATS}); export it in one of these, with its header")


def _groups(files: Iterable[Path]) -> list[dict[str, Path]]:
    """Files by market and day, and kind: those whose names differ in the kind's word alone."""
    groups: dict[tuple[Path, str], dict[str, Path]] = {}
    for path in sorted(files):
        kind = _kind_of(path)
        stem = path.parent, re.sub(rf"[_-]?{kind}$", "", path.stem) if kind != "candles" else path.stem
        other = groups.setdefault(stem, {}).setdefault(kind, path)
        if other is not path:
            raise DataError(f"{other} and {path} both hold {kind}; import them one after the other")
    return list(groups.values())


def _kind_of(path: Path) -> str:
    try:
        layout = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: not a readable Parquet file: {str(error).splitlines()[0]}") from error
    if "schema" in read_metadata(layout):
        raise DataError(f"{path}: belongs to a recording of qt; copy its whole folder, DAY/SYMBOL, into the data "
                        "folder instead of importing it")
    found = next((kind for column, kind in _TELLING.items() if column in layout.names), None)
    if found is None:
        needed = "; ".join(f"{kind}: {', '.join(NEEDED[kind].names)}" for kind in _TELLING.values())
        raise DataError(f"{path}: its columns {', '.join(layout.names)} are those of no table that can be imported "
                        f"({needed})")
    return found


def _read_group(group: dict[str, Path]) -> Export:
    sources: tuple[Source, ...] = tuple(read_source([group[kind]], kind) for kind in _TELLING.values() if kind in group)
    return Export("Parquet", symbol_of(sources[0].files[0], sources[0].metadata), sources)
