"""The operation manual: every command in it runs, in order, as a trader would type it; both languages say the same."""
from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.installation import UNBROKEN, Installation

MANUALS = {language: Path("docs", "manual", f"manual.{language}.md") for language in ("pt-BR", "en")}


def read(repo: Path, language: str) -> str:
    return (repo / MANUALS[language]).read_text(encoding="utf-8")


def commands(text: str) -> list[list[str]]:
    """Of every line of a block that begins with a prompt."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [shlex.split(line[2:]) for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def without_words(command: list[str]) -> list[str]:
    """As it is, without what a reason says."""
    return [word for at, word in enumerate(command) if not at or command[at - 1] != "--reason"]


def test_both_languages_give_the_same_commands(repo: Path) -> None:
    portuguese, english = ([without_words(one) for one in commands(read(repo, language))] for language in MANUALS)
    assert portuguese == english and len(portuguese) > 20


@pytest.mark.slow
def test_every_command_of_the_manual_runs(repo: Path, install: Callable[..., Installation]) -> None:
    qt = install(MIN_CONFIDENCE="0.36", **UNBROKEN)
    for program, *words in commands(read(repo, "pt-BR")):
        assert program == "qt"
        qt.good(*words)
        if words[0] == "start":
            qt.reach("decisions", lambda status: status["decision"]["count"] > 400)
