"""One line of the program can send an order to a broker, and it stands behind the journal."""
from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

#: Calls of the binding that make or change an order; what only takes away (cancels) is free.
CALLS = {"send_order", "change_order", "zero_position"}
#: The router's own words for them.
WORDS = {"send", "change", "zero"}


def calls(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(file, object, method) of every call of a method in the sources."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
                yield path.relative_to(folder).as_posix(), name, node.func.attr


@pytest.mark.lengthy
def test_only_the_router_calls_the_binding_and_only_two_the_router(repo: Path) -> None:
    """The errand waits for the journal; the emergency has no engine beside it, and only cancels and closes."""
    found = list(calls(repo / "qt_app"))
    assert {file for file, _, method in found if method in CALLS} == {"orders/router.py"}
    assert {file for file, owner, method in found if owner.endswith("router") and method in WORDS} == {
        "orders/errand.py", "orders/emergency.py"}
