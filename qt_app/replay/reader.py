"""Recorded files in, one array of events out: the same records that the vendor's callbacks make live.

Everything is checked before anything is returned; DataError (exit 9) names the file, the 0-based row and the reason.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.replay import checks, grid
from qt_app.replay.grid import Grid, Step
from qt_app.replay.schema import KINDS
from qt_app.replay.source import Source, parts_of, read_metadata, read_source
from qt_core._types import EVENT_DTYPE, BookAction, Control, Flag, Kind

Sessions = NDArray[np.int64]   # (n, 2): open and close, UTC ns
Events = NDArray[Any]          # of EVENT_DTYPE


@dataclass(frozen=True, slots=True)
class Recording:
    """Recorded events in the order they happened, and what is known of them.

    ``seq`` is each event's number in its files. ``missing`` counts events that a recorder had to drop: a replay of
    such a recording differs from the run. ``merged_by`` is ``seq``, or ``time`` when the files number their rows
    separately.
    """

    events: Events
    seq: NDArray[np.int64]
    symbol: str
    tick: Step
    qty_step: Step
    grid_source: str
    synthetic: bool
    metadata: Mapping[str, str]
    sources: tuple[Source, ...]
    merged_by: str
    missing: int

    @property
    def sessions(self) -> Sessions | None:
        """Sessions that the recorder noted, None when it noted none (or the files are not ours)."""
        noted = orjson.loads(self.metadata.get("sessions", "null"))
        return None if noted is None else np.array(noted, dtype=np.int64).reshape(-1, 2)

    @property
    def warm_started(self) -> bool:
        """Begins with a history backfill: the engine must be told before the first event.

        Later history needs no telling: a control event announces a gap."""
        kind = self.events["kind"]
        told = (kind == Kind.CONTROL) & (self.events["code"] == Control.GAP)
        past = kind == Kind.HISTORY
        return bool(past.any()) and not bool(told[:int(past.argmax())].any())

    @property
    def span(self) -> tuple[int, int]:
        """First and last event time, UTC ns."""
        return int(self.events["ts_ns"].min()), int(self.events["ts_ns"].max())

    def where(self, kind: str, row: int) -> str:
        """``"file: row n"`` of the row-th row of a kind."""
        return next(source for source in self.sources if source.kind == kind).where(row)

    def of_kind(self, *kinds: Kind) -> Events:
        return self.events[np.isin(self.events["kind"], kinds)]


def read_events(trades: Path | None = None, book: Path | None = None, l1: Path | None = None, *,
                control: Path | None = None, symbol: str | None = None, tick: Step | None = None,
                qty_step: Step | None = None) -> Recording:
    """Events of the given files (or folders of part files), merged by seq and checked.

    The grid comes from the arguments, else from the metadata that our recorder writes, else from the instrument that
    the symbol names, else it is the coarsest on which every value lies. Raises DataError for anything unusable.
    """
    paths = {"trades": trades, "book": book, "l1": l1, "control": control}
    files = {kind: parts_of(path, kind) for kind, path in paths.items() if path is not None}
    return read_files(files, symbol=symbol, tick=tick, qty_step=qty_step)


def read_files(files: Mapping[str, Sequence[Path]], *, symbol: str | None = None, tick: Step | None = None,
               qty_step: Step | None = None, whole: bool = False) -> Recording:
    """As ``read_events``, from part files by kind; ``whole`` says that they are all files of one recorded run.

    Without the control table nothing says when a warm start ended: its prints are then ordinary trades.
    """
    sources = tuple(read_source(files[kind], kind) for kind in KINDS if kind in files)
    if not sources:
        raise DataError("no file to read: name at least one of trades, book and l1")
    return recording_of(sources, symbol=symbol, tick=tick, qty_step=qty_step, whole=whole)


def recording_of(sources: tuple[Source, ...], *, symbol: str | None = None, tick: Step | None = None,
                 qty_step: Step | None = None, whole: bool = False) -> Recording:
    """As ``read_files``, from columns that were read already: one source of each kind, in the order of ``KINDS``."""
    for source in sources:
        _check(source)
    metadata = _common_metadata(sources)
    named = symbol or grid.symbol_of(sources[0].files[0], metadata)
    steps = _grid(sources, metadata, named, tick, qty_step)
    parts = [_EVENTS[source.kind](source, steps) for source in sources]
    events, seq, merged_by = _merge(sources, parts)
    if all(source.kind != "control" for source in sources):
        events["kind"][events["kind"] == Kind.HISTORY] = Kind.TRADE
    return Recording(events, seq, named, steps.tick, steps.qty_step, steps.source,
                     metadata.get("synthetic") == "true", metadata, sources, merged_by,
                     _missing(sources, seq) if whole else 0)


def refuse_crossed(recording: Recording, sessions: Sessions | None) -> None:
    """DataError for the first group of book rows, or quote, inside the sessions that has best bid > best ask.

    Recordings of our own are let through: their events were judged live by the same engine, which decides nothing
    from a crossed book, and the replay must meet what the run met.
    """
    kinds = {source.kind for source in recording.sources if not source.ours}
    if "book" in kinds:
        rows = recording.of_kind(Kind.LEVEL, Kind.ORDER)
        _refuse_crossed_row(recording, "book", checks.first_crossed(rows, inside(rows["ts_ns"], sessions)))
    if "l1" in kinds:
        quotes = recording.of_kind(Kind.QUOTE)
        known = (quotes["price"] > 0) & (quotes["a"] > 0)
        bad = known & (quotes["price"] > quotes["a"]) & inside(quotes["ts_ns"], sessions)
        _refuse_crossed_row(recording, "l1", int(bad.argmax()) if bad.any() else None)


def inside(ts_ns: NDArray[np.int64], sessions: Sessions | None) -> NDArray[np.bool_]:
    """Which instants lie in one of the sessions [open, close); all of them when there is no calendar."""
    if sessions is None:
        return np.ones(len(ts_ns), bool)
    if not len(sessions):
        return np.zeros(len(ts_ns), bool)
    at = np.searchsorted(sessions[:, 0], ts_ns, side="right") - 1
    within: NDArray[np.bool_] = ts_ns < sessions[np.maximum(at, 0), 1]
    return within & (at >= 0)


def read_candles(path: Path, period_ns: int) -> Source:
    """A checked file of candles of one period; columns as recorded, NaN and -1 where unknown."""
    source = read_source(parts_of(path, "candles"), "candles")
    checks.check_candles(source, period_ns)
    return source


def _check(source: Source) -> None:
    checks.check_times(source)
    {"trades": checks.check_trades, "book": checks.check_book, "l1": checks.check_l1,
     "control": checks.check_control}[source.kind](source)


def _common_metadata(sources: Sequence[Source]) -> dict[str, str]:
    """Metadata of the files. Raises DataError when they are of different symbols, grids or runs."""
    merged: dict[str, str] = {}
    for source in sources:
        for key in ("symbol", "tick", "qty_step", "run_id"):
            value = source.metadata.get(key)
            if value is not None and merged.setdefault(key, value) != value:
                raise DataError(f"{source.files[0]}: {key} is {value}, but {sources[0].files[0]} has {merged[key]}; "
                                "read files of one recording together")
        merged = {**source.metadata, **merged}
    synthetic = any(source.metadata.get("synthetic") == "true" for source in sources)
    return {**merged, "synthetic": "true" if synthetic else "false"}


def _grid(sources: Sequence[Source], metadata: Mapping[str, str], symbol: str, tick: Step | None,
          qty_step: Step | None) -> Grid:
    known = grid.contract(symbol)
    found = (grid.given(tick, qty_step) or grid.recorded(metadata)
             or (Grid(known.tick, known.qty_step, f"instrument {known.root}") if known else None)
             or grid.inferred(*_values(sources)))
    if found is None:
        raise DataError(f"{sources[0].files[0]}: no tick size fits its prices; name the symbol or the tick")
    if tick is None and qty_step is None:
        return found
    return Grid(tick or found.tick, qty_step or found.qty_step, "arguments")


def _values(sources: Sequence[Source]) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    columns = {source.kind: source.columns for source in sources}
    prices = [columns[kind][name] for kind, names in _PRICES.items() if kind in columns for name in names]
    quantities = [columns[kind][name] for kind, names in _QUANTITIES.items() if kind in columns for name in names]
    return prices, quantities


_PRICES = {"trades": ("price",), "book": ("price",), "l1": ("bid", "ask")}
_QUANTITIES = {"trades": ("qty",), "book": ("qty",), "l1": ("bid_qty", "ask_qty")}


def _blank(source: Source) -> Events:
    """Events of the source with the fields that every kind has."""
    events = np.zeros(len(source), EVENT_DTYPE)
    events["ts_ns"] = source.columns["ts_ns"]
    events["exch_ns"] = source.columns["exch_ts_ns"]
    events["pos"] = -1
    if "flags" in source.columns:
        events["flags"] = source.columns["flags"]
    return events


def _trades(source: Source, steps: Grid) -> Events:
    columns, events = source.columns, _blank(source)
    history = columns.get("history", np.zeros(len(source), np.int8))
    events["kind"] = np.where(history == 1, int(Kind.HISTORY), int(Kind.TRADE))
    events["price"] = checks.ticks(source, "price", steps.tick)
    events["qty"] = checks.lots(source, "qty", steps.qty_step)
    for field, name in (("code", "trade_type"), ("side", "aggressor"), ("a", "buyer"), ("b", "seller"),
                        ("id", "trade_id")):
        events[field] = columns[name]
    return events


def _book(source: Source, steps: Grid) -> Events:
    columns, events = source.columns, _blank(source)
    events["kind"] = np.where(columns["order_id"] == 0, int(Kind.LEVEL), int(Kind.ORDER))
    events["price"] = checks.ticks(source, "price", steps.tick)
    events["qty"] = checks.lots(source, "qty", steps.qty_step)
    for field, name in (("code", "kind"), ("side", "side"), ("a", "agent"), ("b", "count"), ("pos", "position"),
                        ("id", "order_id")):
        events[field] = columns[name]
    if "flags" not in columns:
        events["flags"] = _book_flags(columns)
    return events


def _book_flags(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """LAST as recorded; FIRST on an image row that does not follow another one of the same instant."""
    image = columns["kind"] == BookAction.IMAGE
    follows = np.zeros(len(image), bool)
    follows[1:] = image[:-1] & (columns["ts_ns"][1:] == columns["ts_ns"][:-1])
    first = np.where(image & ~follows, int(Flag.FIRST), 0)
    return (np.where(columns["last"] == 1, int(Flag.LAST), 0) | first).astype(np.uint8)


def _quotes(source: Source, steps: Grid) -> Events:
    events = _blank(source)
    events["kind"] = Kind.QUOTE
    events["price"] = checks.ticks(source, "bid", steps.tick)
    events["a"] = checks.ticks(source, "ask", steps.tick)
    events["qty"] = checks.lots(source, "bid_qty", steps.qty_step)
    events["id"] = checks.lots(source, "ask_qty", steps.qty_step)
    return events


def _control(source: Source, steps: Grid) -> Events:
    events = _blank(source)
    for name in ("kind", "code", "side", "price", "qty", "id", "a", "b"):
        events[name] = source.columns[name]
    events["flags"] = source.columns["flags"]
    events["pos"] = source.columns["position"]
    return events


_EVENTS: dict[str, Callable[[Source, Grid], Events]] = {
    "trades": _trades, "book": _book, "l1": _quotes, "control": _control,
}


def _merge(sources: Sequence[Source], parts: Sequence[Events]) -> tuple[Events, NDArray[np.int64], str]:
    """All events by (time, seq, kind), which is the order of seq as long as the files share one numbering.

    Files that give the same number to different rows number them separately: then time alone orders them. The
    numbers of our own recordings are unique and say everything. Raises DataError when one numbering contradicts
    the times.
    """
    seq = np.concatenate([source.columns["seq"] for source in sources])
    events = np.concatenate(parts)
    if all(source.ours for source in sources):
        order = np.argsort(seq, kind="stable")
        return events[order], seq[order], "seq"
    order = np.lexsort((seq, events["ts_ns"]))    # stable: equal rows stay in the order of kinds
    ordered = seq[order]
    back = np.flatnonzero(ordered[1:] < ordered[:-1])
    if not len(back):
        return events[order], ordered, "seq"
    if _shared(sources):
        return events[order], ordered, "time"
    row = int(order[back[0] + 1])
    raise DataError(f"{_where(sources, row)}: ts_ns {events['ts_ns'][row]} and seq {seq[row]} contradict the other "
                    "files: time runs backwards in the order of seq")


def _shared(sources: Sequence[Source]) -> bool:
    """Whether two files use the same number."""
    numbers = np.concatenate([np.unique(source.columns["seq"]) for source in sources])
    return len(np.unique(numbers)) < len(numbers)


def _where(sources: Sequence[Source], row: int) -> str:
    for source in sources:
        if row < len(source):
            return source.where(row)
        row -= len(source)
    raise IndexError(row)


def _missing(sources: Sequence[Source], seq: NDArray[np.int64]) -> int:
    """Events that our recorder counted but could not keep, or whose part files are not here (holes in the numbers)."""
    noted = max(int(source.metadata.get("missing", "0")) for source in sources)
    return max(noted, int(seq[-1]) - len(seq))


def _refuse_crossed_row(recording: Recording, kind: str, row: int | None) -> None:
    if row is None:
        return
    raise DataError(f"{recording.where(kind, row)}: the book is crossed (best bid above best ask); "
                    "narrow --session to continuous trading")


__all__ = ["Recording", "Sessions", "inside", "read_candles", "read_events", "read_files", "read_metadata",
           "recording_of", "refuse_crossed"]
