"""Configuration files as a backup may hold them: only keys that are known and no secrets."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from qt_app.config import HIDDEN, KEYS
from qt_app.config.env import parse_env
from qt_app.redact import KNOWN

_PLAIN_PATHS = {key.path for key in KEYS if not key.secret}
_PLAIN_NAMES = {key.env for key in KEYS if not key.secret}
_NAMES = {key.env for key in KEYS}
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


def plain_config(path: Path) -> tuple[bytes, list[str]]:
    """config_production.json without what is no known key or holds a secret, and the names of what was left out."""
    left_out: list[str] = []
    try:
        document = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return b"{}\n", [f"{path.name}: all of it, it is no JSON"]
    kept: dict[str, dict[str, Any]] = {}
    for group, content in document.items() if isinstance(document, dict) else ():
        for name, value in content.items() if isinstance(content, dict) else ():
            if f"{group}.{name}" in _PLAIN_PATHS and _is_plain(value):
                kept.setdefault(group, {})[name] = value
            elif value is not None:
                left_out.append(f"{path.name}: {KNOWN(f'{group}.{name}')}")
        if not isinstance(content, dict):
            left_out.append(f"{path.name}: {KNOWN(group)}")
    return orjson.dumps(kept, option=orjson.OPT_INDENT_2) + b"\n", left_out


def _is_plain(value: object) -> bool:
    return not isinstance(value, dict | list) and HIDDEN not in KNOWN(str(value))


def plain_env(path: Path) -> tuple[bytes, list[str]]:
    """The assignments of .env.production that are no secrets, and the names of the others; comments are dropped."""
    kept: list[str] = []
    left_out: list[str] = []
    for number, line, name in _lines(path):
        if name in _PLAIN_NAMES and HIDDEN not in KNOWN(line):
            kept.append(line)
        elif line.strip() and not line.lstrip().startswith("#"):
            left_out.append(f"{path.name}: {_named(name, line) or f'line {number}'}")
    return _bytes(kept), left_out


def merged_env(path: Path, plain: bytes) -> bytes:
    """What ``path`` holds besides plain assignments (secrets, comments), then those of the backup."""
    kept = [line for _, line, name in _lines(path) if name not in _PLAIN_NAMES] if path.is_file() else []
    return _bytes(kept) + plain


def _bytes(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def _lines(path: Path) -> Iterator[tuple[int, str, str]]:
    """(number, line, name of the assignment or nothing)."""
    for number, line in enumerate(path.read_text("utf-8-sig", "surrogateescape").splitlines(), 1):
        found = next(iter(parse_env(line)), None)
        yield number, line, "" if found is None or found.value is None else found.name


def _named(name: str, line: str) -> str:
    """The name to call a line by; the line itself may be a secret that somebody put there bare."""
    match = _ASSIGNMENT.match(line)
    found = name or (match[1] if match else "")
    return found if found in _NAMES else ""
