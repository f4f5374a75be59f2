"""The monitor in a browser, from before the engine to after its end and return."""
from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from e2e.browser import PHONE, Browser, chromium, needs_chromium
from e2e.installation import Installation, until
from e2e.monitored import serving
from selenium.webdriver.common.keys import Keys

from qt_app.monitor.screen import PANELS

pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[tuple[Installation, str]]:
    """A home whose monitor serves, and the page's address; no engine yet."""
    installation = Installation(tmp_path)
    with serving(installation) as url:
        yield installation, url


def picture(browser: Browser, name: str, *, whole: bool = False, clip: dict[str, float] | None = None) -> None:
    """Kept where QT_SCREENSHOTS says, for people to look at."""
    folder = os.environ.get("QT_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.picture(Path(folder) / f"{name}.png", whole=whole, clip=clip)


def panels(browser: Browser, screen: str = "") -> None:
    """Every panel by itself."""
    for name in (*(panel.name for panel in PANELS), "stream_panel"):
        browser.driver.execute_script("window.scrollTo(0, 0)")
        box = browser.driver.execute_script(
            "const r = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return {x: r.x, y: r.y + scrollY, width: r.width, height: r.height, scale: 1}", f".panel.{name}")
        picture(browser, f"{screen}panel-{name.removesuffix('_panel')}", whole=True, clip=box)


def live(browser: Browser) -> None:
    """Every panel shows values of now."""
    until("a row of features", lambda: browser.count(".family tbody tr") == 65)
    until("the votes", lambda: browser.count(".vote") == 5)
    until("the ladder", lambda: browser.count(".ladder tbody tr") > 10)
    until("every panel live", lambda: browser.count(".panel .chip.live") == len(PANELS))
    until("three charts", lambda: browser.count(".chart canvas") == 3)
    price = browser.text(".at-head .price")
    assert price.replace(".", "").replace(",", ".").replace("–", "x") != "x" and "5." in price
    first = browser.text(".time b")
    until("time goes on", lambda: browser.text(".time b") != first)


def read_the_log(browser: Browser) -> None:
    """The engine's own log, one component of it, and everything again; by the keyboard."""
    component = browser.driver.find_element("css selector", "select[aria-label=Componente]")
    until("its components", lambda: "Runner" in component.text)
    component.send_keys("Runner")
    until("its lines alone", lambda: set(browser.texts(".line .kind")) == {"Runner"})
    component.send_keys(Keys.HOME)
    until("all lines", lambda: "Runner" not in browser.texts(".line .kind")[:1])


def act(browser: Browser, name: str) -> None:
    """By the keyboard alone: to the button, into the question, to its answer."""

    def reached(wanted: str) -> bool:
        browser.press(Keys.TAB)
        return browser.focused() == wanted

    browser.driver.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    until(f"the button {name}", lambda: reached(f"act-{name}"))
    browser.press(Keys.ENTER)
    until("the question, its harmless answer first", lambda: browser.focused() == "act-cancel")
    picture(browser, f"ask-{name}")
    until("the other answer", lambda: reached("act-confirm"))
    browser.press(Keys.ENTER)


def test_the_life_of_a_page(installed: tuple[Installation, str]) -> None:
    installation, url = installed
    with chromium() as browser:
        browser.driver.get(url)
        until("it waits", lambda: "Esperando o motor" in browser.text(".at-banner"))
        assert browser.driver.find_element("id", "act-flatten").get_attribute("disabled") is not None
        picture(browser, "waiting")

        installation.start("--speed", 4)
        until("the engine is heard", lambda: browser.text(".at-banner") == "")
        live(browser)
        assert "SINTÉTICO" in browser.text(".at-head") and "SINTÉTICO" in browser.text(".at-ribbon")
        picture(browser, "live", whole=True)
        panels(browser)
        assert browser.barriers() == []
        read_the_log(browser)

        act(browser, "halt")
        installation.reach("no entries", lambda status: status["risk"]["state"] == "reducing")
        until("it is shown", lambda: "sem entradas" in browser.text(".at-head"))
        act(browser, "flatten")
        installation.reach("halted", lambda status: status["risk"]["halted"])
        until("it is shown", lambda: "Operação suspensa" in browser.text(".at-banner"))
        picture(browser, "halted")

        installation.put_down()
        until("silence is stale", lambda: "PARADO" in browser.text(".at-banner"))
        assert browser.count(".panel .chip.stale") == len(PANELS)
        assert browser.driver.find_element("id", "act-halt").get_attribute("disabled") is not None
        picture(browser, "stale")

        installation.start("--speed", 4)
        until("it is back, and still halted", lambda: "suspens" in browser.text(".at-banner")
              and "PARADO" not in browser.text(".at-banner"))
        live(browser)

        assert browser.complaints() == []
        assert browser.asked_hosts() == {url.split("/")[2]}


def test_a_page_that_lost_its_monitor_says_so_and_one_on_a_phone_fits(installed: tuple[Installation, str]) -> None:
    installation, url = installed
    installation.start("--speed", 4)
    with chromium(*PHONE) as browser:
        browser.be_a_phone()
        browser.driver.get(url)
        live(browser)
        assert browser.sees("#lost") is False
        width = browser.driver.execute_script("return document.documentElement.scrollWidth")
        assert width <= 390
        picture(browser, "phone", whole=True)
        panels(browser, "phone-")
        [monitor] = [p for p in psutil.Process().children(recursive=True) if "monitor" in p.cmdline()]
        monitor.suspend()
        until("it says so by itself", lambda: browser.sees("#lost"))
        picture(browser, "lost")
        monitor.resume()
        until("it is well again", lambda: browser.sees("#lost") is False)
