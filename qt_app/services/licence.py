"""One session per activation key on this machine: a second one would leave one of the two connected and without data.

The lock's file is named by a hash of the key, never by the key, and lies where all homes of a user see it.
"""
from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import orjson

from qt_app.config import Config
from qt_app.errors import NotRunningError, QtError
from qt_app.home import Home
from qt_app.services.lock import FileLock
from qt_app.services.process import Owner

FOLDER = "quantumtrader"


def state_folder(environ: Mapping[str, str] | None = None) -> Path:
    """QT_STATE_DIR, else the user's folder for state: LOCALAPPDATA, or XDG_STATE_HOME or ~/.local/state."""
    env = os.environ if environ is None else environ
    if chosen := env.get("QT_STATE_DIR"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / FOLDER
    return Path(env.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / FOLDER


def lock_file(key: str, folder: Path) -> Path:
    return folder / f"licence-{hashlib.sha256(key.encode()).hexdigest()[:24]}.lock"


class LicenceLock:
    """Held while logged in, at most until the process ends. Without a key there is nothing to hold."""

    def __init__(self, key: str | None, home: Home, folder: Path | None = None) -> None:
        self._home = home
        self._path = None if key is None else lock_file(key, folder or state_folder())
        self._lock: FileLock | None = None

    @classmethod
    def of(cls, config: Config, home: Home, source: str) -> LicenceLock:
        """For a run from ``source``: the simulated exchange that ships with this program needs no licence."""
        key = config.feed.key
        return cls(None if key is None or source != "profit" else key.reveal(), home)

    def __enter__(self) -> LicenceLock:
        """Raises NotRunningError (exit 3) that names the holder."""
        if self._path is None:
            return self
        lock = FileLock(self._path)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            taken = lock.take({**Owner.me().as_json(), "home": str(self._home.root)})
        except OSError as error:
            raise QtError(f"the licence lock {self._path} cannot be written: {error.strerror or error}; "
                          "set QT_STATE_DIR to a folder of yours") from error
        if not taken:
            raise NotRunningError(in_use(self._path))
        self._lock = lock
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._lock is not None:
            self._lock.release()


def in_use(path: Path) -> str:
    """Who holds the licence, in a sentence."""
    try:
        words = orjson.loads(path.read_bytes())
        who = f"process {words['pid']} in {words['home']}"
    except (OSError, KeyError, TypeError, orjson.JSONDecodeError):
        who = "another process"
    return (f"this activation key is in use by {who}: two sessions of one licence leave one of them without data; "
            "stop it there with `qt stop`, or use another key")
