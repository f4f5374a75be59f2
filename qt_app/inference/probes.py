"""Rows that travel with a model, and the answers it gave to them at export: what tells a sound bundle from a false one.

A probe is ``{"row": [one value per input], "p": [p_sell, p_hold, p_buy]}``, always in the order of ``ACTIONS``.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.inference.manifest import Manifest
from qt_app.votes import ACTIONS, Action, Triple, Vote
from qt_core.features.registry import NAMES

#: The same graph on another processor may add its trees up in another order.
TOLERANCE = 1e-5
#: Rows chosen besides the most decided one of each class.
SPREAD = 9

Answer = Callable[[NDArray[np.float64]], Vote]


def choose(rows: NDArray[np.float32], p: NDArray[np.float64]) -> list[dict[str, Any]]:
    """The most decided row of each class and some from all over the sample; ``p`` (n, 3) in the order of ACTIONS."""
    spread = np.linspace(0, len(rows) - 1, min(SPREAD, len(rows))).astype(int).tolist()
    chosen = dict.fromkeys([*(int(column.argmax()) for column in p.T), *spread])
    return [{"row": rows[at].astype(np.float64).tolist(), "p": p[at].tolist()} for at in chosen]


def answered(vote: Answer, manifest: Manifest, path: Path) -> list[Vote]:
    """The model's votes on its probes, through the same door as live rows, once they are those of the export.

    Raises DataError.
    """
    if not manifest.probes:
        raise DataError(f"model {manifest.id} carries no probes, so nothing shows that {path} answers as it did when "
                        "it was exported: export it again with `qt export-onnx`")
    columns, votes = [NAMES.index(name) for name in manifest.inputs], []
    for number, probe in enumerate(manifest.probes, start=1):
        row = np.full(len(NAMES), np.nan)
        try:
            row[columns] = np.array(probe["row"], dtype=np.float64).reshape(len(columns))
            wanted = _expected(probe)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"model {manifest.id} carries a probe that is none ({error}): export it again") from error
        votes.append(_same(vote(row), wanted, f"model file {path} answers probe {number}"))
    return votes


def _same(found: Vote, wanted: Triple, what: str) -> Vote:
    """The vote, if it is the expected one. Raises DataError."""
    if found.p is None or max(abs(a - b) for a, b in zip(found.p, wanted, strict=True)) > TOLERANCE:
        said = found.reason if found.p is None else ", ".join(f"{value:.4f}" for value in found.p)
        raise DataError(f"{what} with {said}, its manifest says {', '.join(f'{value:.4f}' for value in wanted)} (sell, "
                        "hold, buy): columns or classes are not where they were; restore the bundle, or export it "
                        "again")
    return found


def strongest(votes: Sequence[Vote]) -> dict[Action, Vote]:
    """The vote with the most probability for each action; every vote has one."""
    return {action: max(votes, key=lambda vote: (vote.p or ())[place]) for place, action in enumerate(ACTIONS)}


def _expected(probe: Mapping[str, Any]) -> Triple:
    sell, hold, buy = probe["p"]
    return float(sell), float(hold), float(buy)
