"""A program that answers like a running engine: the lock, the control channel, and nothing else.

Started by the tests as ``python engine_stand_in.py start --foreground-child --home DIR [--symbol S]``.
"""
from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qt_app.config import load
from qt_app.home import Home
from qt_app.services.control import ControlServer
from qt_app.services.lock import InstanceLock
from qt_app.services.process import Owner
from qt_app.services.snapshot import Board, starting
from qt_app.services.status import status_document


def run(home: Home, symbol: str) -> None:
    ended = threading.Event()
    first = starting(load(home), symbol=symbol, source="sim", synthetic=True, session_id="s")
    first["state"] = "starting" if symbol == "SLOW" else "running"
    first["feed"].update(connected=True, age_ms=3.0, state="ready")
    board = Board(first)

    def status(args: Mapping[str, Any]) -> Mapping[str, Any]:
        document = status_document(board.latest(), Owner.me())
        board.latest()["state"] = "running"
        return document

    def halt(args: Mapping[str, Any]) -> Mapping[str, Any]:
        board.latest()["risk"].update(state="halted", halted=True, halt_reason="HALTED")
        return {"act": 1}

    def resume(args: Mapping[str, Any]) -> Mapping[str, Any]:
        board.latest()["risk"].update(state="active", halted=False, halt_reason=None)
        return {"act": 2, "lifted": ["HALTED"], "left": []}

    def progress(args: Mapping[str, Any]) -> Mapping[str, Any]:
        held = int(symbol == "STUCK")
        return {"taken": True, "flat": not held, "position": held, "working": held, "entries": 0, "cancelled": 2,
                "latched": True, "shown": True}

    def stop(args: Mapping[str, Any]) -> Mapping[str, Any]:
        (home.state / "stop.txt").write_text(str(args.get("position")))
        if symbol != "STUCK":
            ended.set()
        return {"state": "stopping"}

    with InstanceLock(home):
        server = ControlServer(home, {"status": status, "stop": stop, "halt": halt, "resume": resume,
                                      "progress": progress})
        server.start()
        ended.wait()
        server.close()


if __name__ == "__main__":
    given = dict(zip(sys.argv[3::2], sys.argv[4::2], strict=False))
    if given.get("--symbol") == "BROKEN":
        sys.stderr.write("a warning of a library\nqt: the DLL does not export SendOrder\n")
        sys.exit(6)
    run(Home(Path(sys.argv[4] if sys.argv[3] == "--home" else given["--home"])), given.get("--symbol", "WDOZ26"))
