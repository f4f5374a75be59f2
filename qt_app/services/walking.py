"""Sends a process to walk through a library's life, and reports what it found, where it ended and how."""
from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import IO, Any

from qt_app.calendar import SAO_PAULO, resolve_symbol, session_before, session_on_or_after
from qt_app.config import Config
from qt_app.errors import ExitCode
from qt_app.home import Home
from qt_app.services.finding import Finding
from qt_app.services.start import same_program
from qt_app.services.walk import Errand

WALKER = (sys.executable, "-P", "-m", "qt_app.services.walk")
#: For everything that has no limit of its own: loading, accounts, contract.
SPARE_S = 60.0


def errand_of(config: Config, home: Home, library: Path) -> Errand:
    """What the configuration says about a library's session; a simulated exchange plays its last session."""
    today = datetime.now(SAO_PAULO).date()
    key, user, password = (value.reveal() if value else ""
                           for value in (config.feed.key, config.feed.user, config.feed.password))
    symbol = resolve_symbol(config.trading.symbol, session_on_or_after(today))
    return Errand(str(library.absolute()), symbol, str(home.root), key, user, password,
                  orders=config.trading.mode != "paper",
                  settings={"day": session_before(today).isoformat(), "symbol": symbol, "hold": "1"})


def walk(errand: Errand, walker: Sequence[str] = WALKER) -> Iterator[Finding]:
    """Findings as they come. A walker that crashes, or is silent for too long, is a finding itself."""
    limit_s = errand.login_s + errand.routing_s + errand.data_s + errand.history_s + errand.finalize_s + SPARE_S
    with subprocess.Popen(walker, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=same_program()) as child:
        assert child.stdin is not None
        lines = _lines(child)
        child.stdin.write(json.dumps(asdict(errand)))
        child.stdin.close()
        step, end = "start", monotonic() + limit_s
        try:
            while (document := _next(lines, end)) is not None:
                step = document.get("at", step)
                if "at" not in document:
                    yield Finding(**{**document, "code": ExitCode(document["code"])})
            yield from _ending(child, step, end, limit_s)
        finally:
            child.kill()


def _lines(child: subprocess.Popen[str]) -> queue.Queue[str | None]:
    """What the child prints, line by line; None at its end."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read(stream: IO[str]) -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    assert child.stdout is not None
    threading.Thread(target=read, args=(child.stdout,), daemon=True).start()
    return lines


def _next(lines: queue.Queue[str | None], end: float) -> dict[str, Any] | None:
    try:
        line = lines.get(timeout=max(end - monotonic(), 0.0))
    except queue.Empty:
        return None
    return None if line is None else dict(json.loads(line))


def _ending(child: subprocess.Popen[str], step: str, end: float, limit_s: float) -> Iterator[Finding]:
    """Nothing, unless the walker came to a bad end."""
    if monotonic() >= end and child.poll() is None:
        yield Finding(step, "fail", f"the library did not come back within {limit_s:g} s",
                      "check the network; end other sessions of this key; run this again", ExitCode.TIMEOUT)
        return
    code = child.wait()
    if code:
        assert child.stderr is not None
        said = child.stderr.read().strip().splitlines()
        why = f": {said[-1]}" if said else ""
        yield Finding(step, "fail", f"the library ended the process that used it (code {code}){why}",
                      "install the vendor's library again, and report it with the log", ExitCode.BROKER)
