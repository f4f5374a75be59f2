"""The configuration as text, as JSON, and as the documented defaults file."""
from __future__ import annotations

from typing import Any

import orjson

from qt_app.config.model import KEYS, Config, Key, Value
from qt_app.config.secret import Secret
from qt_app.redact import HIDDEN


def plain(value: Value) -> bool | int | float | str | None:
    """The value as JSON may hold it: secrets hidden."""
    return HIDDEN if isinstance(value, Secret) else value


def as_rows(config: Config) -> list[dict[str, Any]]:
    """One row per key: key, value, unit, origin, env, allowed, meaning."""
    return [_row(config, k) for k in KEYS]


def _row(config: Config, key: Key) -> dict[str, Any]:
    return {
        "key": key.path, "value": plain(config.get(key.path)), "unit": key.unit, "origin": config.origin(key.path),
        "env": key.env, "allowed": key.allowed(), "meaning": key.doc,
    }


def as_text(config: Config, origin: bool = False) -> str:
    """A table by group; with ``origin``, where each value came from."""
    lines: list[str] = []
    group = ""
    for key in KEYS:
        if key.group != group:
            group = key.group
            lines.append(f"[{group}]")
        lines.append(_line(config, key, origin))
    return "\n".join(lines)


def _line(config: Config, key: Key, origin: bool) -> str:
    value = plain(config.get(key.path))
    shown = "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    last = config.origin(key.path) if origin else f"{key.unit + '; ' if key.unit else ''}{key.doc}"
    return f"  {key.name:<24} {shown:<14} {key.env:<33} {last}".rstrip()


def as_document(config: Config) -> dict[str, dict[str, Any]]:
    """The nesting of config_production.json, without secrets and unset texts."""
    document: dict[str, dict[str, Any]] = {}
    for key in KEYS:
        if not key.secret:
            document.setdefault(key.group, {})[key.name] = config.get(key.path)
    return document


def default_file() -> bytes:
    """config_production.json as it is shipped: every default."""
    return orjson.dumps(as_document(Config()), option=orjson.OPT_INDENT_2) + b"\n"
