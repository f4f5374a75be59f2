"""What may be deployed: the verdict's gate, what overrides it, and what becomes of a home where no engine runs."""
from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("onnx")

from app.inference.bundles import write_bundle
from app.registry.model_market import INPUTS, SCHEMA

from qt_app.alerts.jsonl import read_rows
from qt_app.assembly import choose_model
from qt_app.cli.main import qt
from qt_app.config import load
from qt_app.errors import DataError, ExitCode, QtError, RefusedError
from qt_app.home import Home
from qt_app.inference.manifest import read_manifest
from qt_app.paths import shipped_models
from qt_app.registry import opening, serving
from qt_app.registry.deploy import deploy, rollback
from qt_app.registry.store import Note, Registry

WHO = Note("tester", "because")
DATA = "d" * 64


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def judged(folder: Path, name: str, word: str | None, **fields: Any) -> Path:
    verdict = None if word is None else {"format": "qt-verdict/1", "run": name, "verdict": word, "data_sha256": DATA,
                                         "reasons": ["net P&L is negative at 250 ms"]}
    write_bundle(folder / name, name, **{"schema_id": SCHEMA, "inputs": INPUTS, "verdict": verdict,
                                         "data": {"sha256": DATA}, **fields})
    return folder / name


def put(home: Home, source: Path | str, *, shadow: bool = False, force: bool = False) -> str:
    return deploy(home, load(home, environ={}), str(source), WHO, shadow=shadow, force=force, export=no_export).model


def no_export(run: Path, out: Path) -> object:
    raise AssertionError("nothing is exported here")


def serves(home: Home) -> str | None:
    model, _ = choose_model(load(home, environ={}), "b3", home)
    return model.id


def test_a_model_with_the_verdict_deploy_serves_from_the_next_start_on(home: Home, tmp_path: Path) -> None:
    assert put(home, judged(tmp_path, "good", "deploy")) == "good"
    assert serves(home) == "good"
    shipped = read_manifest(shipped_models()).id
    assert rollback(home, load(home, environ={}), WHO).model == shipped == serves(home)
    assert put(home, "good") == "good" == serves(home)


@pytest.mark.parametrize(("word", "words"), [
    ("observe", "verdict is 'observe'.*net P&L is negative"), ("do not trade", "verdict is 'do not trade'"),
    (None, "never validated: run `qt validate`")])
def test_any_other_verdict_is_refused(home: Home, tmp_path: Path, word: str | None, words: str) -> None:
    source = judged(tmp_path, "poor", word)
    with pytest.raises(RefusedError, match=words) as caught:
        put(home, source)
    assert caught.value.code is ExitCode.REFUSED
    assert Registry(home).active() is None and Registry(home).names() == []


@pytest.mark.parametrize("change", [{"run": "another"}, {"data_sha256": "e" * 64}])
def test_the_verdict_of_another_run_counts_for_nothing(home: Home, tmp_path: Path, change: dict[str, str]) -> None:
    verdict = {"run": "good", "verdict": "deploy", "data_sha256": DATA, "reasons": []} | change
    with pytest.raises(RefusedError, match="verdict of another run"):
        put(home, judged(tmp_path, "good", None, verdict=verdict))


def test_an_edited_verdict_is_refused(home: Home, tmp_path: Path) -> None:
    source = judged(tmp_path, "poor", "do not trade")
    path = source / "manifest.json"
    path.write_text(path.read_text().replace("do not trade", "deploy"))
    with pytest.raises(DataError, match="was edited"):
        put(home, source)


def test_force_overrides_and_is_logged(home: Home, tmp_path: Path) -> None:
    put(home, judged(tmp_path, "poor", "do not trade"), force=True)
    assert serves(home) == "poor"
    assert Registry(home).history()[-1]["forced"] is True
    row, = read_rows(home.alerts)
    assert row["code"] == "MODEL_FORCED" and "because" in row["message"]


def test_force_that_is_not_needed_is_no_override(home: Home, tmp_path: Path) -> None:
    put(home, judged(tmp_path, "good", "deploy"), force=True)
    assert Registry(home).history()[-1]["forced"] is False
    assert not home.alerts.exists()


def test_a_shadow_may_be_only_observed(home: Home, tmp_path: Path) -> None:
    put(home, judged(tmp_path, "good", "deploy"))
    put(home, judged(tmp_path, "maybe", "observe"), shadow=True)
    active = Registry(home).active()
    assert active is not None and (active.champion, active.shadow) == ("good", "maybe")
    with pytest.raises(RefusedError, match="no shadow of poor"):
        put(home, judged(tmp_path, "poor", "do not trade"), shadow=True)


def test_the_shipped_model_can_have_a_shadow(home: Home, tmp_path: Path) -> None:
    put(home, judged(tmp_path, "maybe", "observe"), shadow=True)
    active = Registry(home).active()
    assert active is not None and active.shadow == "maybe"
    assert serves(home) == read_manifest(shipped_models()).id


