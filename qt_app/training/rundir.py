"""The folder of one training run: what it was made from, what it predicted out of fold, and the fitted parts.

========================  ==================================================================================
``training.json``         ``RunFacts``; a folder without it is no run
``oof.parquet``           ``Oof``
``rows.parquet``          inputs (float32) and label of a sample of the rows, for the export's parity
``trees.txt``             LightGBM's text, or ``linear.json`` (``learners.learner(name).load`` reads either)
``scaler.json``           ``scaling.Scaler``
``calibrator.json``       ``calibration.Calibrator``
``dataset``               path of the dataset folder that the run was trained on
``report.html``           the same for people
========================  ==================================================================================
"""
from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.dataset.session import LabelRule
from qt_app.errors import DataError
from qt_app.replay.atomic import fresh_folder
from qt_app.votes import ACTIONS

FORMAT = "qt-run/1"
RUN_FILE = "training.json"
OOF_FILE = "oof.parquet"
ROWS_FILE = "rows.parquet"
SCALER_FILE = "scaler.json"
CALIBRATOR_FILE = "calibrator.json"
DATASET_FILE = "dataset"
REPORT_FILE = "report.html"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session of the run, final block included."""

    symbol: str
    day: str
    digest: str
    rows: int           # decision instants
    synthetic: bool


@dataclass(frozen=True, slots=True)
class FoldFacts:
    """Which sessions a fold was fitted on and tested on: indices into ``RunFacts.sessions``."""

    name: str
    train: tuple[int, ...]
    test: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What ``training.json`` holds.

    ``ranges`` (low, high) and ``deciles`` (nine inner ones) of each input in training; ``final`` the sessions put
    aside, never touched; ``threshold`` the probability from which a trade paid in training; ``trial`` the run's number
    in the ledger; ``data_sha256`` over the sessions' digests and the schema, whatever the label rule;
    ``metrics`` out of fold, ``metrics["folds"]`` one mapping per fold.
    """

    id: str
    model: str
    seed: int
    schema_id: str
    candle_seconds: float
    calendar: str
    inputs: tuple[str, ...]
    classes: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]
    deciles: tuple[tuple[float, ...], ...]
    synthetic: bool
    label_rule: LabelRule
    cost_model: Mapping[str, Any]
    sessions: tuple[SessionFacts, ...]
    folds: tuple[FoldFacts, ...]
    final: tuple[int, ...]
    parameters: Mapping[str, Any]
    threshold: float
    trial: int
    libraries: Mapping[str, str]
    code_version: str
    data_sha256: str
    metrics: Mapping[str, Any]
    format: str = FORMAT

    @property
    def symbol(self) -> str:
        """Symbols of the sessions, the one there is in nearly every run."""
        return " ".join(sorted({session.symbol for session in self.sessions}))


@dataclass(frozen=True, slots=True)
class Oof:
    """Out-of-fold predictions, one row per (resolved row, fold in which it was tested): (n,) each, ``p`` (n, 3)."""

    session: NDArray[np.int32]      # index into RunFacts.sessions
    ts_ns: NDArray[np.int64]
    fold: NDArray[np.int16]         # index into RunFacts.folds
    label: NDArray[np.int8]         # index into votes.ACTIONS
    weight: Floats
    p: Floats                       # calibrated, in the order of votes.ACTIONS

    def __len__(self) -> int:
        return len(self.ts_ns)


@dataclass(frozen=True, slots=True)
class Run:
    """A finished training run."""

    folder: Path
    facts: RunFacts

    def oof(self) -> Oof:
        """Raises DataError when the file cannot be read."""
        return read_oof(self.folder / OOF_FILE)

    def rows(self) -> NDArray[np.float32]:
        """(n, inputs) sample of the training rows. Raises DataError."""
        table = read_table(self.folder / ROWS_FILE)
        return np.column_stack([table[name].to_numpy() for name in self.facts.inputs]).astype(np.float32)

    @property
    def dataset(self) -> Path:
        """Folder of the sessions that it was trained on, final block included."""
        return Path((self.folder / DATASET_FILE).read_text(encoding="utf-8").strip())


def read_run(folder: Path) -> Run:
    """Raises DataError naming what is missing or does not fit."""
    path = folder / RUN_FILE
    try:
        raw = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise DataError(f"{folder} is no training run, {RUN_FILE} is missing: run `qt train --out {folder}` to its "
                        "end first") from None
    except (orjson.JSONDecodeError, OSError) as error:
        raise DataError(f"{path} cannot be read ({error}): train again") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise DataError(f"{path} is not of format {FORMAT}: train again with this version")
    return Run(folder, _facts(path, raw))


def write_facts(folder: Path, facts: RunFacts) -> None:
    (folder / RUN_FILE).write_bytes(dump(asdict(facts)))


def write_oof(path: Path, oof: Oof) -> None:
    named = {f"p_{action}": oof.p[:, i] for i, action in enumerate(ACTIONS)}
    table = pa.table({"session": oof.session, "ts_ns": oof.ts_ns, "fold": oof.fold, "label": oof.label,
                      "weight": oof.weight, **named})
    pq.write_table(table, path, compression="zstd")


def read_oof(path: Path) -> Oof:
    """Raises DataError."""
    table = read_table(path)
    column = {name: table[name].to_numpy() for name in table.column_names}
    p = np.column_stack([column[f"p_{action}"] for action in ACTIONS])
    return Oof(column["session"], column["ts_ns"], column["fold"], column["label"], column["weight"], p)


def write_rows(path: Path, inputs: tuple[str, ...], rows: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
    columns = {name: rows[:, i] for i, name in enumerate(inputs)}
    pq.write_table(pa.table({**columns, "label": labels}), path, compression="zstd")


def dump(document: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys; numpy's numbers as they are."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A temporary folder beside ``out`` that takes its place when the block ends well; an earlier run there goes then.

    Raises DataError when something else than a run or an empty folder is there.
    """
    refuse_occupied(out)
    temporary = fresh_folder(out)
    try:
        yield temporary
        if out.exists():
            shutil.rmtree(out)
        temporary.rename(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def refuse_occupied(out: Path) -> None:
    """DataError for a folder that holds something else than a run."""
    if out.exists() and not (out / RUN_FILE).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out} holds something else than a training run: choose another folder with --out")


def read_table(path: Path) -> pa.Table:
    """Raises DataError for a file that is missing or damaged."""
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be read ({str(error).splitlines()[0]}): train again") from error


def _facts(path: Path, raw: dict[str, Any]) -> RunFacts:
    names = {field.name for field in fields(RunFacts)}
    odd = sorted(names ^ set(raw))
    if odd:
        raise DataError(f"{path} has missing or unknown fields ({', '.join(odd)}): train again with this version")
    try:
        made = {**raw, "label_rule": LabelRule(**raw["label_rule"]),
                "sessions": tuple(SessionFacts(**one) for one in raw["sessions"]),
                "folds": tuple(FoldFacts(one["name"], tuple(one["train"]), tuple(one["test"])) for one in raw["folds"]),
                "ranges": tuple((float(low), float(high)) for low, high in raw["ranges"]),
                "deciles": tuple(tuple(edges) for edges in raw["deciles"]),
                **{name: tuple(raw[name]) for name in ("inputs", "classes", "final")}}
    except (TypeError, KeyError, ValueError) as error:
        raise DataError(f"{path} has a field that does not fit ({error}): train again") from error
    return RunFacts(**made)
