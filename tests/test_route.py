"""The route of a tick: eight marks in the code, in order, and the README's table says where they are."""
from __future__ import annotations

import re
from pathlib import Path

MARK = re.compile(r"tick ([1-8])/8")
SUFFIXES = {".h", ".c", ".pyx", ".pxd", ".py"}
ROW = re.compile(r"^\| ([1-8]) \|[^|]*\| `([^`]+)` \| `([^`]+)` \|", re.M)


def marks(repo: Path) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = {}
    for part in ("include", "qt_core", "qt_app"):
        for path in sorted(p for p in (repo / part).rglob("*") if p.suffix in SUFFIXES):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for step in MARK.findall(line):
                    found.setdefault(int(step), []).append((path.relative_to(repo).as_posix(), number))
    return found


def enclosing_function(path: Path, line: int) -> str:
    """Name of the last function that begins at or above a line."""
    head = re.compile(r"^\s*(?:cdef|cpdef|def|static inline|async def)\b[^=]*?\b(\w+)\s*\(")
    names = [m[1] for m in map(head.match, path.read_text(encoding="utf-8").splitlines()[:line]) if m]
    return names[-1] if names else ""


def test_each_step_is_marked_once(repo: Path) -> None:
    assert {step: len(places) for step, places in marks(repo).items()} == dict.fromkeys(range(1, 9), 1)


def test_the_readme_names_the_same_files_and_functions(repo: Path) -> None:
    readme = (repo / "README.md").read_text(encoding="utf-8")
    rows = {int(step): (file, function) for step, file, function in ROW.findall(readme)}
    here = {step: (file, enclosing_function(repo / file, line)) for step, [(file, line)] in marks(repo).items()}
    assert rows == here


def test_the_route_is_short_enough_to_read(repo: Path) -> None:
    """The functions of the route together: a newcomer reads them in five minutes."""
    total = 0
    for places in marks(repo).values():
        path, line = repo / places[0][0], places[0][1]
        total += function_length(path, line)
    assert total < 600


def function_length(path: Path, line: int) -> int:
    """Lines from the enclosing function's head to the next head at the same depth."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = re.compile(r"^(\s*)(?:cdef|cpdef|def|static inline|async def|class)\b")
    start = max(i for i in range(line) if head.match(lines[i]))
    depth = len(head.match(lines[start])[1])
    for i in range(start + 1, len(lines)):
        match = head.match(lines[i])
        if match and len(match[1]) <= depth:
            return i - start
    return len(lines) - start
