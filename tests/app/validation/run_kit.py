"""Training runs of the tests: real folders, invented predictions."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qt_app.dataset.labels import label
from qt_app.dataset.session import LabelRule, SessionRows
from qt_app.dataset.store import write_sessions
from qt_app.training.rundir import (
    DATASET_FILE,
    OOF_FILE,
    FoldFacts,
    Oof,
    RunFacts,
    SessionFacts,
    write_facts,
    write_oof,
)
from qt_app.votes import ACTIONS
from qt_core.features.registry import NAMES

RULE = LabelRule("horizon", 20.0, 0.0, 0.3, 0.3)
INPUTS = ("returns_1", "returns_5", "returns_20", "order_flow_imbalance_10")
#: (session, its labels) -> (resolved rows, 3).
Says = Callable[[SessionRows, Any, np.random.Generator], np.ndarray]


def flow_says(session: SessionRows, made: Any, random: np.random.Generator) -> np.ndarray:
    """What the driven market's flow tells of the next seconds, as far as a softmax can say it."""
    x = session.rows[made.resolved, NAMES.index("order_flow_imbalance_10")]
    raw = np.exp(np.column_stack([-1.6 * x, np.full(len(x), -2.0), 1.6 * x]))
    return raw / raw.sum(axis=1, keepdims=True)


def random_says(session: SessionRows, made: Any, random: np.random.Generator) -> np.ndarray:
    return random.dirichlet([3.0, 0.5, 3.0], size=int(made.resolved.sum()))


def write_run(folder: Path, sessions: Sequence[SessionRows], says: Says = random_says, *, folds: int = 2,
              times: int = 1, final: int = 1, warm: int = 1, trial: int = 1, **changed: Any) -> Path:
    """``warm`` sessions only train, the ``final`` last ones are put aside, the others are tested ``times`` over."""
    write_sessions(folder / "data", sessions)
    made = [label(s, RULE, INPUTS) for s in sessions]
    random = np.random.default_rng(1)
    tested = range(warm, len(sessions) - final)
    parts = [part.tolist() for part in np.array_split(np.array(tested), folds)] * times
    facts = [FoldFacts(f"walk-{k + 1}", tuple(range(part[0])) if times == 1 else (0,), tuple(part))
             for k, part in enumerate(parts)]
    run = folder / "run"
    run.mkdir()
    (run / DATASET_FILE).write_text(str(folder / "data"))
    write_oof(run / OOF_FILE, _oof(sessions, made, facts, says, random))
    values = np.concatenate([s.rows[:, [NAMES.index(n) for n in INPUTS]] for s in sessions])
    fields: dict[str, Any] = {
        "id": "run-1", "model": "lightgbm", "seed": 1, "schema_id": sessions[0].schema_id, "candle_seconds": 5.0,
        "calendar": "b3", "inputs": INPUTS, "classes": ACTIONS,
        "ranges": tuple((float(np.nanmin(c)), float(np.nanmax(c))) for c in values.T),
        "deciles": tuple(tuple(np.nanquantile(c, np.arange(1, 10) / 10).tolist()) for c in values.T), "synthetic": True,
        "label_rule": RULE, "cost_model": {}, "folds": tuple(facts), "final": tuple(range(len(sessions)))[-final:],
        "sessions": tuple(SessionFacts(s.symbol, s.day, s.digest, int(m.resolved.sum()), True)
                          for s, m in zip(sessions, made, strict=True)),
        "parameters": {}, "threshold": 0.5, "trial": trial, "libraries": {}, "code_version": "0",
        "data_sha256": "0" * 64, "metrics": {}}
    write_facts(run, RunFacts(**(fields | changed)))
    return run


def _oof(sessions: Sequence[SessionRows], made: Sequence[Any], folds: Sequence[FoldFacts], says: Says,
         random: np.random.Generator) -> Oof:
    pieces = []
    for number, fold in enumerate(folds):
        for index in fold.test:
            keep, own = made[index].resolved, made[index]
            p = says(sessions[index], own, random)
            pieces.append((np.full(len(p), index), sessions[index].ts_ns[keep], np.full(len(p), number),
                           own.label[keep], own.weight[keep], p))
    session, ts, fold_of, labels, weight, p = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return Oof(session.astype(np.int32), ts, fold_of.astype(np.int16), labels.astype(np.int8), weight, p)
