"""Replacing a file whole."""
from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from qt_app.services import files


def test_the_content_and_the_mode(tmp_path: Path) -> None:
    target = tmp_path / "new" / "x.json"
    files.replace(target, b"{}", 0o600)
    assert target.read_bytes() == b"{}"
    assert os.name == "nt" or target.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in target.parent.iterdir()] == ["x.json"]


@pytest.mark.lengthy
def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    files.replace(target, b"[]")
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not done.is_set():
            seen.append(len(json.loads(target.read_bytes())))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(200):
        files.replace(target, json.dumps(list(range(n * 50))).encode())
    done.set()
    reader.join()
    assert seen == sorted(seen)


def test_a_failure_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.json"
    files.replace(target, b"old")

    def refuse(self: Path, other: Path) -> Path:
        raise PermissionError("in use")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        files.replace(target, b"new")
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]
