"""What cannot be trained on honestly is refused with the reason and the remedy, and leaves nothing behind."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("lightgbm")
pytest.importorskip("optuna")

from app.training.training_kit import RULE, changed, session, world

from qt_app.dataset.session import LabelRule, SessionRows
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.training.inputs import chosen
from qt_app.training.order import Layout, TrainingOrder
from qt_app.training.run import train
from qt_core.features.registry import NAMES


def run(sessions: list[SessionRows], folder: Path, order: TrainingOrder) -> None:
    train(sessions, order, home=Home(folder / "home"), out=folder / "run", dataset=folder / "dataset")


@pytest.mark.parametrize(("layout", "count", "words"), [
    (Layout(), 3, "training needs 4, 2 to fit on, 1 to judge by and 1 put aside"),
    (Layout(final=4), 6, "training needs 7"),
    (Layout(train=9), 6, "9 to train on"),
    (Layout("cpcv", groups=3), 5, "needs 2: take more"),
])
def test_too_few_sessions_are_refused(layout: Layout, count: int, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words):
        run(world(count, rows=60), tmp_path, TrainingOrder(RULE, chosen(), layout=layout))


def still(sessions: list[SessionRows]) -> list[SessionRows]:
    for one in sessions:
        one.rows[:, NAMES.index("returns_1")] = 0.25
    return sessions


@pytest.mark.parametrize(("sessions", "rule", "words"), [
    (lambda: still(world(5, rows=60)), RULE, "constant in every session: returns_1"),
    (lambda: world(5, rows=60), LabelRule("horizon", 30.0, 0.0, 0.5, 500.0), "dead zone of 500 ticks"),
    (lambda: [*world(5, rows=60), session(4, rows=60)], RULE, "hold the same events"),
    (lambda: [*world(5, rows=60), changed(session(4, rows=60), digest="other")], RULE, "overlap in time"),
    (lambda: [*world(4, rows=60), changed(session(4, rows=60), schema_id="old")], RULE, "other feature definitions"),
])
def test_bad_input_is_refused_and_leaves_nothing(sessions: Callable[[], list[SessionRows]], rule: LabelRule, words: str,
                                                tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words):
        run(sessions(), tmp_path, TrainingOrder(rule, chosen()))
    assert list(tmp_path.iterdir()) == []


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").touch()
    with pytest.raises(DataError, match="something else"):
        run(world(5, rows=60), tmp_path, TrainingOrder(RULE, chosen()))
