"""Who may see the page: nobody through another page, nobody by another name, and with a token where it leaves loopback.

An ASGI layer around everything, the web socket too. Whatever it refuses never reaches the page.
"""
from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from qt_app.monitor.text import Text

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "qt_monitor"
LOGIN = "/login"
LONGEST_LOGIN = 4096
#: Nothing is fetched from elsewhere, nothing frames the page; Vue compiles its templates in the browser.
HEADERS = (
    (b"content-security-policy", b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
     b"style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
     b"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"),
    (b"x-frame-options", b"DENY"), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"),
)


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


@dataclass(frozen=True)
class Access:
    """``token`` None: loopback alone is served. ``names``: what the page may be called, None for any."""

    token: str | None
    names: frozenset[str] | None
    #: What a browser keeps instead of the token; another one for each life of the monitor.
    ticket: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @classmethod
    def of(cls, address: str) -> Access:
        """For an address to serve: a new token where it leaves loopback."""
        if is_loopback(address):
            return cls(None, frozenset({"localhost", "127.0.0.1", "::1", address}))
        everywhere = ipaddress.ip_address(address).is_unspecified
        return cls(secrets.token_urlsafe(32), None if everywhere else frozenset({address}))

    def knows(self, cookies: str) -> bool:
        """Whether a Cookie header carries the ticket."""
        try:
            kept = SimpleCookie(cookies).get(COOKIE)
        except CookieError:
            return False
        return self.token is None or (kept is not None and _same(kept.value, self.ticket))

    def opens(self, token: str) -> bool:
        return self.token is not None and _same(token, self.token)


def _name_of(host: str) -> str:
    """Without the port; empty for what is no host."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


class Guard:
    """Stands before ``app``."""

    def __init__(self, app: App, access: Access, text: Text) -> None:
        self._app = app
        self._access = access
        self._text = text

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if (why := self._foreign(headers)) is not None:
            await self._refuse(scope, send, 403, f"<p>{why}</p>")
        elif self._access.knows(headers.get("cookie", "")):
            await self._app(scope, receive, _covered(send))
        elif scope["type"] == "http" and scope["path"] == LOGIN and scope["method"] == "POST":
            await self._login(scope, receive, send)
        else:
            await self._refuse(scope, send, 401, self._form(""))

    def _foreign(self, headers: dict[str, str]) -> str | None:
        """Why a request is not from our own page; None when it is."""
        host = headers.get("host", "")
        if self._access.names is not None and _name_of(host) not in self._access.names:
            return self._text.word("refused_host", host=host[:100])
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return self._text.word("refused_origin", origin=origin[:100])
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return self._text.word("refused_origin", origin="cross-site")
        return None

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more and len(body) <= LONGEST_LOGIN:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        given = parse_qs(body[:LONGEST_LOGIN].decode("utf-8", "replace")).get("token", [""])[0]
        if not self._access.opens(given.strip()):
            await self._refuse(scope, send, 401, self._form(self._text.word("wrong_token")))
            return
        cookie = f"{COOKIE}={self._access.ticket}; HttpOnly; SameSite=Strict; Path=/"
        await _respond(send, 303, "", ((b"location", b"/"), (b"set-cookie", cookie.encode())))

    async def _refuse(self, scope: Scope, send: Send, status: int, words: str) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await _respond(send, status, self._page(words), ())

    def _form(self, wrong: str) -> str:
        t = self._text
        alarm = f'<p role="alert"><b>{wrong}</b></p>' if wrong else ""
        return (f'<h1>{t.word("login_title")}</h1><p>{t.word("login_words")}</p>{alarm}'
                f'<form method="post" action="{LOGIN}"><label>{t.word("token")} <input name="token" type="password" '
                f'autocomplete="off" autofocus required></label> <button>{t.word("enter")}</button></form>')

    def _page(self, body: str) -> str:
        return (f'<!doctype html><html lang="{self._text.language.replace("_", "-")}"><meta charset="utf-8">'
                '<meta name="viewport" content="width=device-width,initial-scale=1"><title>QuantumTrader</title>'
                "<style>body{background:#0b1017;color:#dce6f2;font:16px/1.5 system-ui,sans-serif;max-width:34rem;"
                "margin:12vh auto;padding:0 1rem}input,button{font:inherit;padding:.5rem .8rem;border-radius:6px;"
                "border:1px solid #2c3b4f;background:#131c27;color:inherit}button{background:#4da3ff;color:#08111c}"
                f"</style><main>{body}</main></html>")


def _covered(send: Send) -> Send:
    """Adds the headers that keep the page to itself."""

    async def covering(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
        await send(message)

    return covering


async def _respond(send: Send, status: int, body: str, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    own = (*HEADERS, *headers, (b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": status, "headers": list(own)})
    await send({"type": "http.response.body", "body": body.encode()})
