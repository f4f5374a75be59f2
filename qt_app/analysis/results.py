"""The result folder of a run or a replay as arrays: what was seen, what each voter said, what was decided."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.replay.source import read_metadata
from qt_app.votes import ACTIONS
from qt_core.features.registry import NAMES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_P = [f"p_{action}" for action in ACTIONS]


@dataclass(frozen=True, slots=True)
class Votes:
    """One voter at each instant: ``p`` (n, 3), NaN where it abstained; ``reasons`` (n,) texts."""

    voter: str
    p: Floats
    reasons: tuple[str, ...]

    @property
    def voted(self) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = ~np.isnan(self.p[:, 0])
        return known


@dataclass(frozen=True, slots=True)
class Result:
    """Decisions with votes, oldest first: ``ts_ns`` (n,), ``rows`` (n, 65), ``action`` (n,) index into ACTIONS. The
    first of ``votes`` is the model's; ``joint`` is the consensus. ``failed`` decisions came about without votes and are
    not among them."""

    folder: Path
    symbol: str
    synthetic: bool
    candle_seconds: float
    ts_ns: Ints
    rows: Floats
    action: Ints
    votes: tuple[Votes, ...]
    joint: Votes
    failed: int

    def __len__(self) -> int:
        return len(self.ts_ns)

    def where(self, chosen: NDArray[np.bool_]) -> Result:
        """The decisions that are chosen, (n,)."""
        return replace(self, ts_ns=self.ts_ns[chosen], rows=self.rows[chosen], action=self.action[chosen],
                       votes=tuple(_kept(one, chosen) for one in self.votes), joint=_kept(self.joint, chosen))

    @property
    def every_ns(self) -> int:
        """Event time between decisions: the shortest there is."""
        return int(np.diff(self.ts_ns).min()) if len(self) > 1 else 1_000_000_000


def read_result(folder: Path) -> Result:
    """Raises DataError for a folder that holds no votes and decisions, or none at all in them."""
    tables = {name: _read(folder, name) for name in ("features", "votes", "decisions")}
    metadata = read_metadata(tables["decisions"].schema)
    ts_ns = _column(tables["decisions"], "ts_ns")
    voters = list(dict.fromkeys(tables["votes"].column("voter").to_pylist()))
    if not voters:
        raise DataError(f"{folder}: nobody voted in it; give the folder of a run that decided something")
    votes = [_votes(tables["votes"], voter, ts_ns) for voter in voters]
    joint = Votes("consensus", _triples(tables["decisions"]), tuple(tables["decisions"].column("reason").to_pylist()))
    heard = np.isin(ts_ns, _column(tables["votes"], "ts_ns"))
    names = tables["decisions"].column("action").to_pylist()
    return Result(
        folder, metadata.get("symbol", ""), metadata.get("synthetic") == "true",
        float(metadata.get("candle_seconds", "5")), ts_ns[heard], _rows(tables["features"], folder)[heard],
        np.array([ACTIONS.index(name) for name in names], dtype=np.int64)[heard],
        tuple(_kept(one, heard) for one in votes), _kept(joint, heard), int((~heard).sum()))


def _read(folder: Path, name: str) -> pa.Table:
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise DataError(f"{folder}: holds no {name}.parquet; give the folder of a run (data/runs/...) or of qt replay "
                        "--out, in the format parquet")
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read ({str(error).splitlines()[0]}); replay the recording again") from error


def _rows(table: pa.Table, folder: Path) -> Floats:
    absent = [name for name in NAMES if name not in table.column_names]
    if absent:
        raise DataError(f"{folder}: its features.parquet lacks {absent[0]}: it is of another version; replay the "
                        "recording again")
    return np.column_stack([table.column(name).to_numpy() for name in NAMES])


def _votes(table: pa.Table, voter: str, ts_ns: Ints) -> Votes:
    """Placed by the instant: a decision instant comes once, the engine's count may not move between two."""
    own = table.filter(pa.compute.equal(table.column("voter"), voter))
    place = np.searchsorted(ts_ns, _column(own, "ts_ns"))
    p = np.full((len(ts_ns), len(ACTIONS)), np.nan)
    p[place] = _triples(own)
    reasons = np.full(len(ts_ns), "", dtype=object)
    reasons[place] = own.column("reason").to_pylist()
    return Votes(voter, p, tuple(reasons.tolist()))


def _kept(votes: Votes, heard: NDArray[np.bool_]) -> Votes:
    return Votes(votes.voter, votes.p[heard], tuple(np.array(votes.reasons, dtype=object)[heard].tolist()))


def _triples(table: pa.Table) -> Floats:
    return np.column_stack([table.column(name).to_numpy(zero_copy_only=False).astype(np.float64) for name in _P])


def _column(table: pa.Table, name: str) -> Ints:
    found: Ints = table.column(name).to_numpy()
    return found
