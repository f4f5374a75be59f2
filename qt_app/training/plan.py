"""Which sessions a training fits on, judges by and puts aside, after everything unusable was refused."""
from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from qt_app.dataset.session import SessionRows
from qt_app.dataset.windows import session_windows, warm_up_ns
from qt_app.errors import DataError
from qt_app.splits.folds import Fold
from qt_app.training import rundir, samples
from qt_app.training.fitting import FEWEST
from qt_app.training.order import TrainingOrder
from qt_app.training.provenance import code_version, libraries
from qt_app.training.samples import Sample

NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """``sessions`` in the order of time; ``made`` are the labelled rows of all but the ``final`` ones.

    ``data_sha256`` names the market: it stays the same under another label rule or other inputs, so that trials on it
    are counted together. ``key`` covers everything that decides the result.
    """

    order: TrainingOrder
    sessions: tuple[SessionRows, ...]
    folds: tuple[Fold, ...]
    final: tuple[int, ...]
    made: tuple[Sample, ...]
    data_sha256: str
    key: str

    @property
    def id(self) -> str:
        """What the run, and a model exported from it, is called."""
        kind = "synthetic-" if self.synthetic else ""
        return f"{samples.root(self.sessions[0].symbol).lower()}-{kind}{self.order.model}-{self.key[:8]}"

    @property
    def digests(self) -> tuple[str, ...]:
        return tuple(session.digest for session in self.sessions)

    @property
    def synthetic(self) -> bool:
        return any(session.synthetic for session in self.sessions)


def make(sessions: Sequence[SessionRows], order: TrainingOrder) -> Plan:
    """Raises DataError for sessions that cannot be trained on honestly."""
    ordered = tuple(sorted(sessions, key=lambda s: (s.open_ns, s.symbol, s.digest)))
    folds, final = order.layout.split(len(ordered))
    samples.refuse_unfit(ordered)
    rest = ordered[:len(ordered) - len(final)]
    embargo = warm_up_ns(round(order.candle_seconds * NS))
    folds = [_enough(fold.purged(session_windows(rest), embargo)) for fold in folds]
    made = _samples(rest, folds, order)
    market = rundir.dump({"digests": [session.digest for session in ordered], "schema": ordered[0].schema_id})
    data = hashlib.sha256(market).hexdigest()
    everything = rundir.dump({"order": order.facts(), "data": data, "rows": _rows_sha256(ordered), "final": final,
                              "code": code_version(), "libraries": libraries()})
    return Plan(order, ordered, tuple(folds), final, tuple(made), data, hashlib.sha256(everything).hexdigest())


def _enough(fold: Fold) -> Fold:
    if len(fold.train) < FEWEST:
        raise DataError(f"fold {fold.name} has {len(fold.train)} session to train on and needs {FEWEST}: take more "
                        "days, or a smaller test")
    return fold


def _samples(sessions: Sequence[SessionRows], folds: Sequence[Fold], order: TrainingOrder) -> list[Sample]:
    made = [samples.make(session, order.rule, order.inputs) for session in sessions]
    samples.refuse_empty(sessions, made)
    samples.refuse_one_sided(made, order.rule, "all sessions together")
    samples.refuse_constant(made, order.inputs)
    for fold in folds:
        samples.refuse_one_sided([made[i] for i in fold.train], order.rule, f"training sessions of fold {fold.name}")
    return made


def _rows_sha256(sessions: Sequence[SessionRows]) -> str:
    total = hashlib.sha256()
    for session in sessions:
        total.update(session.ts_ns.tobytes())
        total.update(session.rows.tobytes())
    return total.hexdigest()
