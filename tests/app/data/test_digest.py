from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from app.data import tapes
from app.replay import files
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_app.data.digest import digest_of
from qt_app.replay.reader import Recording, read_events
from qt_app.replay.recording import read_recording

KINDS = ("trades", "book", "l1")


def written(folder: Path) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Any] = {"trades": files.trades, "book": files.book, "l1": files.l1}
    return {kind: files.write(folder / f"dolk20_{kind}.parquet", kind, makers[kind](60)) for kind in KINDS}


def test_the_name_is_that_of_the_events_not_of_the_files(tmp_path: Path) -> None:
    one = read_events(**written(tmp_path / "one"))
    other = read_events(**written(tmp_path / "elsewhere"), symbol="WDOK20")
    assert digest_of(one) == digest_of(other)
    assert len(digest_of(one)) == 64


@pytest.mark.lengthy
@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 59), max_size=5, unique=True))
def test_however_the_rows_are_split_into_parts(tmp_path_factory: pytest.TempPathFactory, cuts: list[int]) -> None:
    folder = tmp_path_factory.mktemp("parts")
    whole = written(folder / "whole")
    for part, rows in enumerate(np.split(np.arange(60), sorted(cuts))):
        table = pq.read_table(whole["trades"]).take(rows)
        pq.write_table(table, folder / f"trades-{part:04d}.parquet")
    assert digest_of(read_events(folder, whole["book"])) == digest_of(read_events(whole["trades"], whole["book"]))


def test_the_grid_that_prices_were_read_on_does_not_count(tmp_path: Path) -> None:
    paths = written(tmp_path)
    finer = read_events(**paths, tick=(1, 100), qty_step=(1, 10))
    assert digest_of(finer) == digest_of(read_events(**paths))


def test_what_the_recorder_wrote_of_it_has_the_same_name(tmp_path: Path) -> None:
    recording = read_events(**written(tmp_path / "files"))
    tapes.record(tmp_path / "data", recording.events, part_events=17)
    assert digest_of(read_recording(tmp_path / "data")) == digest_of(recording)


@pytest.mark.lengthy
@pytest.mark.parametrize(("kind", "name", "value"), [
    ("l1", "ts_ns", files.T0 + 5 * files.SECOND + 1), ("trades", "price", 5250.5), ("trades", "qty", 77.0),
    ("trades", "aggressor", 0), ("trades", "buyer", 99), ("trades", "seller", 99), ("trades", "trade_type", 4),
    ("trades", "trade_id", 1), ("trades", "exch_ts_ns", 3), ("book", "qty", 99.0), ("book", "position", 7),
    ("book", "last", 0), ("l1", "bid_qty", np.nan), ("l1", "ask", np.nan),
])
def test_every_value_counts(tmp_path: Path, kind: str, name: str, value: float) -> None:
    makers: dict[str, Any] = {"trades": files.trades, "book": files.book, "l1": files.l1}
    paths = written(tmp_path)
    before = digest_of(read_events(**paths))
    files.write(paths[kind], kind, files.changed(makers[kind](60), name, 5, value))
    assert digest_of(read_events(**paths)) != before


def test_the_order_counts_and_a_large_recording_is_hashed_in_pieces(tmp_path: Path, monkeypatch: Any) -> None:
    recording = read_events(**written(tmp_path))
    swapped = Recording(recording.events[::-1], recording.seq, *tapes.rest_of(recording))
    assert digest_of(swapped) != digest_of(recording)
    whole = digest_of(recording)
    monkeypatch.setattr("qt_app.data.digest._ROWS_AT_ONCE", 7)
    assert digest_of(recording) == whole
