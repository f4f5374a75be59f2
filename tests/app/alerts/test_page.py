"""docs/recovery.md lists every code with its level, what it means and what to do, and every key with its default.

To print both tables anew: ``PYTHONPATH=. python tests/app/alerts/test_page.py``.
"""
from __future__ import annotations

from pathlib import Path

from qt_app.alerts.codes import Code
from qt_app.alerts.rules import rules_of
from qt_app.catalogue import meaning, remedy
from qt_app.config import KEYS, Config


def codes() -> str:
    rows = [f"| `{c.name}` | {c.level}{', lasts' if c.lasts else ''} | {meaning(c.name)} | {remedy(c.name)} |"
            for c in Code]
    return "\n".join(["| code | level | it means | what to do |", "|---|---|---|---|", *rows]) + "\n"


def keys() -> str:
    rows = [f"| `{k.path}` | `{k.env}` | {'none' if k.default is None else k.default} | {k.doc} |"
            for k in KEYS if k.group == "alerts"]
    return "\n".join(["| key | environment | default | meaning |", "|---|---|---|---|", *rows]) + "\n"


def test_the_page_lists_every_code(repo: Path) -> None:
    assert codes() in (repo / "docs" / "recovery.md").read_text("utf-8")


def test_the_page_lists_every_key(repo: Path) -> None:
    assert keys() in (repo / "docs" / "recovery.md").read_text("utf-8")


def test_every_code_is_raised_or_ended_somewhere(repo: Path) -> None:
    """A code that nothing uses is a promise that nobody keeps."""
    source = "".join(p.read_text("utf-8") for p in (repo / "qt_app").rglob("*.py") if p.name != "codes.py")
    assert [c.name for c in Code if f"Code.{c.name}" not in source] == []
    assert {rule.code for rule in rules_of(Config())} <= set(Code)


if __name__ == "__main__":
    print(codes(), keys(), sep="\n")
