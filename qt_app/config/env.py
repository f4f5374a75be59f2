"""Reads ``.env`` files: KEY=VALUE lines, quotes and comments; nothing is expanded or executed."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*", re.DOTALL)
_QUOTED = re.compile(r"(?:'([^']*)'|\"((?:[^\"\\]|\\.)*)\")\s*(?:#.*)?")
_ESCAPE = re.compile(r"\\(.)")
_COMMENT = re.compile(r"(?:^|\s+)#.*$")


@dataclass(frozen=True, slots=True)
class EnvLine:
    """One assignment. ``value`` is None when the line cannot be read; its text is not kept: it may hold a secret."""

    number: int
    name: str
    value: str | None


def parse_env(text: str) -> Iterator[EnvLine]:
    """Assignments and unreadable lines in file order; blank lines and comments are skipped."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield _parse_line(number, line)


def _parse_line(number: int, line: str) -> EnvLine:
    match = _LINE.fullmatch(line)
    if match is None:
        return EnvLine(number, "", None)
    name, rest = match.groups()
    if rest[:1] not in ("'", '"'):
        return EnvLine(number, name, _COMMENT.sub("", rest).strip())
    quoted = _QUOTED.fullmatch(rest)
    return EnvLine(number, name, _unquote(quoted) if quoted else None)


def _unquote(match: re.Match[str]) -> str:
    single, double = match.groups()
    if single is not None:
        return single
    # Only the quote and the backslash are escapes, so that Windows paths survive in double quotes.
    return _ESCAPE.sub(lambda m: m[1] if m[1] in '"\\' else m[0], double)