def test_a_model_that_cannot_be_served_is_refused_before_anything_changes(home: Home, tmp_path: Path) -> None:
    put(home, judged(tmp_path, "good", "deploy"))
    with pytest.raises(DataError, match="feature schema"):
        put(home, judged(tmp_path, "odd", "deploy", schema_id="f" * 32))
    assert serves(home) == "good"


def test_a_training_run_is_exported_first_and_judged_by_its_own_verdict(home: Home, tmp_path: Path) -> None:
    run, seen = tmp_path / "run", []
    run.mkdir()
    (run / "training.json").write_text("{}")

    def export(folder: Path, out: Path) -> object:
        seen.append(folder)
        return shutil.copytree(judged(tmp_path, "good", "deploy"), out, dirs_exist_ok=True)

    outcome = deploy(home, load(home, environ={}), str(run), WHO, shadow=False, force=False, export=export)
    assert (outcome.model, seen) == ("good", [run]) and serves(home) == "good"


def test_what_is_no_model_is_named(home: Home, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neither a training run, nor a folder"):
        put(home, tmp_path)


# ---- whose word counts


def test_the_command_line_comes_first_then_the_registry_then_the_setting(home: Home, tmp_path: Path) -> None:
    named, other = judged(tmp_path, "named", None), judged(tmp_path, "other", None)
    environ = {"QT_MODEL_PATH": str(named)}
    assert serving.served(load(home, environ=environ), home).folder == named
    put(home, judged(tmp_path, "good", "deploy"))
    assert serving.served(load(home, environ=environ), home).folder == Registry(home).folder("good")
    config = load(home, {"model.path": str(other)}, environ=environ)
    assert serving.served(config, home).folder == other


# ---- a champion that cannot be served


def test_a_broken_champion_makes_way_for_the_one_before(home: Home, tmp_path: Path) -> None:
    put(home, judged(tmp_path, "good", "deploy"))
    put(home, judged(tmp_path, "better", "deploy"))
    (Registry(home).folder("better") / "better.onnx").write_bytes(b"gone bad")
    model, without, fallen = opening.choose(load(home, environ={}), "b3", home)
    assert (model.id, without) == ("good", None)
    assert len(fallen) == 1 and "better cannot be served, good serves again" in fallen[0]
    assert Registry(home).history()[-1]["act"] == "rollback"
    assert opening.choose(load(home, environ={}), "b3", home)[2] == []


def test_when_none_is_left_the_start_is_refused(home: Home, tmp_path: Path) -> None:
    put(home, judged(tmp_path, "good", "deploy"))
    for name in Registry(home).names():
        next(Registry(home).folder(name).glob("*.onnx")).write_bytes(b"gone bad")
    with pytest.raises(DataError, match="sha256"):
        opening.choose(load(home, environ={}), "b3", home)


# ---- the command line


def run(home: Home, *words: str) -> Any:
    return CliRunner().invoke(qt, [*words, "--home", str(home.root)])


def test_models_are_listed_with_state_and_verdict(home: Home, tmp_path: Path) -> None:
    assert "no model was deployed" in run(home, "models").output
    assert json.loads(run(home, "models", "--json").output) == []
    good = judged(tmp_path, "good", "deploy")
    assert "good serves, from the next `qt start` on" in run(home, "deploy", str(good)).output
    run(home, "deploy", str(judged(tmp_path, "maybe", "observe")), "--shadow")
    rows = json.loads(run(home, "models", "--json").output)
    assert [(row["name"], row["state"], row["verdict"]) for row in rows[:2]] == [
        ("good", "champion", "deploy"), ("maybe", "shadow", "observe")]
    assert all(row["drift"] is None and row["since"] for row in rows)
    text = run(home, "models").output
    assert "champion  good" in text and "SYNTHETIC" in text
    assert "no shadow votes any more" in run(home, "deploy", "--no-shadow").output
    assert "deploy     good" in run(home, "models", "history").output


@pytest.mark.parametrize("words", [("deploy",), ("deploy", "x", "--no-shadow"), ("deploy", "x", "--force"),
                                   ("deploy", "--shadow", "--no-shadow")])
def test_wrong_usage_is_told(home: Home, words: tuple[str, ...]) -> None:
    assert run(home, *words).exit_code == ExitCode.USAGE


def test_a_comparison_needs_a_shadow(home: Home, tmp_path: Path) -> None:
    done = run(home, "models", "compare")
    assert isinstance(done.exception, QtError) and "no shadow to compare" in str(done.exception)
    put(home, judged(tmp_path, "good", "deploy"))
    done = run(home, "models", "compare", "good", "bad")
    assert "bad: no version of this home" in str(done.exception)


def test_a_comparison_needs_to_know_how_labels_were_made(home: Home, tmp_path: Path) -> None:
    put(home, judged(tmp_path, "good", "deploy"))
    put(home, judged(tmp_path, "maybe", "observe"), shadow=True)
    assert "does not say how its labels" in str(run(home, "models", "compare").exception)


