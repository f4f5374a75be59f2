"""Every resolved event of a run, written to Parquet by day and symbol, off the hot path.

The engine copies each event it applied into a ring; a thread of ours drains it. Events are kept in memory until a
part is full or old, then every kind's part is written to a temporary file and renamed: a crash loses the last
part's time at most, and never leaves a broken file.
"""
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.replay import digests
from qt_app.replay.checks import TRADE_TYPES
from qt_app.replay.grid import Step, format_step, to_values
from qt_app.replay.schema import RECORDED, RECORDING_SCHEMA
from qt_app.zone import SAO_PAULO
from qt_core._types import MAX_LOTS, NO_PRICE, BookAction, Flag, Kind
from qt_core.ring import Ring

log = logging.getLogger("qt.recorder")

Events = NDArray[Any]   # of EVENT_DTYPE

#: Rows turned into columns at a time, a row group each: the memory that a part takes while it is written.
ROWS_AT_ONCE = 1 << 14


class Recorder:
    """Drains a ring of resolved events into ``folder/YYYYMMDD/SYMBOL/{trades,book,l1,control}-NNNN.parquet``.

    ``seq`` in the files counts the events that passed the ring, from 1; those the ring had to drop leave a hole in
    the numbers, are counted in ``stats()["missing"]`` and mark the files incomplete. One thread of its own; ``start``
    and ``stop`` belong to the caller's thread. A failing disk ends the recording, never the run: ``stats()["error"]``.
    """

    def __init__(self, folder: Path, symbol: str, ring: Ring, *, tick: Step, qty_step: Step, synthetic: bool,
                 sessions: NDArray[np.int64] | None = None, meta: Mapping[str, str] | None = None,
                 part_events: int = 100_000, part_seconds: float = 30.0) -> None:
        self.folder = folder
        self.symbol = symbol
        self._ring = ring
        self._tick, self._qty_step = tick, qty_step
        self._meta = {
            **(meta or {}), "schema": RECORDING_SCHEMA, "symbol": symbol, "tick": format_step(tick),
            "qty_step": format_step(qty_step), "synthetic": "true" if synthetic else "false",
            "sessions": orjson.dumps(None if sessions is None else sessions.tolist()).decode(),
        }
        self._part_events, self._part_seconds = part_events, part_seconds
        self._kept: list[tuple[int, Events]] = []   # (seq of the first, events) of the part being filled
        self._kept_events = 0
        self._part_started = 0.0
        self._day_end_ns = 0
        self._day = ""
        self._seq = 0
        self._missing = 0
        self._files = 0
        self._error: str | None = None
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 30.0) -> None:
        """Write what the ring and the last part still hold. Raises OSError when the thread does not end in time."""
        self._leave.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                raise OSError(f"the recorder did not finish writing to {self.folder} within {timeout:g} s")

    def stats(self) -> dict[str, Any]:
        """Counts so far: events kept, missing, files written, and the error that ended it (None: none)."""
        return {"events": self._seq - self._missing, "missing": self._missing, "files": self._files,
                "error": self._error, "folder": str(self.folder)}

    def _run(self) -> None:
        try:
            while not self._leave.is_set():
                if not self.drain():
                    self._leave.wait(0.02)
            while self.drain():
                pass
            self.flush()
        except (OSError, pa.ArrowException) as error:
            self._error = str(error)
            log.error("recording to %s ended: %s", self.folder, error)

    def drain(self) -> int:
        """Take what the ring holds now; writes a part when one is due. Returns how many events it took."""
        events = self._ring.pop(self._ring.capacity)
        if len(events):
            self._keep(events)
        # What the ring dropped was newer than what it held: those numbers stay empty.
        dropped = self._ring.dropped - self._missing
        self._seq += dropped
        self._missing += dropped
        if self._kept and (self._kept_events >= self._part_events
                           or time.monotonic() - self._part_started >= self._part_seconds):
            self.flush()
        return len(events)

    def _keep(self, events: Events) -> None:
        """Append to the part being filled; a new local day begins a new part."""
        while len(events):
            if not self._kept:
                self._begin_part(int(events["ts_ns"][0]))
            next_day = events["ts_ns"] >= self._day_end_ns
            same_day = int(next_day.argmax()) if next_day.any() else len(events)
            if same_day:
                self._kept.append((self._seq + 1, events[:same_day]))
                self._kept_events += same_day
                self._seq += same_day
            events = events[same_day:]
            if len(events):
                self.flush()

    def _begin_part(self, ts_ns: int) -> None:
        self._part_started = time.monotonic()
        if ts_ns >= self._day_end_ns or not self._day:
            local = datetime.fromtimestamp(ts_ns // 1_000_000_000, SAO_PAULO)
            midnight = datetime(local.year, local.month, local.day, tzinfo=SAO_PAULO) + timedelta(days=1)
            self._day = local.strftime("%Y%m%d")
            self._day_end_ns = int(midnight.timestamp()) * 1_000_000_000

    def flush(self) -> None:
        """Write the part being filled: one file of each kind that has rows."""
        if not self._kept:
            return
        events = np.concatenate([events for _, events in self._kept])
        seq = np.concatenate([np.arange(first, first + len(events)) for first, events in self._kept])
        self._kept.clear()
        self._kept_events = 0
        target = self.folder / self._day / self.symbol
        target.mkdir(parents=True, exist_ok=True)
        part = _next_part(target)
        for kind, mask in _by_table(events).items():
            if mask.any():
                self._write(target / f"{kind}-{part:04d}.parquet", kind, events, seq, np.flatnonzero(mask))

    def _write(self, path: Path, kind: str, events: Events, seq: NDArray[np.int64], rows: NDArray[np.intp]) -> None:
        layout = RECORDED[kind].with_metadata({**self._meta, "day": self._day, "missing": str(self._missing)})
        temporary = path.with_suffix(".tmp")
        found: list[str] = []
        with pq.ParquetWriter(temporary, layout, compression="zstd") as writer:
            for first in range(0, len(rows), ROWS_AT_ONCE):
                some = rows[first:first + ROWS_AT_ONCE]
                table = self._table(kind, events[some], seq[some], layout)
                found += digests.of_table(table)
                writer.write_table(table)
            writer.add_key_value_metadata({digests.KEY: digests.to_text(found)})
        temporary.replace(path)
        self._files += 1

    def _table(self, kind: str, events: Events, seq: NDArray[np.int64], layout: pa.Schema) -> pa.Table:
        columns = _COLUMNS[kind](events, self._tick, self._qty_step)
        columns = {**columns, "seq": seq, "exch_ts_ns": events["exch_ns"], "ts_ns": events["ts_ns"],
                   "flags": events["flags"]}
        return pa.table([pa.array(columns[name], type=layout.field(name).type) for name in layout.names], layout)


def _next_part(folder: Path) -> int:
    """One more than the highest part number in the folder, whichever run wrote it."""
    numbers = [path.stem.rpartition("-")[2] for path in folder.glob("*-*.parquet")]
    return max((int(number) for number in numbers if number.isdigit()), default=0) + 1


def _by_table(events: Events) -> dict[str, NDArray[np.bool_]]:
    """Which rows go into which table; a market row that its table could not hold exactly goes, raw, into control."""
    kind, code, side = events["kind"], events["code"], events["side"]
    priced = events["price"] > 0
    sized = (events["qty"] >= 0) & (events["qty"] <= MAX_LOTS)
    quoted = (priced | (events["price"] == NO_PRICE)) & ((events["a"] > 0) | (events["a"] == NO_PRICE))
    quoted &= sized & (events["id"] >= 0) & (events["id"] <= MAX_LOTS)
    trades = np.isin(kind, (Kind.TRADE, Kind.HISTORY)) & priced & sized & (events["qty"] > 0)
    book = np.where(kind == Kind.ORDER, events["id"] != 0, (kind == Kind.LEVEL) & (events["id"] == 0))
    masks = {
        "trades": trades & np.isin(code, list(TRADE_TYPES)) & (np.abs(side.astype(np.int16)) <= 1),
        "book": book & priced & sized & (code <= max(BookAction)) & (np.abs(side.astype(np.int16)) == 1),
        "l1": (kind == Kind.QUOTE) & quoted,
    }
    return {**masks, "control": ~(masks["trades"] | masks["book"] | masks["l1"])}


def _points(ticks: NDArray[np.int32], tick: Step) -> NDArray[np.float64]:
    return np.where(ticks == NO_PRICE, np.nan, to_values(ticks, tick))


def _known(lots: NDArray[np.int64], qty_step: Step) -> NDArray[np.float64]:
    return np.where(lots == 0, np.nan, to_values(lots, qty_step))


def _trades(events: Events, tick: Step, qty_step: Step) -> dict[str, NDArray[Any]]:
    return {"price": _points(events["price"], tick), "qty": to_values(events["qty"], qty_step),
            "aggressor": events["side"], "buyer": events["a"], "seller": events["b"],
            "trade_type": events["code"].astype(np.int8), "trade_id": events["id"],
            "history": (events["kind"] == Kind.HISTORY).astype(np.int8)}


def _book(events: Events, tick: Step, qty_step: Step) -> dict[str, NDArray[Any]]:
    return {"kind": events["code"].astype(np.int8), "side": events["side"], "position": events["pos"],
            "price": _points(events["price"], tick), "qty": to_values(events["qty"], qty_step),
            "count": events["b"], "order_id": events["id"], "agent": events["a"],
            "last": ((events["flags"] & Flag.LAST) != 0).astype(np.int8)}


def _l1(events: Events, tick: Step, qty_step: Step) -> dict[str, NDArray[Any]]:
    return {"bid": _points(events["price"], tick), "bid_qty": _known(events["qty"], qty_step),
            "ask": _points(events["a"], tick), "ask_qty": _known(events["id"], qty_step)}


def _control(events: Events, tick: Step, qty_step: Step) -> dict[str, NDArray[Any]]:
    return {**{name: events[name] for name in ("kind", "code", "side", "price", "qty", "id", "a", "b")},
            "position": events["pos"]}


_COLUMNS: dict[str, Callable[[Events, Step, Step], dict[str, NDArray[Any]]]] = {
    "trades": _trades, "book": _book, "l1": _l1, "control": _control,
}
