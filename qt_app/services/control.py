"""The control channel: JSON requests on a loopback ZMQ socket, with a token that only the owner can read.

``state/control.json`` (0600) tells port, token, pid and start time. A request is
``{"token": …, "command": …, "args": {…}}``; the answer ``{"ok": true, "result": {…}}`` or
``{"ok": false, "error": …, "code": n}``.
"""
from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import zmq

from qt_app.errors import ExitCode, NotRunningError, QtError, TimedOutError
from qt_app.home import Home
from qt_app.redact import KNOWN
from qt_app.services import files
from qt_app.services.lock import read_owner
from qt_app.services.ports import HOST, busy
from qt_app.services.process import Owner

Handler = Callable[[Mapping[str, Any]], Mapping[str, Any]]

POLL_MS = 200
LARGEST_REQUEST = 65_536


class ControlServer:
    """Answers on its own thread. Handlers must return quickly: they read a snapshot or queue an act."""

    def __init__(self, home: Home, handlers: Mapping[str, Handler], port: int = 0,
                 on_error: Callable[[str], None] | None = None) -> None:
        self._home = home
        self._handlers = dict(handlers)
        self._on_error = on_error
        self._token = secrets.token_hex(32)
        self.wrong_tokens = 0
        self._stop = threading.Event()
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.REP)
        self._socket.setsockopt(zmq.LINGER, 1000)
        self._socket.setsockopt(zmq.MAXMSGSIZE, LARGEST_REQUEST)
        self.port = bind(self._socket, port, "zmq.control_port")
        self._thread = threading.Thread(target=self._run, name="qt-control", daemon=True)

    def start(self) -> None:
        """Writes control.json and begins to answer."""
        document = {**Owner.me().as_json(), "port": self.port, "token": self._token}
        files.replace(self._home.control, orjson.dumps(document), 0o600)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread and removes control.json."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)
            self._home.control.unlink(missing_ok=True)
        else:
            self._socket.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._socket.poll(POLL_MS):
                self._socket.send(self._answer(self._socket.recv()))
        self._socket.close()

    def _answer(self, request: bytes) -> bytes:
        return KNOWN.json(self._reply(request))

    def _reply(self, request: bytes) -> bytes:
        try:
            result = self._perform(request)
            return orjson.dumps({"ok": True, "result": result}, default=str, option=orjson.OPT_SERIALIZE_NUMPY)
        except QtError as error:
            return orjson.dumps({"ok": False, "error": str(error), "code": int(error.code)})
        except Exception as error:  # noqa: BLE001 (a failing request is told to its sender and counted, the channel lives)
            if self._on_error is not None:
                self._on_error(f"{type(error).__name__}: {error}")
            return orjson.dumps({"ok": False, "error": f"unexpected: {type(error).__name__}: {error}",
                                 "code": int(ExitCode.UNEXPECTED)})

    def _perform(self, request: bytes) -> Mapping[str, Any]:
        document = _parse(request)
        if not hmac.compare_digest(str(document.get("token", "")).encode(), self._token.encode()):
            self.wrong_tokens += 1
            raise QtError("the control token does not fit; it is in state/control.json of the running engine's home")
        command = document.get("command")
        handler = self._handlers.get(command) if isinstance(command, str) else None
        if handler is None:
            raise QtError(f"control command {command!r} is unknown; known are {', '.join(self._handlers)}")
        args = document.get("args") or {}
        return handler(args if isinstance(args, dict) else {})


def _parse(request: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(request)
    except orjson.JSONDecodeError as error:
        raise QtError("a control request must be JSON") from error
    if not isinstance(document, dict):
        raise QtError("a control request must be a JSON object")
    return document


def bind(socket: zmq.Socket[bytes], port: int, name: str) -> int:
    """Binds on loopback and returns the port. Raises QtError naming who holds a busy one."""
    try:
        socket.bind(f"tcp://{HOST}:{port or '*'}")
    except zmq.ZMQError as error:
        socket.close(0)
        if error.errno == zmq.EADDRINUSE:
            raise busy(name, port) from error
        raise QtError(f"port {port} ({name}) cannot be used: {error.strerror}") from error
    endpoint = socket.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(endpoint, bytes)
    return int(endpoint.decode().rstrip("\0").rpartition(":")[2])


class ControlClient:
    """Speaks to the engine of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def owner(self) -> Owner:
        """The running engine. Raises NotRunningError (exit 3)."""
        owner = read_owner(self._home.control)
        if owner is None or not owner.alive:
            raise NotRunningError(f"qt is not running in {self._home.root}; start it with `qt start`")
        return owner

    def call(self, command: str, args: Mapping[str, Any] | None = None, timeout_s: float = 5.0) -> dict[str, Any]:
        """Result of a command.

        Raises NotRunningError when there is no engine, TimedOutError when it does not answer, and QtError with the
        engine's own sentence (its ``code`` set) when it refuses.
        """
        owner = self.owner()
        try:
            access = orjson.loads(self._home.control.read_bytes())
            request = {"token": access["token"], "command": command, "args": dict(args or {})}
            reply = _exchange(int(access["port"]), orjson.dumps(request), timeout_s)
        except (OSError, KeyError, ValueError) as error:
            raise NotRunningError(f"{self._home.control} cannot be used ({error}); is qt stopping?") from error
        if reply is None:
            self.owner()    # it may have ended while we waited
            raise TimedOutError(f"qt (process {owner.pid}) did not answer `{command}` within {timeout_s:g} s")
        return _result(orjson.loads(reply))


def _exchange(port: int, request: bytes, timeout_s: float) -> bytes | None:
    socket: zmq.Socket[bytes]
    with zmq.Context.instance().socket(zmq.REQ) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(f"tcp://{HOST}:{port}")
        socket.send(request)
        return socket.recv() if socket.poll(int(timeout_s * 1000)) else None


def _result(reply: dict[str, Any]) -> dict[str, Any]:
    if not reply.get("ok"):
        error = QtError(str(reply.get("error")))
        error.code = ExitCode(reply.get("code", ExitCode.UNEXPECTED))
        raise error
    result = reply.get("result")
    return result if isinstance(result, dict) else {}
