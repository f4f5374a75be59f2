"""A candidate votes on every row beside the champion, is written down, and counts for nothing.

An output of the pipeline: it is called after the decision was acted on. Both models' votes, the decisions that each
would have led to with the same agents, and the instant's quotes (null unless the market is open) go to
``shadow-NNNN.parquet`` in the run's folder, a part whenever one is full: a killed run loses one part at most.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import thread_time_ns
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.inference.model import OnnxModel
from qt_app.pipeline import Pipeline
from qt_app.replay.atomic import written_file
from qt_app.replay.served import digest_of
from qt_app.risk.view import MarketView
from qt_app.votes import Decision, Vote
from qt_core._types import Phase

ROWS_PER_PART = 1024
#: Off when this share of the last ``COSTS`` votes took longer than allowed.
TOO_OFTEN, COSTS = 0.05, 200

_P = ("sell", "hold", "buy")
LAYOUT = pa.schema([
    ("ts_ns", pa.int64()), ("seq", pa.int64()), ("champion", pa.string()), ("challenger", pa.string()),
    *((f"champion_{name}", pa.float64()) for name in _P), *((f"challenger_{name}", pa.float64()) for name in _P),
    ("champion_action", pa.string()), ("challenger_action", pa.string()), ("bid", pa.int32()), ("ask", pa.int32()),
])


class Shadow:
    """``model`` votes beside the pipeline's own; ``name`` is its bundle. ``too_dear`` is told once, when it stops.

    ``limit_us``: what one vote may cost of the thread's own time, so that a busy machine is no fault of the candidate.
    ``meta`` goes into the files: symbol, synthetic.
    """

    def __init__(self, model: OnnxModel, name: str, pipeline: Pipeline, folder: Path, *, limit_us: float,
                 too_dear: Callable[[str], None], meta: Mapping[str, str]) -> None:
        self.model, self.name = model, name
        self.rows = self.over = 0
        self.on = True
        self._pipeline, self._folder, self._too_dear = pipeline, folder, too_dear
        self._limit_ns = limit_us * 1000.0
        self._late = np.zeros(COSTS, dtype=bool)
        self._layout = LAYOUT.with_metadata(dict(meta))
        self._kept: list[tuple[Any, ...]] = []

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        if not self.on or not decision.votes:
            return
        began = thread_time_ns()
        vote = self.model.vote(row)
        weights = self._pipeline.panel.coordinator.weights(row.tolist())
        other = self._pipeline.consensus.decide(decision.seq, decision.ts_ns, vote, decision.votes[1:], weights)
        self._keep(decision, other, vote)
        self._count(thread_time_ns() - began)

    def record(self, kind: str, record: dict[str, Any]) -> None:
        """Votes alone are kept."""

    def close(self) -> None:
        """Write what is kept."""
        if self._kept:
            columns = [pa.array(column, type=field.type)
                       for column, field in zip(zip(*self._kept, strict=True), self._layout, strict=True)]
            self._folder.mkdir(parents=True, exist_ok=True)
            number = 1 + len(list(self._folder.glob("shadow-*.parquet")))
            with written_file(self._folder / f"shadow-{number:04d}.parquet") as path:
                pq.write_table(pa.table(columns, self._layout), path, compression="zstd")
            self._kept.clear()

    def _keep(self, decision: Decision, other: Decision, vote: Vote) -> None:
        engine, ours = self._pipeline.engine, self._pipeline.model
        view = MarketView.of(engine.market, decision.ts_ns)
        quotes = (view.bid, view.ask) if view.phase == Phase.OPEN else (None, None)
        self._kept.append((decision.ts_ns, decision.seq, digest_of(ours), self.model.manifest.digest,
                           *_triple(decision.votes[0]), *_triple(vote), decision.action, other.action, *quotes))
        self.rows += 1
        if len(self._kept) == ROWS_PER_PART:
            self.close()

    def _count(self, cost_ns: int) -> None:
        """A candidate that takes the time that the next decision needs is switched off."""
        late = cost_ns > self._limit_ns
        self.over += late
        self._late[self.rows % COSTS] = late
        if self._late.sum() > TOO_OFTEN * COSTS:
            self.on = False
            self._too_dear(f"{self.over} of {self.rows} votes of the shadow {self.name} took more than "
                           f"{self._limit_ns / 1000:g} µs")


def _triple(vote: Vote) -> tuple[float | None, ...]:
    return vote.p if vote.p is not None else (None, None, None)
