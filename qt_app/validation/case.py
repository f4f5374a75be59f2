"""A training run and the sessions behind it, checked against each other before anything is judged."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

import numpy as np
from numpy.typing import NDArray

from qt_app.dataset.labels import label
from qt_app.dataset.session import Labels, SessionRows
from qt_app.dataset.store import read_sessions
from qt_app.errors import DataError
from qt_app.training.rundir import Oof, Run, read_run
from qt_app.validation.metrics import Scored
from qt_app.validation.money import choose

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Path:
    """One out-of-fold prediction for each tested row, in order of session and time: (n,) each, ``p`` (n, 3).

    ``session`` is an index into the run's sessions, ``row`` a row of that session.
    """

    session: Ints
    row: Ints
    fold: Ints
    label: Ints
    weight: Floats
    p: Floats

    def __len__(self) -> int:
        return len(self.row)

    @property
    def scored(self) -> Scored:
        return Scored(self.session, self.label, self.weight, self.p)


@dataclass(frozen=True, slots=True)
class Case:
    """``sessions`` and ``labels`` of the whole run, final block included; ``tested`` the sessions with predictions.

    Walk-forward gives one path; combinatorial folds predict a row several times and give as many.
    """

    run: Run
    sessions: tuple[SessionRows, ...]
    labels: tuple[Labels, ...]
    tested: tuple[int, ...]
    paths: tuple[Path, ...]

    def sides(self, path: Path, min_confidence: float) -> list[Ints]:
        """Per tested session (rows,) the side that the gate lets through; 0 where nothing was predicted."""
        return spread(choose(path.p, min_confidence), path, self.tested, self.sessions)


def spread(values: Ints, path: Path, tested: Sequence[int], sessions: Sequence[SessionRows]) -> list[Ints]:
    """(n,) values of a path's rows as one full-length array per tested session, 0 elsewhere."""
    found = []
    for index in tested:
        own = path.session == index
        full = np.zeros(len(sessions[index]), dtype=np.int64)
        full[path.row[own]] = values[own]
        found.append(full)
    return found


def read_case(folder: FilePath) -> Case:
    """Raises DataError when a part is missing or the run was not made from the sessions that lie there now."""
    run = read_run(folder)
    sessions = _sessions(run)
    labels = tuple(label(session, run.facts.label_rule, run.facts.inputs) for session in sessions)
    oof = run.oof()
    if not len(oof):
        raise DataError(f"{folder} predicts no row out of fold: train on more sessions")
    return Case(run, sessions, labels, tuple(np.unique(oof.session).tolist()), _paths(folder, oof, sessions, labels))


def _sessions(run: Run) -> tuple[SessionRows, ...]:
    """The run's sessions in the run's order."""
    there = {session.digest: session for session in read_sessions(run.dataset)}
    absent = [f"{facts.symbol} of {facts.day}" for facts in run.facts.sessions if facts.digest not in there]
    if absent:
        raise DataError(f"{run.dataset} lacks {', '.join(absent)}, which {run.folder} was trained on: put the dataset "
                        "back or train again")
    found = tuple(there[facts.digest] for facts in run.facts.sessions)
    odd = sorted({session.schema_id for session in found} - {run.facts.schema_id})
    if odd:
        raise DataError(f"{run.dataset} holds features of schema {odd[0]}, the run was trained on "
                        f"{run.facts.schema_id}: train again")
    return found


def _paths(folder: FilePath, oof: Oof, sessions: Sequence[SessionRows], labels: Sequence[Labels]) -> tuple[Path, ...]:
    """The k-th path takes each row's k-th prediction, by fold."""
    order = np.lexsort((oof.fold, oof.ts_ns, oof.session))
    session, ts_ns = oof.session[order].astype(np.int64), oof.ts_ns[order]
    row = _rows(folder, session, ts_ns, sessions)
    own = oof.label[order].astype(np.int64)
    _agree(folder, session, row, own, labels)
    first = np.concatenate([[True], (np.diff(session) != 0) | (np.diff(row) != 0)])
    starts = np.flatnonzero(first)
    rank = np.arange(len(row)) - np.repeat(starts, np.diff(np.append(starts, len(row))))
    fold, weight, p = oof.fold[order].astype(np.int64), oof.weight[order], oof.p[order]
    return tuple(Path(*(column[rank == k] for column in (session, row, fold, own, weight, p)))
                 for k in range(int(rank.max()) + 1))


def _rows(folder: FilePath, session: Ints, ts_ns: Ints, sessions: Sequence[SessionRows]) -> Ints:
    row = np.zeros(len(session), dtype=np.int64)
    for index in np.unique(session):
        if not 0 <= index < len(sessions):
            raise DataError(f"{folder} predicts session {index} of {len(sessions)}: train again")
        own, instants = session == index, sessions[index].ts_ns
        row[own] = np.minimum(np.searchsorted(instants, ts_ns[own]), len(instants) - 1)
        if not (instants[row[own]] == ts_ns[own]).all():
            raise DataError(f"{folder} predicts instants that {sessions[index].symbol} of {sessions[index].day} does "
                            "not have: train again")
    return row


def _agree(folder: FilePath, session: Ints, row: Ints, own: Ints, labels: Sequence[Labels]) -> None:
    """Labels in the run are those that its rule gives on its sessions now."""
    for index in np.unique(session):
        mine = session == index
        made = labels[index]
        if not (made.resolved[row[mine]].all() and (made.label[row[mine]] == own[mine]).all()):
            raise DataError(f"{folder}: labels of session {index} are not those of its label rule on its dataset: "
                            "the dataset or the predictions were changed; train again")
