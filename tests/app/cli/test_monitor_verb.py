"""``qt monitor``: what it refuses, in a sentence with its exit code."""
from __future__ import annotations

import socket
from pathlib import Path

import pytest

from qt_app.__main__ import main
from qt_app.errors import ExitCode


@pytest.mark.lengthy
def test_a_busy_port_names_its_holder_and_is_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = main(["monitor", "--home", str(tmp_path), "--port", str(port)])
    assert code == ExitCode.UNEXPECTED
    assert f"port {port} (enhanced_monitor.port) is busy: process" in capsys.readouterr().err
    assert "enhanced_monitor.port" in next((tmp_path / "logs").iterdir()).read_text("utf-8")
    assert not (tmp_path / "state" / "monitor.json").exists()


@pytest.mark.lengthy
def test_an_address_of_another_computer_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitor", "--home", str(tmp_path), "--address", "203.0.113.7"]) == ExitCode.CONFIG
    assert "give an address of this computer" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["everywhere", "127.0.0.1.evil.example", ""])
def test_an_address_is_an_ip_address(tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str) -> None:
    assert main(["monitor", "--home", str(tmp_path), "--address", address]) == ExitCode.CONFIG
    assert "enhanced_monitor.address" in capsys.readouterr().err
