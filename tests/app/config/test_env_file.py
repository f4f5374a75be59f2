"""The reader of .env files."""
from __future__ import annotations

import pytest

from qt_app.config.env import EnvLine, parse_env


def one(text: str) -> str | None:
    (line,) = parse_env(text)
    return line.value


@pytest.mark.parametrize(("text", "value"), [
    ("A=1", "1"), ("A = 1 ", "1"), ("export A=1", "1"), ("A=", ""), ("A=a b", "a b"),
    ("A=100  # Reduzir se necessário", "100"), ("A=a#b", "a#b"), ("A= # none", ""),
    ("A='x # y'  # comment", "x # y"), ('A="x y"', "x y"), ('A="say \\"hi\\""', 'say "hi"'),
    ('A="C:\\Profit\\new.dll"', "C:\\Profit\\new.dll"), ("A=C:\\Profit\\new.dll", "C:\\Profit\\new.dll"),
    ('A="back\\\\slash"', "back\\slash"), ("A=a=b", "a=b"), ("A=$HOME", "$HOME"), ("A='it''s'", None),
    ('A="open', None), ("A='open", None), ('A="x" y', None),
])
def test_values(text: str, value: str | None) -> None:
    assert one(text) == value


def test_lines_keep_their_numbers_and_comments_are_skipped() -> None:
    assert list(parse_env("# a\n\nA=1\n  # b\nB=2\n")) == [EnvLine(3, "A", "1"), EnvLine(5, "B", "2")]


@pytest.mark.parametrize("text", ["hunter22", "=x", "1A=2", "A-B=2", ": "])
def test_an_unreadable_line_does_not_keep_its_text(text: str) -> None:
    (line,) = parse_env(text)
    assert line == EnvLine(1, "", None)
