"""Modules that use the standard library's logging are heard by the run's log."""
from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from qt_app.home import Home
from qt_app.services.log import Log


def lines(home: Home) -> list[dict[str, Any]]:
    return [json.loads(line) for path in home.logs.glob("*.log") for line in path.read_text("utf-8").splitlines()]


def test_what_a_module_says_is_in_the_log_without_its_secrets(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with Log(home, secrets=["planted-secret"]) as log:
        log.listen("qt_heard")
        logging.getLogger("qt_heard.part").warning("the %s is %s", "key", "planted-secret")
        logging.getLogger("qt_heard").debug("too fine")
    assert [(line["level"], line["component"], line["message"]) for line in lines(home)] == [
        ("WARNING", "part", "the key is ***")]


def test_a_closed_log_hears_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = Home(tmp_path)
    with Log(home) as log:
        log.listen("qt_heard")
    logging.getLogger("qt_heard").warning("too late")
    assert lines(home) == []
