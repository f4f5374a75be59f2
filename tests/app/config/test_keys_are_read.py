"""A key that nothing reads does not exist: every key of the model is read somewhere outside the configuration."""
from __future__ import annotations

import ast
from pathlib import Path

import pytest

from qt_app.config import KEYS, Key

#: Groups that one function takes over whole: group → the module whose fields must name every key.
WHOLE_GROUPS = {"risk": "qt_app/risk/limits.py"}


def attributes(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)}


@pytest.fixture(scope="module")
def files(repo: Path) -> list[set[str]]:
    """The attributes that each file reads."""
    return [attributes(p) for p in (repo / "qt_app").rglob("*.py") if p.parent.name != "config"]


@pytest.mark.lengthy
@pytest.mark.parametrize("key", KEYS, ids=lambda k: k.path)
def test_every_key_is_read(key: Key, files: list[set[str]], repo: Path) -> None:
    """Some file reads the group and the name: ``config.group.name``, or the name of the group it was given."""
    whole = WHOLE_GROUPS.get(key.group)
    if whole is not None and (repo / whole).is_file():
        assert f"    {key.name}:" in (repo / whole).read_text("utf-8")
        return
    used = any({key.group, key.name} <= names for names in files)
    if not used and not (repo / "qt_app" / "runner.py").is_file():
        pytest.skip("read by the runner, which is not here yet")
    assert used, f"nothing reads {key.path}: use it or take it out of the model"
