"""The pictures of the manual, taken of the real program: from ``tests/``, ``PYTHONPATH=..:. python -m e2e.pictures``.

A simulated session trades until the page has something to show, is killed, comes back and is halted; then come the
pages of its day. ``FOLDER`` as an argument keeps the pictures elsewhere.
"""
from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from e2e.browser import Browser, chromium
from e2e.installation import UNBROKEN, Installation, until
from e2e.monitored import serving
from rich.console import Console

from qt_app.services.control import ControlClient
from qt_app.terminal.view import view
from qt_app.terminal.watch import Watcher

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "manual" / "pictures"
EAGER = {"MIN_CONFIDENCE": "0.40", "MAX_DAILY_TRADES": "200", "LANG": "C.UTF-8", **UNBROKEN}
TRADES = 12
WATCH = (118, 34)   # columns and lines of the terminal
PAGE_HEIGHT = 1350


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as home:
        qt = Installation(Path(home), EAGER)
        with serving(qt) as url, chromium() as browser:
            browser.driver.get(url)
            session(qt, browser, folder)
        with chromium(1200, PAGE_HEIGHT) as browser:
            pages(qt, browser, folder)


def session(qt: Installation, browser: Browser, folder: Path) -> None:
    """The monitor while all goes, after the engine fell silent, and halted; the terminal beside it."""
    qt.start("--speed", 20)
    qt.reach("trades", lambda status: status["trades"]["today"] >= TRADES)
    until("every panel live", lambda: not browser.count(".panel .chip.stale") and browser.count(".vote") == 5)
    browser.picture(folder / "live.png", whole=True)
    terminal(qt, folder / "watch.svg")
    qt.put_down()
    until("silence is stale", lambda: "PARADO" in browser.text(".at-banner"))
    browser.picture(folder / "stale.png")
    qt.start("--speed", 20)
    qt.good("halt", "--reason", "notícia às 14h")
    until("it is shown", lambda: "suspensa" in browser.text(".at-banner"))
    browser.picture(folder / "halted.png")
    qt.good("stop")


def pages(qt: Installation, browser: Browser, folder: Path) -> None:
    """The top of each page that a day leaves."""
    qt.good("report", "daily")
    made = {"report": next((qt.home.reports / "daily").glob("*.html")),
            "why": Path(qt.good("why", "trade:1", "--html").split()[-1])}
    for name, page in made.items():
        browser.driver.get(page.as_uri())
        browser.picture(folder / f"{name}.png")


def terminal(qt: Installation, path: Path) -> None:
    """What ``qt status --watch`` shows; in the reader's own letters, since a picture fetches none."""
    console = Console(record=True, width=WATCH[0], height=WATCH[1], file=io.StringIO(), force_terminal=True)
    console.print(view(Watcher(ControlClient(qt.home), lambda: None).look(), *WATCH))
    drawn = console.export_svg(title="qt status --watch")
    path.write_text(re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
