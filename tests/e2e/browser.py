"""A headless Chromium that remembers what it asked for and what it complained of."""
from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None,
    reason="the page is tested in Debian's Chromium: apt-get install chromium chromium-driver")
#: Nothing that Chromium does on its own account.
QUIET = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-sync")
#: Width and height of a phone's screen.
PHONE = (390, 844)


class Browser:
    """One tab."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.hosts: set[str] = set()

    def text(self, where: str) -> str:
        """What an element shows; empty when there is none."""
        return str(self.driver.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", where))

    def texts(self, where: str) -> list[str]:
        """What each of the elements shows."""
        look = "return [...document.querySelectorAll(arguments[0])].map(element => element.innerText)"
        return list(self.driver.execute_script(look, where))

    def sees(self, where: str) -> bool | None:
        """Whether an element is shown; None while there is none, or while the page loads itself anew."""
        look = "return document.querySelector(arguments[0])?.checkVisibility()"
        with suppress(WebDriverException):
            found: bool | None = self.driver.execute_script(look, where)
            return found
        return None

    def count(self, where: str) -> int:
        return len(self.driver.find_elements(By.CSS_SELECTOR, where))

    def focused(self) -> str:
        return str(self.driver.execute_script("return document.activeElement?.id ?? ''"))

    def press(self, keys: str) -> None:
        webdriver.ActionChains(self.driver).send_keys(keys).perform()

    def be_a_phone(self) -> None:
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": PHONE[0], "height": PHONE[1], "deviceScaleFactor": 1, "mobile": True})

    def picture(self, path: Path, *, whole: bool = False, clip: dict[str, float] | None = None) -> None:
        """Of what is seen, of the whole page, or of a part of it."""
        part = {} if clip is None else {"clip": clip}
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": whole, **part})
        path.write_bytes(base64.b64decode(taken["data"]))

    def barriers(self) -> list[str]:
        """What keeps people from using the page, as far as axe-core finds it."""
        self.driver.execute_script((files("axe_core_python") / "axe.min.js").read_text("utf-8"))
        found = self.driver.execute_async_script(
            "axe.run({resultTypes: ['violations']}).then(arguments[arguments.length - 1])")
        return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]]

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def asked_hosts(self) -> set[str]:
        """Everything that was asked for over a network, also by a web socket."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            told = message["params"]
            url = {"Network.requestWillBeSent": told.get("request", {}).get("url"),
                   "Network.webSocketCreated": told.get("url")}.get(message["method"]) or ""
            if url.startswith(("http", "ws")):
                self.hosts.add(urlsplit(url).netloc)
        return self.hosts


@contextmanager
def chromium(width: int = 1440, height: int = 1000) -> Iterator[Browser]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (*QUIET, f"--window-size={width},{height}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_script_timeout(60)
    try:
        yield Browser(driver)
    finally:
        driver.quit()
