"""Twenty kinds of secrets, and the search for them in everything that an installation leaves."""
from __future__ import annotations

import base64
import html
import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import psutil
import pyarrow.parquet as pq
import zmq

from qt_app.home import Home

#: kind → secret. Most hold a mark of their own ("plantNN"), so that a part of one is found too.
KINDS: dict[str, str] = {
    "plain": "plant01-Ab3xY",
    "spaces inside": "plant02 with some words",
    "spaces around": "  plant03-padded  ",
    "double quotes": 'plant04 "quoted" word',
    "single quotes": "plant05 it's 'quoted'",
    "backslashes": "C:\\plant06\\new\\table",
    "quotes and backslashes": "plant07\\\"mix'ed\\'",
    "percent": "plant08%41%20%zz100%",
    "accents": "plant09-ação-çéú",
    "emoji": "plant10-🔑-key",
    "other alphabet": "plant11-密码-пароль",
    "JSON": '{"plant12": [1, null], "x": "y"}',
    "newline": "plant13-first\nplant13-second",
    "tab and control": "plant14\ttab\x01end",
    "shell": "plant15;$(id)`x`|&>${HOME}",
    "markup": "<plant16 a=\"b\">&amp;</plant16>",
    "digits": "83920174655012",
    "base64-like": "cGxhbnQxOA+/plant18==",
    "long": "plant19-" + "0123456789abcdef" * 24,
    "address": "json://plant20user:plant20pass@127.0.0.1:9/plant20path/?token=plant20token",
    "percent address": "json://u:plant21%40pass%2Fword@127.0.0.1:9/",
    "format": "plant22 %s {0} {password} %(name)s",
}

SLOTS = ("PROFIT_KEY", "PROFIT_USER", "PROFIT_PASSWORD", "PROFIT_ROUTING_PASSWORD")


def marks(secret: str) -> set[str]:
    """What must not be found: the secret in the usual spellings, said without the program's help, and its mark."""
    at = secret.find("plant")
    spelt = {secret, secret.strip(), quote(secret, safe=""), quote_plus(secret), html.escape(secret),
             secret.encode().hex(), base64.b64encode(secret.encode()).decode()}
    escaped = {encode(text)[1:-1] for text in spelt for encode in (json.dumps, repr, ascii, _utf8_json)}
    return {*spelt, *escaped, *({secret[at:at + 7]} if at >= 0 else set())}


def _utf8_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def leaks(secrets: Iterable[str], texts: Mapping[str, bytes]) -> list[str]:
    """Where a secret, or a part of one, can be read; by the place and the secret's first characters."""
    found = []
    for secret in secrets:
        wanted = {form.encode(code, "surrogatepass") for form in marks(secret) for code in ("utf-8", "utf-16-le")}
        found += [f"{place}: {secret[:9]!r}" for place, text in texts.items() if any(form in text for form in wanted)]
    return found


def contents(home: Home) -> dict[str, bytes]:
    """Every file under the home but the one that the secrets were put in; of Parquet, what it unpacks to."""
    texts = {}
    for path in sorted(home.root.rglob("*")):
        if path.is_file() and path != home.env:
            name = path.relative_to(home.root).as_posix()
            texts[name] = path.read_bytes() + name.encode()
            if path.suffix == ".parquet":
                table = pq.read_table(path)
                texts[name] += repr([table.schema.metadata, table.select(_words(table)).to_pydict()]).encode()
    return texts


def _words(table: Any) -> list[str]:
    return [field.name for field in table.schema if "int" not in str(field.type) and "double" not in str(field.type)]


def command_lines(home: Home) -> dict[str, bytes]:
    """Of every process that belongs to the home."""
    found = {}
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(home.root) in line:
            found[f"process {process.pid}"] = line.encode()
    return found


class Listener:
    """Everything that is broadcast on a port, from ``start`` to ``stop``."""

    def __init__(self, port: int) -> None:
        self.messages: dict[str, bytes] = {}
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.subscribe(b"")
        self._socket.connect(f"tcp://127.0.0.1:{port}")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            if self._socket.poll(100):
                self.messages[f"message {len(self.messages)}"] = b" ".join(self._socket.recv_multipart())
        self._socket.close()

    def stop(self) -> dict[str, bytes]:
        self._over.set()
        self._thread.join(10)
        return self.messages
