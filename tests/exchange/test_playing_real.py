"""Real recordings as the market: what the callbacks tell is what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exchange_harness import Exchange
from test_published_book import ListBook

from qt_app.replay.play import write_play
from qt_app.replay.reader import Events, Recording, read_events
from qt_core._types import BookAction, Flag, Kind

NS, BRASILIA_NS = 10**9, 3 * 3600 * 10**9
Play = Callable[..., Recording]


@pytest.fixture
def play(sim: Exchange, realdata: Path, tmp_path: Path) -> Iterator[Play]:
    """Loads a recorded instrument's files as the market; every callback is noted with the market time of its event."""

    def load(stem: str, *kinds: str, first: int | None = None, **terms: Any) -> Recording:
        recording = read_events(**{kind: realdata / f"{stem}_{kind}.parquet" for kind in kinds})  # type: ignore[arg-type]
        if first is not None:
            recording = Recording(**{**_fields(recording), "events": recording.events[:first]})
        write_play(tmp_path / "market.qtplay", recording, **({"exchange": "F"} | terms))
        sim.set(play=tmp_path / "market.qtplay")
        plain = sim.note
        sim.note = lambda *event: plain(event[0], sim.clock(), *event[1:])  # type: ignore[method-assign]
        return recording

    yield load
    sim.finish()
    sim.set(play="")


def _fields(recording: Recording) -> dict[str, Any]:
    return {name: getattr(recording, name) for name in Recording.__slots__}


def run(sim: Exchange, symbol: str, *kinds: str, **what: bool) -> None:
    assert sim.login(*kinds) == 0
    sim.wait(lambda: any(e[0] == "state" and e[2:] == (1, 5) for e in sim.events))
    sim.subscribe(symbol, **what)
    sim.release()
    sim.until_rest()
    assert sim.stat("play_skipped") == 0 and sim.stat("synthetic") == 1


def prints(recording: Recording) -> Events:
    return recording.of_kind(Kind.TRADE)


def points(recording: Recording, ticks: Any) -> Any:
    return np.asarray(ticks, np.int64) * recording.tick[0] / recording.tick[1]


def assert_same_tape(sim: Exchange, recording: Recording) -> None:
    told = [(e[1], e[6], e[7], e[9], e[10], e[11]) for e in sim.of("trade")]
    rows = prints(recording)
    agents = [np.where(rows[name] > 0, rows[name], 0) for name in ("a", "b")]
    types = np.where(rows["code"] == 0, 32, rows["code"])
    columns = (rows["ts_ns"], points(recording, rows["price"]), rows["qty"], *agents, types)
    assert told == list(zip(*(c.tolist() for c in columns), strict=True))


class RecordedOrders:
    """The recorded book kept by the recorded positions, independent of prices and priorities."""

    def __init__(self) -> None:
        self.sides: dict[int, list[list[int]]] = {1: [], -1: []}

    def apply(self, row: Any) -> None:
        orders = self.sides[int(row["side"])]
        at, code = int(row["pos"]), int(row["code"])
        if code == BookAction.IMAGE:
            orders.append([int(row["price"]), int(row["qty"]), max(int(row["a"]), 0), int(row["id"])])
        elif code == BookAction.ADD:
            orders.insert(at, [int(row["price"]), int(row["qty"]), max(int(row["a"]), 0), int(row["id"])])
        elif code == BookAction.EDIT:
            orders[at][1] = int(row["qty"])
        else:
            del orders[at]


def groups(recording: Recording) -> Iterator[tuple[int, Events]]:
    rows = recording.of_kind(Kind.ORDER, Kind.LEVEL)
    ends = np.flatnonzero(rows["flags"] & Flag.LAST) + 1
    for part in np.split(rows, ends[:-1]):
        yield int(part["ts_ns"][-1]), part


@pytest.mark.slow
def test_a_recorded_order_book_comes_out_of_the_callbacks_order_by_order(sim: Exchange, play: Play) -> None:
    recording = play("b3_petr4f_20151103", "trades", "book")
    run(sim, "PETR4F", "offer", "trade", offers=True)
    assert_same_tape(sim, recording)
    told, expected = ListBook(), RecordedOrders()
    events, checked = iter([*sim.of("offer"), None]), 0
    event = next(events)
    for ts_ns, rows in groups(recording):
        for row in rows:
            expected.apply(row)
        while event is not None and event[1] <= ts_ns:
            told.apply((event[0], *event[2:]))
            event = next(events)
        for side, recorded in ((0, 1), (1, -1)):
            own = [[price, qty, agent, number] for price, qty, agent, number in reversed(told.sides[side])]
            assert own == [[p / 100, q, a, i] for p, q, a, i in expected.sides[recorded]], ts_ns
        checked += 1
    assert event is None and checked > 5000


