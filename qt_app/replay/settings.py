"""The settings that a run's decisions and fills depend on, kept in its recording, so that a replay has the same."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

from qt_app.config import KEYS, Config, Key, load
from qt_app.errors import ConfigError, DataError
from qt_app.home import Home

#: Key of a recording's metadata.
KEY = "settings"
#: Groups that a replay depends on; every other key changes where events come from, or who reads of them.
GROUPS = ("risk", "consensus", "features", "paper", "model")
MODE = "trading.mode"


def decides(key: Key) -> bool:
    """Whether a replay depends on the key. ``features.buffer_size`` and its like only serve readers."""
    return key.group in GROUPS and not key.name.endswith("buffer_size")


def to_text(config: Config) -> str:
    values = {key.path: config.get(key.path) for key in KEYS if decides(key) or key.path == MODE}
    return orjson.dumps(values).decode()


def from_metadata(metadata: Mapping[str, str]) -> Config | None:
    """The configuration that the recorded run had, None when the recording does not tell it.

    Raises DataError for settings that this release does not know or does not take.
    """
    text = metadata.get(KEY)
    if text is None:
        return None
    try:
        values = {name: value for name, value in orjson.loads(text).items() if value is not None}
        # No home of its own: neither files, environment nor keyring may add to what was in force.
        return load(Home(Path("nowhere")), values, environ={}, keyring=False)
    except (AttributeError, ValueError, ConfigError) as error:
        raise DataError(f"the recording's settings are not those of this release ({error}); replay it with the release "
                        "that recorded it") from error
