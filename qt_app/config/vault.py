"""Secrets in the operating system's keyring (Windows' credential manager, the Secret Service, the macOS keychain).

``.keyring.json`` in the home names what was put there, never the values: a home that keeps nothing there never waits
for a keyring, nor loads one. Reading is bounded in time, so that a locked keyring cannot keep a start waiting.
"""
from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, ClassVar

import orjson

from qt_app.errors import ConfigError
from qt_app.home import Home
from qt_app.services import files

SERVICE = "quantumtrader-ml"
#: How long a keyring may take to give what is asked, seconds.
PATIENCE_S = 5.0
#: How long it may take to store something: somebody may have to unlock it first.
UNLOCK_S = 120.0


@dataclass(frozen=True, slots=True)
class Found:
    """What the keyring gave. ``note``: (level, sentence) about what it did not, None when all is well."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    note: tuple[str, str] | None = None


class Vault:
    """The keyring entries of one home."""

    _answers: ClassVar[dict[tuple[str, tuple[str, ...]], Found]] = {}

    def __init__(self, home: Home) -> None:
        self._path = home.keyring
        entry = self._read_index()
        self._service = f"{SERVICE}/{entry['id']}"
        self._id: str = entry["id"]
        self.names: tuple[str, ...] = tuple(entry["names"])

    def _read_index(self) -> dict[str, Any]:
        try:
            document = orjson.loads(self._path.read_bytes())
            return {"id": str(document["id"]), "names": [str(name) for name in document["names"]]}
        except FileNotFoundError:
            return {"id": secrets.token_hex(8), "names": []}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{self._path} names what the keyring keeps and cannot be read ({error}): remove it and "
                              "store the secrets again with `qt config set-secret`") from error

    def read(self, patience_s: float = PATIENCE_S) -> Found:
        """All entries; asked once in a process, also when there was no answer."""
        if not self.names:
            return Found()
        key = (self._service, self.names)
        if key not in self._answers:
            self._answers[key] = self._ask(patience_s)
        return self._answers[key]

    def _ask(self, patience_s: float) -> Found:
        values: dict[str, str] = {}

        def look(keyring: Any) -> None:
            for name in self.names:
                if (text := keyring.get_password(self._service, name)) is not None:
                    values[name] = text

        trouble = _bounded(look, patience_s)
        missing = [name for name in self.names if name not in values]
        if not missing:
            return Found(values)
        level, why = trouble or ("WARNING", "it has them no more: store them again with `qt config set-secret`")
        return Found(dict(values), (level, f"{', '.join(missing)} kept in the OS keyring could not be read: {why}"))

    def store(self, name: str, text: str) -> None:
        """Keeps a secret. Raises ConfigError when this machine's keyring does not take it."""
        self._change(lambda keyring: keyring.set_password(self._service, name, text), name)
        self._write_index(sorted({*self.names, name}))

    def remove(self, name: str) -> None:
        """Forgets a secret that is kept. Raises ConfigError when it is not, or the keyring does not let it go."""
        if name not in self.names:
            raise ConfigError(f"{name} is not kept in the OS keyring for this home")
        self._change(lambda keyring: keyring.delete_password(self._service, name), name)
        self._write_index([kept for kept in self.names if kept != name])

    def _change(self, act: Any, name: str) -> None:
        if trouble := _bounded(act, UNLOCK_S):
            raise ConfigError(f"the OS keyring did not take the change of {name}: {trouble[1]}; {name} may also stand "
                              "in the environment, or in .env.production for you alone (chmod 600)")

    def _write_index(self, names: list[str]) -> None:
        files.replace(self._path, orjson.dumps({"id": self._id, "names": names}), 0o600)
        self.names = tuple(names)
        self._answers.clear()

    @classmethod
    def forget(cls) -> None:
        """The next reading asks again."""
        cls._answers.clear()


def _bounded(act: Any, patience_s: float) -> tuple[str, str] | None:
    """Runs ``act(keyring)`` on a thread of its own; what went wrong, in words that hold no secret."""
    outcome: list[tuple[str, str] | None] = []

    def run() -> None:
        try:
            act(import_module("keyring"))
            outcome.append(None)
        except Exception as error:  # noqa: BLE001 (backends raise what they like; it becomes a sentence)
            outcome.append(_trouble(error))

    thread = threading.Thread(target=run, name="qt-keyring", daemon=True)
    thread.start()
    thread.join(patience_s)
    if not outcome:
        return "WARNING", f"the keyring did not answer within {patience_s:g} s: unlock it"
    return outcome[0]


def _trouble(error: Exception) -> tuple[str, str]:
    """Only the error's kind: its text may repeat what it was given."""
    kind = type(error).__name__
    if kind == "NoKeyringError":
        return "INFO", "this machine has no keyring"
    if kind == "ModuleNotFoundError":
        return "WARNING", "the package keyring is not installed: pip install keyring"
    return "WARNING", f"the keyring refused ({kind}): unlock it"
