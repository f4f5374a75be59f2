"""The figures of a run, each beside what would have been had for nothing."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qt_app.training.equity import sharpe
from qt_app.training.models import Floats, Ints
from qt_app.training.rundir import Oof
from qt_app.votes import ACTIONS

#: Figures of a fold whose mean over all rows is the run's.
BY_ROW = ("log_loss", "log_loss_constant", "log_loss_logistic", "brier", "brier_constant", "accuracy",
          "accuracy_constant")


def scores(p: Floats, labels: Ints, shares: Floats) -> dict[str, float]:
    """Log-loss, Brier score and accuracy of (n, 3) probabilities, and of the training sessions' class ``shares``."""
    constant = np.tile(shares, (len(labels), 1))
    found = {f"{name}{suffix}": figure(said, labels) for suffix, said in (("", p), ("_constant", constant))
             for name, figure in (("log_loss", log_loss), ("brier", brier), ("accuracy", accuracy))}
    return found


def log_loss(p: Floats, labels: Ints) -> float:
    """Mean of −log p(label), in nats."""
    return float(-np.log(np.clip(p[np.arange(len(labels)), labels], 1e-15, 1.0)).mean())


def brier(p: Floats, labels: Ints) -> float:
    """Mean squared distance to the truth over all three classes (Brier 1950), 0 to 2."""
    return float(((p - np.eye(len(ACTIONS))[labels]) ** 2).sum(axis=1).mean())


def accuracy(p: Floats, labels: Ints) -> float:
    return float((p.argmax(axis=1) == labels).mean())


def overall(folds: Sequence[Mapping[str, Any]], oof: Oof) -> dict[str, Any]:
    """The run's figures from its folds' and from all predictions."""
    rows = np.array([fold["rows_test"] for fold in folds], dtype=np.float64)
    figures: dict[str, Any] = {name: float(np.average([fold[name] for fold in folds], weights=rows))
                               for name in BY_ROW if all(name in fold for fold in folds)}
    net = by_session(folds, "net_ticks")
    guess = oof.p.argmax(axis=1)
    return {
        **figures, "test_rows": int(rows.sum()), "folds": list(folds),
        "class_share": {action: float((oof.label == i).mean()) for i, action in enumerate(ACTIONS)},
        "reachable": {action: bool((guess == i).any()) for i, action in enumerate(ACTIONS)},
        "net_ticks": float(sum(net.values())), "sharpe": sharpe(np.array(list(net.values()))),
        "trades": int(sum(fold["trades"] for fold in folds)),
    }


def by_session(folds: Sequence[Mapping[str, Any]], name: str) -> dict[int, float]:
    """Net ticks by tested session, ascending; the mean over the folds that tested it."""
    found: dict[int, list[float]] = {}
    for fold in folds:
        for session, net in zip(fold["test"], fold[name], strict=True):
            found.setdefault(session, []).append(net)
    return {session: float(np.mean(found[session])) for session in sorted(found)}


def for_ledger(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    """What the trial ledger keeps of a run."""
    return {name: metrics[name] for name in ("log_loss", "brier", "accuracy", "net_ticks", "sharpe")}


def baseline_for_ledger(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    """What it keeps of the straight line that was fitted beside it."""
    net = by_session(metrics["folds"], "net_ticks_logistic")
    return {"log_loss": metrics["log_loss_logistic"], "net_ticks": float(sum(net.values())),
            "sharpe": sharpe(np.array(list(net.values())))}
