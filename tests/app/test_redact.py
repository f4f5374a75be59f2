"""Redaction: secrets in every spelling that a library, a shell or a broker gives them."""
from __future__ import annotations

import base64
import html
import json
import shlex
from urllib.parse import quote, quote_plus

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.config import Secret
from qt_app.redact import HIDDEN, KNOWN, Redactor

SECRETS = ["hunter22", 'qu"ote\\slash', "acentuação €", "50%&more=yes", "it's <b>bold</b>", "two\nlines-of-it",
           "a b+c/d==", "{\"json\": [1]}", "$(rm -rf) `x`", "tab\tand space "]


def coded(before: bytes, secret: str, after: bytes = b"") -> str:
    return base64.urlsafe_b64encode(before + secret.encode() + after).decode()


SPELLINGS = {
    "plain": str,
    "json": lambda s: json.dumps(s)[1:-1],
    "json utf-8": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "json in json": lambda s: json.dumps(json.dumps(s)),
    "repr": repr,
    "ascii": ascii,
    "bytes": lambda s: repr(s.encode()),
    "repr in json": lambda s: json.dumps(repr(s)),
    "percent": lambda s: quote(s, safe=""),
    "percent, slashes kept": quote,
    "form": quote_plus,
    "html": html.escape,
    "shell": shlex.quote,
    "hex": lambda s: s.encode().hex(),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 of user and secret": lambda s: coded(b"user:", s),
    "base64 in a sentence": lambda s: coded(b"the password ", s, b" was refused"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_in_every_spelling(secret: str, spelling: str) -> None:
    told = SPELLINGS[spelling](secret)
    shown = Redactor([secret])(f"before {told} after")
    assert HIDDEN in shown and shown.startswith("before ") and shown.endswith(" after")
    assert told not in shown


@pytest.mark.lengthy
@given(st.text(min_size=4), st.text(max_size=20), st.text(max_size=20))
def test_no_text_holds_a_secret_afterwards(secret: str, before: str, after: str) -> None:
    """As long as the marks are none of it."""
    if "*" not in secret and len(secret.strip()) >= 4:
        assert secret not in Redactor([secret])(before + secret + after)


def test_the_longer_secret_is_hidden_whole() -> None:
    assert Redactor(["pass", "password-1"])("password-1 pass") == "*** ***"


def test_a_json_document_keeps_its_shape() -> None:
    """Numbers and the program's own names stay, whatever the secret is."""
    redact = Redactor(["1234", "message"])
    document = {"message": "no 1234 here", "ts_ns": 51234, "data": {"a message": ["1234", None, 1.5]}}
    assert orjson.loads(redact.json(orjson.dumps(document))) == {
        "message": "no *** here", "ts_ns": 51234, "data": {"a ***": ["***", None, 1.5]}}


def test_a_document_without_secrets_is_the_same_bytes() -> None:
    document = b'{"a": 1,  "b": [1.50]}'
    assert Redactor(["hunter22"]).json(document) is document


def test_an_address_hides_its_tokens_too() -> None:
    redact = Redactor(["tgram://987654321:AAHtoken_of_a_bot/55667788?format=html",
                       "mailtos://user:mail-password@smtp.x.com"])
    for words in ("bot987654321", "AAHtoken_of_a_bot", "chat 55667788", "login mail-password"):
        assert HIDDEN in redact(words)
    assert redact("cannot reach smtp.x.com") == "cannot reach smtp.x.com"


def test_every_secret_is_known_from_the_moment_it_is_read() -> None:
    Secret("planted-text")
    assert KNOWN("refused for planted-text") == "refused for ***"


def test_short_secrets_do_not_shred_the_log() -> None:
    assert Redactor(["a", "abc", ""])("abc banana") == "abc banana"
