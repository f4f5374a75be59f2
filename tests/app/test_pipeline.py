"""The pipeline: a rehearsal before an instant leaves no trace in what is decided."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from qt_app.assembly import build_pipeline, choose_model
from qt_app.bench import stream
from qt_app.config import load
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.latency import STAGES
from qt_app.orders.account import Fill
from qt_app.pipeline import Pipeline, run_events
from qt_app.risk.reasons import Reason
from qt_app.votes import Decision
from qt_core._types import EVENT_DTYPE, Kind

CANDLES = 230


class Kept:
    def __init__(self) -> None:
        self.decisions: list[tuple[Any, ...]] = []

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        votes = tuple((vote.voter, vote.p, vote.age_ns, vote.reason) for vote in decision.votes)
        self.decisions.append((decision.seq, decision.ts_ns, decision.action, decision.p, decision.reason, votes,
                               row.tobytes(), readings.tobytes()))

    def record(self, kind: str, record: dict[str, Any]) -> None:
        self.decisions.append((kind, *record.items()))


def warm_pipeline(home: Path) -> Pipeline:
    config = load(Home(home), environ={})
    bounds = np.array([[stream.OPEN_NS, stream.OPEN_NS + 34_200 * stream.NS]], dtype=np.int64)
    model, without = choose_model(config, "b3")
    assert without is None
    return build_pipeline(config, instrument("WDOZ26"), bounds, model)


def run(home: Path, rehearsed: bool) -> list[tuple[Any, ...]]:
    pipeline, kept, events, done = warm_pipeline(home), Kept(), stream.prints(CANDLES).events(), 0
    pipeline.outputs.append(kept)
    while done < len(events):
        if rehearsed and pipeline.decisions:
            pipeline.rehearse()
        done = pipeline.engine.feed(events, done)
        pipeline.on_due()
    return kept.decisions


@pytest.mark.lengthy
def test_a_rehearsal_leaves_no_trace(tmp_path: Path) -> None:
    plain = run(tmp_path, rehearsed=False)
    assert any(decision[3] is not None for decision in plain)
    assert run(tmp_path, rehearsed=True) == plain


def test_stages_of_every_decision_are_measured(tmp_path: Path) -> None:
    pipeline, events, done = warm_pipeline(tmp_path), stream.prints(3).events(), 0
    while done < len(events):
        done = pipeline.engine.feed(events, done)
        pipeline.on_due()
    assert pipeline.latencies.count == pipeline.decisions > 0
    kept = {stage: pipeline.latencies.kept(stage) for stage in STAGES}
    assert (sum(kept[stage] for stage in STAGES[:-1]) == kept["total"]).all() and (kept["model"] > 0).all()


class Failing:
    """Stands in for a part of the decision, and raises when asked for the wrong time."""

    def __init__(self, part: Any, wrong: set[int]) -> None:
        self._part, self._wrong, self.calls = part, wrong, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)

    def vote(self, row: NDArray[np.float64]) -> Any:
        self.calls += 1
        if self.calls in self._wrong:
            raise RuntimeError("the session is gone")
        return self._part.vote(row)


def quote(pipeline: Pipeline, bid: int) -> None:
    event = np.zeros(1, EVENT_DTYPE)
    event["kind"], event["ts_ns"] = Kind.QUOTE, pipeline.engine.now_ns + 1_000_000
    event["price"], event["a"], event["qty"], event["id"] = bid, bid + 1, 5, 5
    run_events(pipeline, event)


def test_the_day_s_loss_is_seen_at_the_event_that_brings_it(tmp_path: Path) -> None:
    """Between two instants: the engine stops at the quote that reaches the limit, and at none before it."""
    pipeline, bid = warm_pipeline(tmp_path), stream.START_TICKS
    drive(pipeline)
    quote(pipeline, bid)
    engine, trader, decided = pipeline.engine, pipeline.trader, pipeline.decisions
    trader.account.fill(Fill(1, 0, engine.now_ns, 1, 1, bid, bid, bid), entry=True)
    trader.on_time(engine)
    engine.watch_prices(*trader.gate.watched_prices())
    floor, _ = trader.gate.watched_prices()
    assert floor is not None and bid - 100 <= floor <= bid - 99     # R$ 500 are 100 ticks of one contract, less costs
    quote(pipeline, floor + 1)
    assert trader.gate.leaving is None
    quote(pipeline, floor)
    assert trader.gate.leaving is Reason.DAILY_LOSS
    assert pipeline.decisions == decided
    assert trader.gate.watched_prices() == (None, None)


def drive(pipeline: Pipeline, candles: int = 10) -> None:
    events, done = stream.prints(candles).events(), 0
    while done < len(events):
        done = pipeline.engine.feed(events, done)
        pipeline.on_due()


def test_a_decision_that_fails_is_hold_and_counted(tmp_path: Path) -> None:
    pipeline, kept = warm_pipeline(tmp_path), Kept()
    pipeline.outputs.append(kept)
    pipeline.model = Failing(pipeline.model, {2, 3, 5})
    drive(pipeline)
    failed = [d for d in kept.decisions if str(d[4]).startswith("ERROR")]
    assert [d[4] for d in failed] == ["ERROR RuntimeError: the session is gone"] * 3
    assert {d[2] for d in failed} == {"hold"}
    gate = pipeline.trader.gate
    assert (gate.breakers.errors, gate.blocks) == (3, ())


def test_decisions_that_go_on_failing_halt(tmp_path: Path) -> None:
    pipeline = warm_pipeline(tmp_path)
    pipeline.model = Failing(pipeline.model, {4, 5, 6})
    drive(pipeline)
    assert pipeline.trader.gate.leaving is Reason.DECISION_ERRORS


def test_an_output_that_fails_ends_a_replay_and_is_left_out_of_a_run(tmp_path: Path) -> None:
    class Full(Kept):
        def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
            raise OSError("no space left on device")

    pipeline = warm_pipeline(tmp_path)
    full, kept = Full(), Kept()
    pipeline.outputs += [full, kept]
    with pytest.raises(OSError, match="no space"):
        drive(pipeline)
    left: list[object] = []
    pipeline = warm_pipeline(tmp_path)
    pipeline.outputs += [full, kept]
    pipeline.output_failed = lambda output, error: left.append(output)
    drive(pipeline)
    assert left == [full] and pipeline.outputs == [kept]
    assert len(kept.decisions) == pipeline.decisions
