"""The guard: other pages, other names, missing and wrong tokens, for requests and for the web socket."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qt_app.monitor.access import COOKIE, LONGEST_LOGIN, Access, Guard
from qt_app.monitor.text import Text

HOME = "127.0.0.1:8080"
AWAY = "192.168.0.10:8080"


async def page(scope: Any, receive: Any, send: Any) -> None:
    """The page behind the guard."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the page"})


def ask(access: Access, kind: str = "http", path: str = "/", method: str = "GET", body: bytes = b"",
        **headers: str) -> list[dict[str, Any]]:
    """What a request is answered."""
    sent: list[dict[str, Any]] = []
    scope = {"type": kind, "path": path, "method": method,
             "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]}
    parts = [{"type": "http.request", "body": body[i:i + 1000], "more_body": i + 1000 < len(body)}
             for i in range(0, max(1, len(body)), 1000)]

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guard(page, access, Text("en"))(scope, receive, send))
    return sent


def status(access: Access, **request: Any) -> int:
    return int(ask(access, **request)[0]["status"])


LOOPBACK, NETWORK = Access.of("127.0.0.1"), Access.of("192.168.0.10")
TICKET = f"other=1; {COOKIE}={NETWORK.ticket}"


@pytest.mark.parametrize("host", [HOME, "localhost:8080", "[::1]:8080", "localhost:9999"])
def test_loopback_needs_no_token(host: str) -> None:
    assert status(LOOPBACK, host=host) == 200 == status(LOOPBACK, host=host, origin=f"http://{host}")
    assert ask(LOOPBACK, "websocket", host=host, origin=f"http://{host}")[0]["type"] == "websocket.accept"


@pytest.mark.parametrize("headers", [
    {"host": HOME, "origin": "http://evil.example"}, {"host": HOME, "origin": "null"},
    {"host": HOME, "origin": "http://127.0.0.1:9999"}, {"host": "evil.example:8080"}, {"host": ""}, {},
    {"host": "127.0.0.1.evil.example:8080"}, {"host": "[::1"}, {"host": HOME, "origin": "http://[::1"},
    {"host": HOME, "sec_fetch_site": "cross-site", "sec_fetch_mode": "cors"}])
def test_other_pages_and_other_names_are_refused(headers: dict[str, str]) -> None:
    assert status(LOOPBACK, **headers) == 403
    assert ask(LOOPBACK, "websocket", **headers) == [{"type": "websocket.close", "code": 1008}]


def test_any_other_address_asks_for_the_token() -> None:
    assert status(NETWORK, host=AWAY) == 401 == status(NETWORK, host=AWAY, path="/_nicegui/x.js")
    assert ask(NETWORK, "websocket", host=AWAY) == [{"type": "websocket.close", "code": 1008}]
    for wrong in (f"{COOKIE}=", f"{COOKIE}={NETWORK.token}", f"{COOKIE}=é", f"{COOKIE}={'x' * 43}", "=;;\x00"):
        assert status(NETWORK, host=AWAY, cookie=wrong) == 401
    assert status(NETWORK, host=AWAY, cookie=TICKET) == 200
    assert ask(NETWORK, "websocket", host=AWAY, cookie=TICKET)[0]["type"] == "websocket.accept"
    assert status(NETWORK, host=AWAY, cookie=TICKET, origin="http://evil.example") == 403


def test_the_token_is_exchanged_for_a_ticket_that_scripts_and_other_pages_cannot_use() -> None:
    answer = ask(NETWORK, path="/login", method="POST", body=f"token={NETWORK.token}".encode(), host=AWAY)
    headers = dict(answer[0]["headers"])
    assert answer[0]["status"] == 303 and headers[b"location"] == b"/"
    cookie = headers[b"set-cookie"].decode()
    assert cookie == f"{COOKIE}={NETWORK.ticket}; HttpOnly; SameSite=Strict; Path=/"
    assert NETWORK.token is not None and NETWORK.token not in cookie


@pytest.mark.parametrize("body", [b"", b"token=", b"token=wrong", b"\xff\xfe", b"token=" + b"x" * 3 * LONGEST_LOGIN])
def test_a_wrong_token_is_refused_and_not_repeated(body: bytes) -> None:
    answer = ask(NETWORK, path="/login", method="POST", body=body, host=AWAY)
    assert answer[0]["status"] == 401 and b"does not fit" in answer[1]["body"] and b"xxx" not in answer[1]["body"]


def test_another_page_cannot_log_in() -> None:
    assert status(NETWORK, path="/login", method="POST", body=f"token={NETWORK.token}".encode(), host=AWAY,
                  origin="http://evil.example") == 403


@pytest.mark.parametrize("access", [LOOPBACK, NETWORK])
def test_nothing_is_fetched_from_elsewhere_and_nothing_frames_the_page(access: Access) -> None:
    host = HOME if access is LOOPBACK else AWAY
    headers = dict(ask(access, host=host)[0]["headers"])
    assert b"default-src 'self'" in headers[b"content-security-policy"]
    assert headers[b"x-frame-options"] == b"DENY"


def test_what_a_stranger_is_called_comes_back_escaped() -> None:
    answer = ask(LOOPBACK, host=HOME, origin="http://<script>")
    assert b"<script>" not in answer[1]["body"]


def test_every_life_has_its_own_secrets() -> None:
    other = Access.of("0.0.0.0")
    assert other.token != NETWORK.token and other.ticket != NETWORK.ticket and other.names is None
    assert status(other, host="anything:1", cookie=f"{COOKIE}={other.ticket}") == 200
    assert NETWORK.ticket not in repr(NETWORK)
