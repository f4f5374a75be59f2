"""One run's part of a day, from its folder: what was decided and refused, by whom, and how well certified."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from qt_app.agents.coordinator import TREND, VOLATILITY, regime
from qt_app.analysis.results import Floats, Result, Votes, read_result
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.inference import drift
from qt_app.inference.manifest import Manifest, read_manifest
from qt_app.journal.reader import Span
from qt_app.paths import shipped_models
from qt_app.registry.store import Registry
from qt_app.replay import served
from qt_app.replay.outputs import CERTIFICATE, MODELS
from qt_app.reports.records import Drift, FeatureUse, Parity, RunDay, VoterDay
from qt_app.votes import ACTIONS
from qt_core.features.registry import NAMES

#: Features and inputs that are named.
SHOWN, WORST = 10, 3
#: Decisions below which a correlation or a distribution says nothing.
ENOUGH = 100


@dataclass(frozen=True, slots=True)
class RunResults:
    """A run's decisions of the day; ``result`` None when it decided nothing then."""

    folder: Path
    result: Result | None
    refusals: Mapping[str, int]

    def at(self, ts_ns: int) -> tuple[str | None, dict[str, str]]:
        """Regime and the side that each voter leant to at a decision's instant."""
        if self.result is None or ts_ns not in self.result.ts_ns:
            return None, {}
        at = int(np.flatnonzero(self.result.ts_ns == ts_ns)[0])
        votes: dict[str, str] = {one.voter: ACTIONS[int(one.p[at].argmax())]
                                 for one in (*self.result.votes, self.result.joint) if one.voted[at]}
        return _regimes(self.result.rows[at:at + 1])[0], votes


def read_run(folder: Path, span: Span) -> RunResults | None:
    """None for a run that left no results. Raises DataError for results that cannot be read."""
    if not (folder / "summary.json").is_file():
        return None
    refusals = _table(folder / "refusals.parquet", span)
    counts = Counter(refusals.column("code").to_pylist())
    if not _table(folder / "votes.parquet", span).num_rows:
        return RunResults(folder, None, dict(counts.most_common()))
    whole = read_result(folder)
    inside = (whole.ts_ns >= span[0]) & (whole.ts_ns < span[1])
    return RunResults(folder, whole.where(inside), dict(counts.most_common()))


def run_day(home: Home, name: str, told: str, results: RunResults | None) -> RunDay:
    """``told``: what the run said of itself when it started. Recordings are not looked at: see ``findings``."""
    source, _, mode = told.partition(", ")
    if results is None:
        return RunDay(name, source or None, mode or None, complete=False)
    folder, found = results.folder, results.result
    models = served.from_json(_bytes(folder / MODELS), folder / MODELS)
    about: dict[str, Any] = {} if found is None else _decided(found)
    manifest = _manifest(home, models[0]) if models else None
    if found is not None and manifest is not None:
        about["drift"] = _drift(found, manifest)
    return RunDay(name, source or None, mode or None, complete=True, models=tuple(one.id for one in models),
                  refusals=results.refusals, parity=_parity(folder / CERTIFICATE), **about)


def _decided(found: Result) -> dict[str, Any]:
    actions = Counter(ACTIONS[at] for at in found.action.tolist())
    reasons = Counter(reason.split()[0] for reason, at in zip(found.joint.reasons, found.action.tolist(), strict=True)
                      if ACTIONS[at] == "hold" and reason not in ("", "HOLD"))
    return {"symbol": found.symbol, "synthetic": found.synthetic, "decisions": len(found), "actions": dict(actions),
            "held_back": dict(reasons.most_common()), "regimes": dict(Counter(_regimes(found.rows)).most_common()),
            "voters": tuple(_voter(one) for one in found.votes), "features": _uses(found)}


def _voter(votes: Votes) -> VoterDay:
    codes = Counter((reason.split() or ["NOT_ASKED"])[0]
                    for reason, voted in zip(votes.reasons, votes.voted.tolist(), strict=True) if not voted)
    return VoterDay(votes.voter, len(votes.p), int(votes.voted.sum()), dict(codes.most_common()), None)


def _regimes(rows: Floats) -> list[str]:
    """Of each row of the 65 features."""
    columns = rows[:, [NAMES.index(VOLATILITY), NAMES.index(TREND)]]
    return [regime(*row) for row in columns.tolist()]


def _uses(found: Result) -> tuple[FeatureUse, ...]:
    """The features that the model's lean moved with most closely, up or down."""
    model = found.votes[0]
    asked = model.voted
    if int(asked.sum()) < ENOUGH:
        return ()
    lean = pd.Series(model.p[asked][:, ACTIONS.index("buy")] - model.p[asked][:, ACTIONS.index("sell")]).rank()
    ranks = pd.DataFrame(found.rows[asked], columns=list(NAMES)).rank()
    known = {name: float(lean.corr(ranks[name])) for name in NAMES if ranks[name].std() > 0} if lean.std() > 0 else {}
    first = sorted((pair for pair in known.items() if np.isfinite(pair[1])), key=lambda pair: -abs(pair[1]))[:SHOWN]
    return tuple(FeatureUse(name, value) for name, value in first)


def _drift(found: Result, manifest: Manifest) -> Drift | None:
    rows: Floats = found.rows[:, [NAMES.index(name) for name in manifest.inputs]]
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not manifest.reference or len(rows) < ENOUGH:
        return None
    index = drift.indices(manifest.reference, rows)
    worst = np.argsort(index)[::-1][:WORST]
    return Drift(float(index.mean()), {manifest.inputs[at]: float(index[at]) for at in worst})


def _manifest(home: Home, wanted: served.ServedModel) -> Manifest | None:
    """Of the model that served first, from where it lay, from the home or from this release."""
    registry = Registry(home)
    places: Iterable[Path] = (Path(wanted.folder), *(registry.folder(name) for name in registry.names()),
                              shipped_models())
    for place in places:
        try:
            manifest = read_manifest(place)
        except DataError:
            continue
        if manifest.digest == wanted.digest:
            return manifest
    return None


def _parity(path: Path) -> Parity | None:
    document = read_json(path)
    return Parity(str(document["verdict"]), str(document["words"])) if document else None


def read_json(path: Path) -> dict[str, Any]:
    """Empty without the file. Raises DataError for one that is none."""
    content = _bytes(path)
    try:
        found: dict[str, Any] = orjson.loads(content) if content else {}
    except orjson.JSONDecodeError as error:
        raise DataError(f"{path}: no JSON ({error}); remove it, the report does without") from error
    return found


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _table(path: Path, span: Span) -> pa.Table:
    try:
        return pq.read_table(path, filters=[("ts_ns", ">=", span[0]), ("ts_ns", "<", span[1])])
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read ({str(error).splitlines()[0]}); `qt replay` makes a run's "
                        "results again of its recording") from error
