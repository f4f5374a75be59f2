"""Busy ports and who holds them."""
from __future__ import annotations

import os
import socket

import psutil
import pytest

from qt_app.errors import ExitCode, QtError
from qt_app.services import ports


def test_a_busy_port_names_the_port_and_its_holder(free_port: int) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port))
        server.listen()
        assert not ports.is_free(free_port)
        with pytest.raises(QtError) as caught:
            ports.require_free({"zmq.control_port": 0, "zmq.port": free_port})
    text = str(caught.value)
    assert f"port {free_port} (zmq.port)" in text
    assert f"process {os.getpid()} ({psutil.Process().name()})" in text
    assert caught.value.code == ExitCode.UNEXPECTED == 1
    assert ports.is_free(free_port)
    ports.require_free({"zmq.port": free_port})


def test_a_holder_that_cannot_be_seen(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", denied)
    assert ports.holder(free_port) is None
    assert "another process" in str(ports.busy("zmq.port", free_port))


def test_a_free_port_has_no_holder(free_port: int) -> None:
    assert ports.holder(free_port) is None
