"""A dataset is built once, found again, made anew when it is damaged, and never half there."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from app.data import exports
from app.training.training_kit import world

from qt_app.data.importing import ImportOrder, run_import
from qt_app.dataset.build import Instants
from qt_app.dataset.session import SessionRows
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.replay.hours import parse_session
from qt_app.training import sources
from qt_app.training.sources import Dataset, Generated, Recorded, dataset_of
from qt_app.zone import SAO_PAULO

NS = 1_000_000_000
SOURCE = Generated("WDOZ26", "2026-08-03", "09:30:00", (1, 2, 3))


class Exchange:
    """Stands in for the simulated exchange; breaks off where it is told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.breaks_at: int | None = None

    def __call__(self, *_: object, **__: object) -> Iterator[SessionRows]:
        self.calls += 1
        for number, made in enumerate(world(3, rows=30)):
            if number == self.breaks_at:
                raise KeyboardInterrupt
            yield made


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> Exchange:
    stand_in = Exchange()
    monkeypatch.setattr(sources, "generated_sessions", stand_in)
    return stand_in


def of(home: Path, every_s: int = 5) -> Dataset:
    return dataset_of(SOURCE, Instants(5 * NS, every_s * NS), Home(home), None)


def test_it_is_built_once(exchange: Exchange, tmp_path: Path) -> None:
    first, again = of(tmp_path), of(tmp_path)
    assert exchange.calls == 1
    assert first.folder == again.folder
    assert [s.digest for s in again.sessions] == [s.digest for s in world(3, rows=30)]


def test_other_instants_are_another_dataset(exchange: Exchange, tmp_path: Path) -> None:
    assert of(tmp_path).folder != of(tmp_path, every_s=10).folder
    assert exchange.calls == 2


def test_a_damaged_one_is_made_anew(exchange: Exchange, tmp_path: Path) -> None:
    first = of(tmp_path)
    next(first.folder.glob("quotes-*")).write_bytes(b"x")
    assert len(of(tmp_path).sessions) == 3
    assert exchange.calls == 2


def test_one_that_broke_off_leaves_nothing(exchange: Exchange, tmp_path: Path) -> None:
    exchange.breaks_at = 2
    with pytest.raises(KeyboardInterrupt):
        of(tmp_path)
    assert list((tmp_path / "cache" / "datasets").iterdir()) == []
    exchange.breaks_at = None
    assert len(of(tmp_path).sessions) == 3


def test_bars_are_named_as_the_reason(tmp_path: Path) -> None:
    bars = exports.write(tmp_path / "WDOK20_M1.csv", exports.BARS)
    run_import(Home(tmp_path), ImportOrder((bars,), parse_session("09:00-18:00", SAO_PAULO), SAO_PAULO))
    told = {"WDO": "WDOK20 .* holds candles alone", None: "candles alone", "WIN": "no such recording"}
    for symbol, words in told.items():
        with pytest.raises(DataError, match=words):
            dataset_of(Recorded(symbol), Instants(5 * NS, 5 * NS), Home(tmp_path), None)
