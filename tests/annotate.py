"""No Python on the tick path: every ``noexcept nogil`` body scores zero, and Cython prints no performance hint.

Run by ``tox -e annotate``; works on a copy, so it leaves nothing in the tree.
"""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOGIL = re.compile(r"^(?P<indent>\s*)(cdef|cpdef)\s.*\bnoexcept nogil:")
SCORED = re.compile(r'<pre class="cython line score-(\d+)"[^>]*>[^<]*<span class="">(\d+)</span>')


def nogil_lines(source: str) -> set[int]:
    """1-based numbers of the lines inside ``noexcept nogil`` functions, their signatures left out."""
    lines = source.splitlines()
    inside: set[int] = set()
    start = 0
    while start < len(lines):
        match = NOGIL.match(lines[start])
        start += 1
        if match is None:
            continue
        depth = len(match["indent"])
        while start < len(lines) and (not lines[start].strip() or indent(lines[start]) > depth):
            inside.add(start + 1)
            start += 1
    return inside


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def scores(html: str) -> dict[int, int]:
    """Line number to Cython's score: how many C-API calls the line costs."""
    return {int(number): int(score) for score, number in SCORED.findall(html)}


def check(tree: Path, pyx: Path) -> list[str]:
    found = scores(pyx.with_suffix(".html").read_text(encoding="utf-8"))
    text = pyx.read_text(encoding="utf-8")
    name = pyx.relative_to(tree).as_posix()
    return [f"{name}:{line}: score {found[line]}: {text.splitlines()[line - 1].strip()}"
            for line in sorted(nogil_lines(text)) if found.get(line, 0) > 0]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        unwanted = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
        shutil.copytree(ROOT / "qt_core", tree / "qt_core", ignore=unwanted)
        sources = sorted((tree / "qt_core").rglob("*.pyx"))
        directives = "language_level=3,boundscheck=False,wraparound=False,initializedcheck=False,cdivision=True"
        done = subprocess.run([sys.executable, "-m", "cython", "-a", "-X", directives, *map(str, sources)],
                              cwd=tree, capture_output=True, text=True, check=False)
        sys.stderr.write(done.stderr)
        faults = [line for line in done.stderr.splitlines() if "performance hint" in line]
        if done.returncode:
            return 1
        for pyx in sources:
            faults += check(tree, pyx)
    checked = len(sources)
    print("\n".join(faults) if faults else f"{checked} modules: no Python inside a nogil body, no performance hint")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
