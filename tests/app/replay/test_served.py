"""Which models a recorded run served: from its own list, or from what its recording still tells."""
from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx")

from app.inference.bundles import SCHEMA, write_bundle

from qt_app.errors import DataError, ExitCode
from qt_app.home import Home
from qt_app.registry.store import Registry
from qt_app.replay import served
from qt_app.replay.served import ServedModel, from_json, key_of, load, of_run, to_json
from qt_core._types import EVENT_DTYPE, Control, Kind

FIRST, SECOND = (ServedModel(name, letter * 64, f"/models/{name}") for name, letter in (("one", "a"), ("two", "b")))


def recording(model: str | None, *, switches: bool = False) -> Any:
    events = np.zeros(3, dtype=EVENT_DTYPE)
    if switches:
        events[1]["kind"], events[1]["code"], events[1]["a"] = Kind.CONTROL, Control.MODEL, key_of(SECOND.digest)
    noted = {} if model is None else {served.KEY: model}
    return SimpleNamespace(metadata={"run_id": "r", **noted}, events=events)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data" / "runs" / "r"
    made.mkdir(parents=True)
    return made


def test_the_list_is_read_back_as_it_was_written(folder: Path) -> None:
    served.write(folder, to_json([FIRST, SECOND]))
    assert of_run(recording(FIRST.digest, switches=True), folder) == [FIRST, SECOND]
    assert served.of_recording(recording(FIRST.digest), folder.parent.parent / "20261118" / "WDOZ26") == [FIRST, SECOND]
    served.discard(folder)
    assert list(folder.iterdir()) == []


def test_a_recording_of_before_tells_nothing(folder: Path) -> None:
    assert of_run(recording(None), folder) is None


def test_a_run_without_a_model_had_none(folder: Path) -> None:
    served.write(folder, to_json([]))
    assert of_run(recording(""), folder) == []


def test_a_recording_alone_still_names_its_model_if_that_never_changed(folder: Path) -> None:
    found = of_run(recording(FIRST.digest), folder)
    assert found is not None and [model.digest for model in found] == [FIRST.digest]
    with pytest.raises(DataError, match="is not there; put that file back, or name a model with --model") as caught:
        of_run(recording(FIRST.digest, switches=True), folder)
    assert caught.value.code is ExitCode.DATA


def test_another_run_s_list_is_refused(folder: Path) -> None:
    served.write(folder, to_json([SECOND]))
    with pytest.raises(DataError, match="names another one"):
        of_run(recording(FIRST.digest, switches=True), folder)
    (folder / "models.json").write_text("[{}]")
    with pytest.raises(DataError, match="not what names a run's models"):
        from_json((folder / "models.json").read_bytes(), folder)


def test_the_very_model_is_found_where_it_lay_or_in_the_registry(tmp_path: Path) -> None:
    manifest = write_bundle(tmp_path / "made")
    home, here = Home(tmp_path / "home"), ServedModel.of(manifest, tmp_path / "made")
    found = load([here], None, SCHEMA)
    assert found is not None and found[0].manifest.digest == manifest.digest
    Registry(home).add(tmp_path / "made")
    write_bundle(tmp_path / "made", trial=5)        # another one lies there now
    found = load([here], home, SCHEMA)
    assert found is not None and found[0].folder == home.models / "known"
    with pytest.raises(DataError, match="where it is no more: put it back"):
        load([here], None, SCHEMA)
    with pytest.raises(DataError, match="not in this home"):
        load([ServedModel("that it began with", "c" * 64, "")], home, SCHEMA)


def test_a_replay_of_other_features_serves_none_of_them(tmp_path: Path) -> None:
    here = ServedModel.of(write_bundle(tmp_path / "made"), tmp_path / "made")
    assert load([here], None, "another schema") is None
    assert load(None, None, SCHEMA) is None and load([], None, SCHEMA) == []
