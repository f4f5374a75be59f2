"""The report: self-contained, in two languages, its figures those of the run, the synthetic mark where it belongs."""
from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from qt_app.catalogue.training import WORDS
from qt_app.dataset.session import LabelRule
from qt_app.training.report import Report, reliability
from qt_app.training.rundir import FoldFacts, Oof, RunFacts, SessionFacts


def fold(name: str, train: list[int], test: list[int], net: float) -> dict[str, object]:
    return {"name": name, "train": train, "test": test, "rows_test": 100, "log_loss": 0.9, "log_loss_constant": 1.0,
            "log_loss_logistic": 0.95, "accuracy": 0.55, "calibrator": "dirichlet", "rounds": 12, "threshold": 1.01,
            "trades": 3, "hit_rate": None, "net_ticks": [net], "net_ticks_logistic": [net / 2]}


@pytest.fixture
def facts() -> RunFacts:
    metrics = {"log_loss": 0.9, "log_loss_constant": 1.0, "log_loss_logistic": 0.95, "brier": 0.5,
               "brier_constant": 0.6, "accuracy": 0.55, "accuracy_constant": 0.5, "net_ticks": 10.0, "sharpe": None,
               "class_share": {"sell": 0.2, "hold": 0.6, "buy": 0.2},
               "families": [{"head": "returns_1", "members": ["returns_1", "returns_2"], "importance": 1.0}],
               "folds": [fold("walk-1", [0, 1], [2], 4.0), fold("walk-2", [0, 2], [3], 6.0)]}
    sessions = tuple(SessionFacts("WDOZ26", f"2026-11-{day}", str(day), 100, True) for day in range(10, 15))
    return RunFacts("wdo-<b>", "lightgbm", 1, "ab", 5, "b3", ("returns_1", "returns_2"), ("sell", "hold", "buy"),
                    ((0.0, 1.0),) * 2, ((0.1,) * 9,) * 2, True, LabelRule("horizon", 60.0, 0.0, 0.5, 1.0),
                    {"tick_value_brl": 5.0, "round_trip_brl": 2.5}, sessions,
                    (FoldFacts("walk-1", (0, 1), (2,)), FoldFacts("walk-2", (0, 2), (3,))), (4,), {"rounds": 12}, 0.4,
                    7, {"numpy": "2"}, "3+ab", "f" * 64, metrics)


@pytest.fixture
def oof() -> Oof:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 200).astype(np.int8)
    return Oof(np.zeros(200, np.int32), np.arange(200), np.zeros(200, np.int16), label,
               np.ones(200), rng.dirichlet([1, 1, 1], 200))


@pytest.mark.lengthy
def test_it_stands_alone_and_says_synthetic(facts: RunFacts, oof: Oof) -> None:
    shown = Report(facts, oof, "pt_BR").html()
    assert "SINTÉTICO" in shown
    assert 'lang="pt-BR"' in shown
    assert not re.search(r"(src|href)=|<script|https?://", shown)
    assert "wdo-&lt;b&gt;" in shown
    assert shown.count("<svg") == 3
    real = dataclasses.replace(facts, synthetic=False)
    assert "SINTÉTICO" not in Report(real, oof, "pt_BR").html()


@pytest.mark.lengthy
def test_its_figures_are_those_of_the_run(facts: RunFacts, oof: Oof) -> None:
    shown = Report(facts, oof, "en").html()
    for words in ("0.9000", "0.9500", "1.0000", "R$ 50.00", "R$ 25.00", "walk-2", "2026-11-10 – 2026-11-12 (2)",
                  "2026-11-14", "never", "returns_1, returns_2", "R$ 2.50"):
        assert words in shown, words


def test_a_result_no_better_than_nothing_is_said_to_be_so(facts: RunFacts, oof: Oof) -> None:
    worse = dataclasses.replace(facts, metrics={**facts.metrics, "log_loss": 1.1, "net_ticks": -3.0})
    assert "no better than the class shares" in Report(worse, oof, "en").said()
    assert "nothing after costs" in Report(worse, oof, "en").said()


def test_a_curve_lies_on_the_diagonal_when_probabilities_come_true() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(50_000)
    points = reliability(p, (rng.random(50_000) < p).astype(np.float64))
    assert len(points) == 10
    assert max(abs(x - y) for x, y in points) < 0.02


def test_both_languages_have_the_same_words() -> None:
    assert set(WORDS["pt_BR"]) == set(WORDS["en"])
