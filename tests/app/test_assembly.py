"""Which model a run serves: a broken one is refused, the shipped one stays out of sessions it was not trained on."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qt_app.assembly import choose_model
from qt_app.config import Config, load
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.paths import shipped_models
from qt_app.registry import serving


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(Home(tmp_path), environ={})


def test_the_shipped_model_is_served_on_its_own_calendar(config: Config) -> None:
    model, without = choose_model(config, "b3")
    assert model.id is not None
    assert without is None


def test_the_shipped_model_is_left_out_of_other_sessions(config: Config) -> None:
    model, without = choose_model(config, "none")
    assert model.id is None
    assert without is not None and "feature schema" in without


def test_a_broken_shipped_model_is_refused(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models"
    shutil.copytree(shipped_models(), folder)
    next(folder.glob("*.onnx")).write_bytes(b"not the graph")
    monkeypatch.setattr(serving, "shipped_models", lambda: folder)
    with pytest.raises(DataError, match="sha256"):
        choose_model(config, "b3")


def test_a_model_that_was_asked_for_must_fit(tmp_path: Path) -> None:
    config = load(Home(tmp_path), {"model.path": str(shipped_models())}, environ={})
    with pytest.raises(DataError, match="feature schema"):
        choose_model(config, "none")