@pytest.mark.lengthy
def test_recorded_levels_come_out_of_the_price_depth(sim: Exchange, play: Play) -> None:
    recording = play("binance_usdm_btcusdt_20240808", "trades", "book", first=15_000)
    run(sim, "BTCUSDT", "trade", "depth", depth=True)
    assert_same_tape(sim, recording)
    levels: dict[int, dict[int, int]] = {1: {}, -1: {}}
    for row in recording.of_kind(Kind.LEVEL):
        levels[int(row["side"])][int(row["price"])] = int(row["qty"])
    for side, recorded in ((0, 1), (1, -1)):
        left = {p / 10: q for p, q in levels[recorded].items() if q}
        assert {p: q for p, q, _ in sim.levels(side, "BTCUSDT")} == left and len(left) > 300
    assert sim.levels(0, "BTCUSDT")[0][0] < sim.levels(1, "BTCUSDT")[0][0]


def test_recorded_quotes_are_the_touch_with_their_sizes(sim: Exchange, play: Play) -> None:
    recording = play("b3_wdou25_20250811", "l1")
    run(sim, "WDOU25", "tiny", "offer", offers=True)
    told, rows = ListBook(), recording.of_kind(Kind.QUOTE)
    events = iter([*sim.of("offer"), None])
    event = next(events)
    for row in rows:
        while event is not None and event[1] <= row["ts_ns"]:
            told.apply((event[0], *event[2:]))
            event = next(events)
        touch = [told.levels(side)[0][:2] for side in (0, 1)]
        assert touch == [(row["price"] / 2, row["qty"]), (row["a"] / 2, row["id"])] and not told.sides[0][1:]
    tiny = {e[5]: (e[3], e[4]) for e in sim.of("tiny")}
    assert tiny == {0: (rows["price"][-1] / 2, rows["qty"][-1]), 1: (rows["a"][-1] / 2, rows["id"][-1])}


def test_a_tape_with_quotes_of_unknown_size(sim: Exchange, play: Play) -> None:
    recording = play("b3_dolk20_20200402", "trades", "l1", first=8_000, touch=25)
    run(sim, "DOLK20", "trade", "tiny", "daily")
    assert_same_tape(sim, recording)
    rows, quotes = prints(recording), recording.of_kind(Kind.QUOTE)
    best = {e[5]: (e[3], e[4]) for e in sim.of("tiny")}
    assert best == {0: (quotes["price"][-1] / 2, 25), 1: (quotes["a"][-1] / 2, 25)}
    daily = sim.of("daily")[-1]
    prices = rows["price"] / 2
    assert daily[4:8] == (prices[0], prices.max(), prices.min(), prices[-1])
    assert daily[14:16] == (rows["qty"].sum(), len(rows))
    bought = rows[rows["code"] == 2]
    assert daily[17] == bought["qty"].sum() and daily[19] == len(bought)
    assert daily[8] == pytest.approx(float((points(recording, rows["price"]) * rows["qty"]).sum() * 50.0))


def test_the_prints_before_the_start_are_the_history(sim: Exchange, play: Play) -> None:
    recording = play("b3_petrl80_20151126", "trades")
    rows = prints(recording)
    middle = int(rows["ts_ns"][len(rows) // 2])
    clock = (middle - BRASILIA_NS) % (86400 * NS) // NS
    sim.set(start=f"{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}")
    sim.login("history", "trade", "progress")
    sim.wait(lambda: any(e[0] == "state" and e[2:] == (1, 5) for e in sim.events))
    sim.subscribe("PETRL80")
    texts = ("PETRL80", "F", "26/11/2015 00:00:00", "27/11/2015 00:00:00")
    assert sim.dll.GetHistoryTrades(*(sim.keep(text) for text in texts)) == 0
    sim.until_rest()
    sim.release()
    sim.until_rest()
    past, live = sim.of("history"), sim.of("trade")
    assert len(past) + len(live) == len(rows) and past and live
    assert [e[7] for e in [*past, *live]] == rows["qty"].tolist()
