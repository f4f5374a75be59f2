"""How soon the monitor's page can be used, and how soon it says that its engine is gone: ``cd tests && PYTHONPATH=..:.
python -m bench.monitor_page [trials]``.

Each trial opens the page in a browser of its own and once more in the same, then kills the engine. The page itself
stamps: interactive is when its socket has shaken hands, five votes are drawn and the buttons are on, counted from the
start of the navigation; stale is when PARADO stands in its head, counted from just before the kill.
"""
from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time

import numpy as np
from e2e.browser import Browser, chromium
from e2e.installation import Installation, until
from e2e.monitored import serving

#: Runs before anything of the page; stamps are ms of the browser's clock, which is the computer's.
STAMPS = """
window.qtStamps = {};
const look = () => {
  const now = performance.timeOrigin + performance.now(), halt = document.getElementById("act-halt");
  if (window.did_handshake && document.querySelectorAll(".vote").length === 5 && halt && !halt.disabled)
    window.qtStamps.interactive ??= now - performance.timeOrigin;
  if (document.querySelector(".badge.stale")) window.qtStamps.stale ??= now;
};
new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
setInterval(look, 5);
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """Seconds."""

    first: float
    again: float
    stale: float


def stamp(browser: Browser, name: str) -> float:
    """Waits until the page has stamped, ms."""
    look = f"return window.qtStamps?.{name}"
    return float(until(f"the stamp {name}", lambda: browser.driver.execute_script(look)))


def measure(trials: int, root: Path) -> Iterator[Trial]:
    installation = Installation(root)
    with serving(installation) as url:
        for _ in range(trials):
            installation.start("--speed", 1)
            installation.reach("decisions", lambda status: status["decision"]["count"] > 2)
            with chromium() as browser:
                browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": STAMPS})
                opened = []
                for _ in range(2):
                    browser.driver.get(url)
                    opened.append(stamp(browser, "interactive") / 1000)
                killed = time()
                installation.put_down()
                yield Trial(opened[0], opened[1], stamp(browser, "stale") / 1000 - killed)


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        found = list(measure(trials, Path(folder)))
    for name, words in (("first", "interactive, in a new browser"), ("again", "interactive, opened once more"),
                        ("stale", "PARADO after the engine is killed")):
        took = np.array([getattr(trial, name) for trial in found])
        print(f"{words:<34} {len(took)} trials: median {np.median(took):.2f} s, max {took.max():.2f} s")


if __name__ == "__main__":
    main()
