"""What a start that passed the gate hands to the processes it starts: supervisor, engine, and every restarted engine.

``state/live.json`` names the account and holds a hash; the text that fits it travels in the environment. Neither alone
opens live mode, nor do both without ``--mode live``; the file goes when the supervisor ends.
"""
from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from qt_app.errors import RefusedError
from qt_app.home import Home
from qt_app.redact import KNOWN
from qt_app.services import files

VARIABLE = "QT_LIVE_PASS"


def issue(home: Home, account: str) -> None:
    """For this process's children."""
    token = secrets.token_hex(32)
    KNOWN.learn(token)
    home.prepare()
    files.replace(home.live_pass, orjson.dumps({"account": account, "sha256": _hash(token)}), 0o600)
    os.environ[VARIABLE] = token


def shown(home: Home) -> str:
    """The account that the gate let through. Raises RefusedError without a pass that fits."""
    token = os.environ.get(VARIABLE, "")
    KNOWN.learn(token)
    try:
        document = orjson.loads(home.live_pass.read_bytes())
        if hmac.compare_digest(str(document["sha256"]), _hash(token)):
            return str(document["account"])
    except (OSError, ValueError, KeyError, TypeError):
        pass    # no pass is told like a wrong one
    raise RefusedError("live mode is refused: this start did not come through the gate; use `qt start --mode live`")


def revoke(home: Home) -> None:
    os.environ.pop(VARIABLE, None)
    home.live_pass.unlink(missing_ok=True)


@contextmanager
def until_the_end(home: Home, account: str | None) -> Iterator[None]:
    """Around a supervisor: its pass, if it has one, ends with it."""
    try:
        yield
    finally:
        if account is not None:
            revoke(home)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
