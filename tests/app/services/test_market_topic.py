"""The topic ``market``: what is copied, how often, and what it says against the engine's own records."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import zmq
from numpy.typing import NDArray

from qt_app.assembly import build_pipeline, choose_model
from qt_app.bench import stream
from qt_app.config import load
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.latency import STAGES
from qt_app.orders.account import Fill
from qt_app.pipeline import Pipeline
from qt_app.services.broadcast import OPTIONS, Broadcaster
from qt_app.services.day import DayTeller
from qt_app.services.log import Log
from qt_app.services.market import BOOKS, CLASSES_US, MarketTeller
from qt_app.services.publish import Publisher
from qt_app.votes import Decision


class Kept:
    """Stands in for the broadcaster: shapes at once what its thread would shape later."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.days: list[dict[str, Any]] = []

    def send(self, topic: str, seq: int, ts_ns: int, payload: Callable[[], Mapping[str, Any]]) -> None:
        told = {"market": self.told, "history": self.days}[topic]
        told.append(orjson.loads(orjson.dumps({**payload(), "seq": seq, "ts_ns": ts_ns}, option=OPTIONS)))


class Decided:
    """Keeps what was decided, bit by bit."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        self.rows.append((decision.seq, decision.ts_ns, decision.action, decision.p, decision.reason, row.tobytes()))

    def record(self, kind: str, record: dict[str, Any]) -> None:
        self.rows.append((kind, *record.items()))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pipeline, Kept, Decided]:
    """A warm pipeline that decided every second, and what was told of it at two wall seconds per decision."""
    config = load(Home(tmp_path_factory.mktemp("home")), environ={})
    bounds = np.array([[stream.OPEN_NS, stream.OPEN_NS + 34_200 * stream.NS]], dtype=np.int64)
    model, _ = choose_model(config, "b3")
    pipeline, out, wall = build_pipeline(config, instrument("WDOZ26"), bounds, model), Kept(), iter(range(0, 10**6, 2))
    pipeline.outputs.append(MarketTeller(pipeline, out, dict.fromkeys, clock=lambda: float(next(wall))))  # type: ignore[arg-type]
    pipeline.outputs += [DayTeller(pipeline, out, list, clock=pipeline.outputs[0]._clock),   # type: ignore
                         decided := Decided()]
    pipeline.trader.account.fill(Fill(1, 0, stream.OPEN_NS, 1, 1, 10_800, 10_799, 10_798), entry=True)
    events, done = stream.prints(12).events(), 0
    while done < len(events):
        done = pipeline.engine.feed(events, done)
        pipeline.on_due()
    return pipeline, out, decided


@pytest.fixture(scope="module")
def ran(whole: tuple[Pipeline, Kept, Decided]) -> tuple[Pipeline, list[dict[str, Any]]]:
    return whole[0], whole[1].told


def test_the_day_so_far_is_of_every_decision_up_to_its_own(whole: tuple[Pipeline, Kept, Decided]) -> None:
    pipeline, out, decided = whole
    assert len(out.days) > 2
    for told in out.days:
        rows = np.array([np.frombuffer(row[-1]) for row in decided.rows
                         if isinstance(row[0], int) and row[1] <= told["ts_ns"]])
        assert told["spread"]["count"] == np.isfinite(rows).sum(axis=0).tolist()
        assert told["rows"]["ts_ns"][-1] == told["ts_ns"]
        assert np.array(told["rows"]["values"][-1], float) == pytest.approx(rows[-1], rel=1e-6, nan_ok=True)
    assert sum(told["bars"]["volume"]) == sum(
        row["volume"] for row in pipeline.engine.market.candles.recent(512)
        if row["start_ns"] <= told["bars"]["until_ns"])


def test_candles_and_prints_are_the_engines_own(ran: tuple[Pipeline, list[dict[str, Any]]]) -> None:
    pipeline, told = ran
    market, last = pipeline.engine.market, told[-1]
    kept = {int(row["start_ns"]): row for row in market.candles.recent(1000)}
    assert last["candles"]["start_ns"] == sorted(kept)[-len(last["candles"]["start_ns"]):]
    for i, start in enumerate(last["candles"]["start_ns"]):
        for name in ("open", "high", "low", "close", "volume", "buy", "sell"):
            assert last["candles"][name][i] == kept[start][name]
    rows = market.tape.recent_prints(market.tape.count)[: last["tape"]["count"]]
    assert last["tape"]["price"] == rows["price"][-len(last["tape"]["price"]):].tolist()


def test_no_print_is_missed_between_two_messages(ran: tuple[Pipeline, list[dict[str, Any]]]) -> None:
    told = ran[1]
    assert len(told) > 5
    for before, after in pairwise(told):
        assert after["tape"]["count"] - before["tape"]["count"] <= len(after["tape"]["ts_ns"])


def test_money_comes_in_three_assumptions(ran: tuple[Pipeline, list[dict[str, Any]]]) -> None:
    pipeline, told = ran
    money, bid = told[-1]["money"], told[-1]["quote"]["bid"]
    tick_value = pipeline.trader.account.instrument.tick_value_brl
    for book, cost in zip(BOOKS, (10_800, 10_799, 10_798), strict=True):
        assert money[book]["open_brl"] == (None if bid is None else pytest.approx((bid - cost) * tick_value))
    assert money["costs_brl"] == pytest.approx(pipeline.trader.account.costs_brl)


def test_latency_classes_hold_every_decision(ran: tuple[Pipeline, list[dict[str, Any]]]) -> None:
    last = ran[1][-1]["latency"]
    assert set(last["stages"]) == set(STAGES) and last["classes_us"] == list(CLASSES_US)
    counted = {sum(stage["counts"]) for stage in last["stages"].values()}
    assert counted == {ran[0].decisions}


def test_at_most_one_copy_in_a_second_of_the_wall_clock(tmp_path: Path) -> None:
    config = load(Home(tmp_path), environ={})
    bounds = np.array([[stream.OPEN_NS, stream.OPEN_NS + 34_200 * stream.NS]], dtype=np.int64)
    model, _ = choose_model(config, "b3")
    pipeline, out = build_pipeline(config, instrument("WDOZ26"), bounds, model), Kept()
    pipeline.outputs.append(MarketTeller(pipeline, out, dict.fromkeys, clock=lambda: 7.0))   # type: ignore[arg-type]
    events, done = stream.prints(3).events(), 0
    while done < len(events):
        done = pipeline.engine.feed(events, done)
        pipeline.on_due()
    assert pipeline.decisions > 3 and len(out.told) == 1


@pytest.mark.lengthy
def test_readers_that_never_read_change_no_decision(tmp_path: Path) -> None:
    """Five of them, with no room for more than one message each."""
    plain, watched = Decided(), Decided()
    run_through(tmp_path, plain)
    out = Broadcaster(0, "WDOZ26", True, lambda: (0, None, {}))
    with ExitStack() as stack:
        for _ in range(5):
            reader: zmq.Socket[bytes] = stack.enter_context(zmq.Context.instance().socket(zmq.SUB))
            reader.setsockopt(zmq.RCVHWM, 1)
            reader.setsockopt(zmq.LINGER, 0)
            reader.subscribe(b"")
            reader.connect(f"tcp://127.0.0.1:{out.port}")
        pipeline = run_through(tmp_path, watched, out)
        out.close()
    assert len(plain.rows) > 50 and watched.rows == plain.rows
    assert out.failed == 0 and out.sent > 2 * pipeline.decisions


def run_through(home: Path, kept: Decided, out: Broadcaster | None = None) -> Pipeline:
    """A short market through a pipeline; with ``out`` every decision is told, the market with it each time."""
    config = load(Home(home), environ={})
    bounds = np.array([[stream.OPEN_NS, stream.OPEN_NS + 34_200 * stream.NS]], dtype=np.int64)
    model, _ = choose_model(config, "b3")
    pipeline, wall = build_pipeline(config, instrument("WDOZ26"), bounds, model), iter(range(0, 10**6, 2))
    if out is not None:
        pipeline.outputs.append(MarketTeller(pipeline, out, dict.fromkeys, clock=lambda: float(next(wall))))
        pipeline.outputs.append(DayTeller(pipeline, out, list, clock=lambda: float(next(wall))))
        pipeline.outputs.append(Publisher(Log(Home(home), "ERROR", (), None), out, dict))
    pipeline.outputs.append(kept)
    events, done = stream.prints(14).events(), 0
    while done < len(events):
        done = pipeline.engine.feed(events, done)
        pipeline.on_due()
    return pipeline
