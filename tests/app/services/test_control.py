"""The control channel with real sockets."""
from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import zmq

from qt_app.errors import ExitCode, NotRunningError, QtError, RefusedError, TimedOutError
from qt_app.home import Home
from qt_app.services import files
from qt_app.services.control import ControlClient, ControlServer
from qt_app.services.process import Owner


def status(args: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": "running", "pid": os.getpid(), "args": dict(args)}


def refuse(args: Mapping[str, Any]) -> dict[str, Any]:
    raise RefusedError("risk says no")


def explode(args: Mapping[str, Any]) -> dict[str, Any]:
    raise ZeroDivisionError("oops")


@pytest.fixture
def errors() -> list[str]:
    return []


@pytest.fixture
def server(home: Home, errors: list[str]) -> Iterator[ControlServer]:
    running = ControlServer(home, {"status": status, "halt": refuse, "resume": explode}, on_error=errors.append)
    running.start()
    yield running
    running.close()


def raw(port: int, request: bytes) -> dict[str, Any]:
    with zmq.Context.instance().socket(zmq.REQ) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(f"tcp://127.0.0.1:{port}")
        socket.send(request)
        assert socket.poll(5000)
        answer: dict[str, Any] = json.loads(socket.recv())
        return answer


@pytest.mark.lengthy
def test_a_command_is_answered(home: Home, server: ControlServer) -> None:
    assert ControlClient(home).call("status", {"x": 1}) == {"state": "running", "pid": os.getpid(), "args": {"x": 1}}


def test_a_refusal_keeps_its_sentence_and_code(home: Home, server: ControlServer) -> None:
    with pytest.raises(QtError, match="risk says no") as caught:
        ControlClient(home).call("halt")
    assert caught.value.code == ExitCode.REFUSED


def test_a_failing_handler_is_told_counted_and_survived(home: Home, server: ControlServer, errors: list[str]) -> None:
    with pytest.raises(QtError, match="ZeroDivisionError: oops"):
        ControlClient(home).call("resume")
    assert errors == ["ZeroDivisionError: oops"]
    assert ControlClient(home).call("status")["state"] == "running"


def test_an_unknown_command_lists_the_known(home: Home, server: ControlServer) -> None:
    with pytest.raises(QtError, match="'dance' is unknown; known are status, halt, resume"):
        ControlClient(home).call("dance")


@pytest.mark.lengthy
@pytest.mark.parametrize("request_", [
    b"", b"{", b"[]", b"\xff\x00", b'{"command": "status"}', b'{"token": "wrong", "command": "status"}',
    b'{"token": null, "command": null}', b'{"token": 5, "command": ["status"]}',
])
def test_garbage_and_wrong_tokens_are_refused(home: Home, server: ControlServer, request_: bytes) -> None:
    assert raw(server.port, request_)["ok"] is False
    assert server.wrong_tokens == (request_[:2] == b'{"')
    assert ControlClient(home).call("status")["state"] == "running"


def test_odd_commands_with_the_right_token_are_refused(home: Home, server: ControlServer) -> None:
    token = json.loads(home.control.read_bytes())["token"]
    for command in (None, 5, ["status"], {"a": 1}):
        assert raw(server.port, json.dumps({"token": token, "command": command}).encode())["ok"] is False
    assert raw(server.port, json.dumps({"token": token, "command": "status", "args": [1]}).encode())["ok"] is True


def test_the_token_file_is_for_its_owner_alone(home: Home, server: ControlServer) -> None:
    document = json.loads(home.control.read_bytes())
    assert len(document["token"]) == 64 and document["port"] == server.port
    assert os.name == "nt" or home.control.stat().st_mode & 0o777 == 0o600


def test_close_removes_the_file_and_ends_the_channel(home: Home) -> None:
    server = ControlServer(home, {"status": status})
    server.start()
    server.close()
    assert not home.control.exists()
    with pytest.raises(NotRunningError, match="qt start"):
        ControlClient(home).call("status")


def test_close_without_start_frees_the_port(home: Home, free_port: int) -> None:
    ControlServer(home, {}, free_port).close()
    for _ in range(500):    # ZMQ lets a port go from a thread of its own
        try:
            ControlServer(home, {}, free_port).close()
        except QtError:
            threading.Event().wait(0.01)
        else:
            return
    raise AssertionError(f"port {free_port} is still held")


def test_nobody_running_is_exit_3(home: Home) -> None:
    with pytest.raises(NotRunningError) as caught:
        ControlClient(home).call("status")
    assert caught.value.code == ExitCode.NOT_RUNNING


def test_a_file_left_by_a_dead_engine_is_not_running(home: Home) -> None:
    dead = Owner(os.getpid(), Owner.me().started - 99)
    files.replace(home.control, json.dumps({**dead.as_json(), "port": 1, "token": "x"}).encode())
    with pytest.raises(NotRunningError):
        ControlClient(home).call("status")


def test_an_engine_that_does_not_answer_times_out(home: Home, free_port: int) -> None:
    files.replace(home.control, json.dumps({**Owner.me().as_json(), "port": free_port, "token": "x"}).encode())
    with pytest.raises(TimedOutError, match=r"did not answer `status` within 0\.05 s") as caught:
        ControlClient(home).call("status", timeout_s=0.05)
    assert caught.value.code == ExitCode.TIMEOUT


def test_a_damaged_control_file_is_not_running(home: Home) -> None:
    files.replace(home.control, json.dumps(Owner.me().as_json()).encode())
    with pytest.raises(NotRunningError, match=r"control\.json"):
        ControlClient(home).call("status")


def test_a_busy_control_port_is_named(home: Home, server: ControlServer) -> None:
    with pytest.raises(QtError, match=rf"port {server.port} \(zmq.control_port\) is busy: process {os.getpid()}"):
        ControlServer(home, {}, server.port)
