"""The registry: versions that never change, one champion, its shadow, and the way back."""
from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

pytest.importorskip("onnx")

from app.inference.bundles import write_bundle

from qt_app.errors import DataError, ExitCode, RefusedError
from qt_app.home import Home
from qt_app.registry.store import ACTIVE, HISTORY, Active, Note, Registry

WHO = Note("tester", "because")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(Home(tmp_path / "home"))


def added(registry: Registry, folder: Path, *names: str) -> None:
    for name in names:
        write_bundle(folder / name, name)
        assert registry.add(folder / name) == name


def test_an_empty_home_has_no_champion(registry: Registry) -> None:
    assert registry.active() is None
    assert registry.names() == [] and registry.history() == []
    with pytest.raises(RefusedError, match="no earlier model"):
        registry.previous(registry.active())


def test_a_bundle_is_kept_whole_and_once(registry: Registry, tmp_path: Path) -> None:
    manifest = write_bundle(tmp_path / "made")
    assert registry.add(tmp_path / "made") == registry.add(tmp_path / "made") == "known"
    assert registry.names() == ["known"]
    assert registry.manifest("known").digest == manifest.digest
    assert sorted(path.name for path in registry.folder("known").iterdir()) == ["known.onnx", "manifest.json"]


def test_another_bundle_of_the_same_id_is_another_version(registry: Registry, tmp_path: Path) -> None:
    write_bundle(tmp_path / "made")
    write_bundle(tmp_path / "again", trial=2)
    assert registry.add(tmp_path / "made") == "known"
    assert registry.add(tmp_path / "again") == "known.2"
    assert registry.add(tmp_path / "again") == "known.2"
    assert registry.names() == ["known", "known.2"]


def test_a_bundle_whose_graph_is_another_is_not_taken(registry: Registry, tmp_path: Path) -> None:
    write_bundle(tmp_path / "made")
    (tmp_path / "made" / "known.onnx").write_bytes(b"something else")
    with pytest.raises(DataError, match="sha256") as caught:
        registry.add(tmp_path / "made")
    assert caught.value.code is ExitCode.DATA
    assert registry.names() == []


def test_a_name_of_a_model_cannot_leave_the_folder(registry: Registry, tmp_path: Path) -> None:
    write_bundle(tmp_path / "made", "../../evil", file="evil.onnx")
    name = registry.add(tmp_path / "made")
    assert registry.folder(name).parent == registry.root and registry.folder(name).is_dir()


def test_what_a_broken_copy_left_is_no_version(registry: Registry, tmp_path: Path) -> None:
    added(registry, tmp_path, "first")
    (registry.root / ".second.partial").mkdir()
    (registry.root / ".second.partial" / "manifest.json").write_text("{}")
    assert registry.names() == ["first"]
    added(registry, tmp_path, "second")
    assert registry.names() == ["first", "second"]


def test_the_champions_before_are_remembered_and_walked_back(registry: Registry, tmp_path: Path) -> None:
    added(registry, tmp_path, "a", "b", "c")
    for name in ("a", "b", "c"):
        registry.promote(name, WHO)
    assert registry.active() == Active("c", None, ("a", "b"))
    assert registry.step_back(WHO) == Active("b", None, ("a",))
    assert registry.step_back(WHO) == registry.active() == Active("a", None, ())
    with pytest.raises(RefusedError, match="no earlier model") as caught:
        registry.step_back(WHO)
    assert caught.value.code is ExitCode.REFUSED
    assert [(row["act"], row["model"], row["before"]) for row in registry.history()] == [
        ("deploy", "a", None), ("deploy", "b", "a"), ("deploy", "c", "b"), ("rollback", "b", "c"),
        ("rollback", "a", "b")]


def test_deploying_an_earlier_one_again_keeps_each_once(registry: Registry, tmp_path: Path) -> None:
    added(registry, tmp_path, "a", "b")
    for name in ("a", "b", "a", "a"):
        registry.promote(name, WHO)
    assert registry.active() == Active("a", None, ("b",))


def test_a_shadow_needs_a_champion_and_is_another(registry: Registry, tmp_path: Path) -> None:
    added(registry, tmp_path, "a", "b")
    with pytest.raises(RefusedError, match="needs a champion"):
        registry.shadow("b", WHO)
    registry.promote("a", WHO)
    with pytest.raises(RefusedError, match="serves already"):
        registry.shadow("a", WHO)
    assert registry.shadow("b", WHO) == Active("a", "b", ())
    assert {entry.name: entry.state for entry in registry.entries()} == {"a": "champion", "b": "shadow"}
    assert registry.promote("b", WHO) == Active("b", None, ("a",))
    registry.shadow("a", WHO)
    assert registry.shadow(None, WHO) == Active("b", None, ("a",))
    assert {entry.name: entry.state for entry in registry.entries()} == {"a": "previous", "b": "champion"}


def test_a_damaged_file_of_who_serves_is_refused(registry: Registry, tmp_path: Path) -> None:
    added(registry, tmp_path, "a")
    registry.promote("a", WHO)
    (registry.root / ACTIVE).write_text("{")
    with pytest.raises(DataError, match=r"cannot be read.*restore it"):
        registry.active()


def test_a_history_that_was_cut_short_is_read_as_far_as_it_goes(registry: Registry, tmp_path: Path) -> None:
    added(registry, tmp_path, "a")
    registry.promote("a", Note("me", "first", forced=True))
    path = registry.root / HISTORY
    path.write_bytes(path.read_bytes() + b'{"at": "2026-')
    registry.tell("failed", "b", WHO, error="no")
    rows = registry.history()
    assert rows[0]["forced"] is True and rows[0]["by"] == "me"
    assert [row["act"] for row in rows] == ["deploy", "failed"]


def promote_often(home: Path, name: str) -> None:
    for _ in range(10):
        Registry(Home(home)).promote(name, WHO)


@pytest.mark.lengthy
def test_two_writers_lose_nothing(registry: Registry, tmp_path: Path) -> None:
    added(registry, tmp_path, "a", "b")
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=promote_often, args=(tmp_path / "home", name)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    lines = (registry.root / HISTORY).read_text().splitlines()
    assert len(lines) == 20 and all(json.loads(line)["act"] == "deploy" for line in lines)
    active = registry.active()
    assert active is not None and {active.champion, *active.previous} == {"a", "b"}
