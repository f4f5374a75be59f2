"""How soon the monitor's page can be used, and how soon it says that its engine is gone: ``cd tests && PYTHONPATH=..:.
python -m bench.monitor_page [trials]``.

Each trial opens the page in a browser of its own and once more in the same, then kills the engine. The page itself
stamps: it can be used when five votes are drawn and the buttons are on, and is connected when its socket has shaken
hands too (what is pressed before waits for that), both counted from the start of the navigation; it is stale when
PARADO stands in its head, counted from just before the kill.
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
  if (document.querySelectorAll(".vote").length === 5 && halt && !halt.disabled) {
    window.qtStamps.usable ??= now - performance.timeOrigin;
    if (window.did_handshake) window.qtStamps.connected ??= now - performance.timeOrigin;
  }
  if (document.querySelector(".badge.stale")) window.qtStamps.stale ??= now;
};
new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
setInterval(look, 5);
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """Seconds; of the page's two openings."""

    usable: tuple[float, float]
    connected: tuple[float, float]
    stale: float


def stamp(browser: Browser, name: str) -> float:
    """Waits until the page has stamped, ms."""
    look = f"return window.qtStamps?.{name}"
    return float(until(f"the stamp {name}", lambda: browser.driver.execute_script(look)))


def opened(browser: Browser, url: str) -> tuple[float, float]:
    """Until it can be used, and until it is connected."""
    browser.driver.get(url)
    connected = stamp(browser, "connected") / 1000
    return stamp(browser, "usable") / 1000, connected


def measure(trials: int, root: Path) -> Iterator[Trial]:
    installation = Installation(root)
    with serving(installation) as url:
        for _ in range(trials):
            installation.start("--speed", 1)
            installation.reach("decisions", lambda status: status["decision"]["count"] > 2)
            with chromium() as browser:
                browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": STAMPS})
                first, again = (opened(browser, url) for _ in range(2))
                killed = time()
                installation.put_down()
                yield Trial((first[0], again[0]), (first[1], again[1]), stamp(browser, "stale") / 1000 - killed)


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        found = list(measure(trials, Path(folder)))
    for words, took in (
            ("can be used, in a new browser", [trial.usable[0] for trial in found]),
            ("can be used, opened again", [trial.usable[1] for trial in found]),
            ("connected, in a new browser", [trial.connected[0] for trial in found]),
            ("connected, opened again", [trial.connected[1] for trial in found]),
            ("PARADO after the engine is killed", [trial.stale for trial in found])):
        print(f"{words:<34} {len(took)} trials: median {np.median(took):.2f} s, max {max(took):.2f} s")


if __name__ == "__main__":
    main()
