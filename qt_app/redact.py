"""Secrets leave no text: every boundary at which words become a file, a message or a line passes them through here.

A secret is known from the moment it is read (``Secret`` tells ``KNOWN``), in the forms in which libraries repeat it:
as it is, escaped for JSON, Python, HTML or a shell, percent-encoded, in base64 at any alignment, in hex, and mistaken
for Latin-1.
"""
from __future__ import annotations

import base64
import html
import json
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import orjson

HIDDEN = "***"
#: Shorter texts are too common to search for.
MIN_SECRET = 4
#: The shortest piece of base64 that is taken for a secret's: less may be chance.
MIN_PIECE = 6


class Redactor:
    """Replaces known secrets in text. Any thread; learning replaces the list whole."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: tuple[tuple[str, bytes], ...] = ()
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """From now on these are hidden too; texts under four characters are not."""
        new = {form for secret in secrets for form in forms(secret)} - {form for form, _ in self._forms}
        if new:
            every = sorted(new.union(form for form, _ in self._forms), key=lambda form: (-len(form), form))
            self._forms = tuple((form, form.encode("utf-8", "surrogatepass")) for form in every)

    def forget(self) -> None:
        self._forms = ()

    def __call__(self, text: str) -> str:
        for form, _ in self._forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        return text

    def hits(self, data: bytes) -> bool:
        return any(form in data for _, form in self._forms)

    def json(self, document: bytes) -> bytes:
        """A JSON document with every secret in its strings hidden; names on its top level are the program's own."""
        if not self.hits(document):
            return document
        value = orjson.loads(document)
        if isinstance(value, dict):
            return orjson.dumps({name: self.tree(inner) for name, inner in value.items()})
        return orjson.dumps(self.tree(value))

    def tree(self, value: Any) -> Any:
        """Lists and objects of JSON, their strings redacted."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self(str(name)): self.tree(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.tree(inner) for inner in value]
        return value


def forms(secret: str) -> set[str]:
    """Every text that tells the secret; nothing for one that is too short."""
    plain = {secret, secret.strip(), *_lines(secret), *_address(secret)}
    plain = {text for text in plain if len(text) >= MIN_SECRET}
    spelt = {form for text in plain for form in _spelt(text)}
    escaped = spelt | {form for text in spelt for form in _escaped(text)}
    return {form for form in escaped | {f for text in escaped for f in _escaped(text)} if len(form) >= MIN_SECRET}


def _lines(secret: str) -> Iterator[str]:
    """The lines of a secret that has several: a terminal or a log may tear them apart."""
    lines = secret.splitlines()
    yield from (line.strip() for line in lines if len(lines) > 1)


def _address(secret: str) -> Iterator[str]:
    """What is secret in addresses that carry tokens: each, all after its scheme, and each long part of it."""
    for word in secret.split() if "://" in secret else ():
        if "://" in word:
            yield from _parts(word.strip(",;"))


def _parts(address: str) -> Iterator[str]:
    yield from (address, address.partition("://")[2])
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    user, _, host = parts.netloc.rpartition("@")
    server = [] if "." in host else host.split(":")     # some services put their token where the server's name stands
    for part in (*user.split(":"), *server, *parts.path.split("/"), *parts.query.split("&")):
        value = part.rpartition("=")[2]
        if len(value) >= 2 * MIN_SECRET:
            yield value


def _spelt(text: str) -> Iterator[str]:
    """The text in the alphabets it travels in."""
    raw = text.encode("utf-8", "surrogatepass")
    yield from (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text), raw.decode("latin-1"))
    for percent in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield from (percent, _lower_escapes(percent))
    yield from (html.escape(text), html.escape(text, quote=False), text.replace("'", "'\"'\"'"))
    yield from (raw.hex(), raw.hex().upper(), *_base64(raw))


def _lower_escapes(percent: str) -> str:
    head, *rest = percent.split("%")
    return head + "".join(f"%{part[:2].lower()}{part[2:]}" for part in rest)


def _base64(raw: bytes) -> Iterator[str]:
    """Whole, and what stays the same of it inside a longer text, wherever it begins."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        for shift in range(3):
            head, tail = -(-shift * 8 // 6), (len(raw) + shift) * 8 // 6
            piece = encode(b"\0" * shift + raw).decode()[head:tail]
            if len(piece) >= MIN_PIECE:
                yield piece


def _escaped(text: str) -> Iterator[str]:
    """As string literals of JSON and Python hold it, without their quotes."""
    yield from (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1], ascii(text)[1:-1])
    yield repr(text.encode("utf-8", "surrogatepass"))[2:-1]


#: Everything secret that this process has read.
KNOWN = Redactor()
