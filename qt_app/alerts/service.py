"""The services that people are notified through: apprise's. Their addresses hold tokens and are never told."""
from __future__ import annotations

import hashlib
import importlib
import logging
import re
import threading
from typing import Any

from qt_app.alerts.codes import CRITICAL, ERROR, INFO, WARNING
from qt_app.errors import ConfigError
from qt_app.redact import KNOWN

#: Between two addresses; they may hold commas themselves.
_BETWEEN = re.compile(r"[\s,;]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")
_KINDS = {INFO: "info", WARNING: "warning", ERROR: "failure", CRITICAL: "failure"}


class _Heard(logging.Handler):
    """What apprise says while a thread sends: the reason of a failure is told nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        if (said := getattr(self._said, "words", None)) is not None:
            said.append(record.getMessage())

    def begin(self) -> None:
        self._said.words = []

    def end(self) -> str:
        words, self._said.words = self._said.words, None
        return KNOWN("; ".join(words))


_heard = _Heard()


class Service:
    """One address. ``name`` is the service's own and its number; ``id`` tells it apart without telling the address."""

    def __init__(self, url: str, number: int) -> None:
        apprise = importlib.import_module("apprise")    # only who notifies pays for its import
        logger = logging.getLogger("apprise")
        logger.propagate = False                        # its words may hold the address
        if _heard not in logger.handlers:
            logger.addHandler(_heard)
        KNOWN.learn(url)
        self._plugin: Any = apprise.Apprise.instantiate(url)
        if self._plugin is None:
            raise ConfigError(f"alerts.urls: address {number} is of no service that apprise knows; see "
                              "https://appriseit.com/services")
        self.name = f"{self._plugin.service_name} {number}"
        self.id = hashlib.sha256(url.encode()).hexdigest()[:16]

    def send(self, title: str, body: str, level: str) -> str:
        """Why it failed; empty when it took the message. Waits for the network, at most some seconds."""
        _heard.begin()
        try:
            sent = bool(self._plugin.notify(body=body, title=title, notify_type=_KINDS[level]))
        except Exception as error:  # noqa: BLE001 (somebody else's code on somebody else's network: told, tried again)
            _heard.end()
            return KNOWN(f"{type(error).__name__}: {error}")
        words = _heard.end()
        return "" if sent else words or "it did not take the message"


def services(urls: str) -> list[Service]:
    """One service for each address. Raises ConfigError (exit 4) for one that apprise does not know."""
    return [Service(url.strip(), number) for number, url in enumerate(_BETWEEN.split(urls.strip()), 1) if url.strip()]
