"""The pipeline: a rehearsal before an instant leaves no trace in what is decided."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.assembly import build_pipeline, choose_model
from qt_app.bench import stream
from qt_app.config import load
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.pipeline import Pipeline
from qt_app.votes import Decision

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
    assert (pipeline.latencies.kept("total") >= pipeline.latencies.kept("model")).all()
