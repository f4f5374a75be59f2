"""``state/run.json``: how the last run was started, for whoever must find its market and account without it.

What the command line and the environment said then is not known to another shell; secrets are not in it.
"""
from __future__ import annotations

from typing import Any

import orjson

from qt_app.config import KEYS, Config, load
from qt_app.home import Home
from qt_app.services import files
from qt_app.services.start import Source, StartOptions, choose_source

GROUPS = ("trading", "feed", "simulator")


def note(home: Home, config: Config, options: StartOptions) -> None:
    """Raises OSError."""
    values = {key.path: config.get(key.path) for key in KEYS if key.group in GROUPS and not key.secret}
    files.replace(home.run_file, orjson.dumps({"v": 1, "source": options.source, "values": values}), 0o600)


def as_started(home: Home) -> tuple[Config, Source]:
    """The configuration with what the last run had in force; as it stands when no run is known. Raises ConfigError."""
    try:
        told: dict[str, Any] = orjson.loads(home.run_file.read_bytes())
        source, values = told["source"], told["values"]
    except (OSError, KeyError, orjson.JSONDecodeError):
        config = load(home)
        return config, choose_source(None, config)[0]
    known = {key.path for key in KEYS}
    return load(home, {path: value for path, value in values.items() if path in known and value is not None}), source
