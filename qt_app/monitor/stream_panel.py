"""The stream of one tab with its filters."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape

from nicegui import ui

from qt_app.monitor.screen import Screen
from qt_app.monitor.show.lines import lines
from qt_app.monitor.stream import KINDS, Filter

LEAST = ("INFO", "WARNING", "ERROR")    # levels to choose from


class StreamPanel:
    """Lines are drawn anew only when some have come or another filter was chosen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._wanted = Filter()
        self._drawn: tuple[int, float | None, Filter] | None = None
        t = screen.text
        with ui.element("section").classes("panel stream_panel").props(f'aria-label="{t.word("stream_panel")}"'):
            with ui.element("div").classes("title"):
                ui.html(t.word("stream_panel"), tag="h2", sanitize=False)
                ui.toggle({kind: t.word(f"kind.{kind}") for kind in ("all", *KINDS)}, value="all",
                          on_change=lambda e: self._choose(kind=e.value)).props(
                    f'unelevated no-caps dense aria-label="{t.word("filter")}"')
                self._choice("filter_level", {level: t.word(f"least.{level}") for level in LEAST},
                             lambda level: self._choose(level=level))
                self._components = self._choice("filter_component", {"": t.word("every_component")},
                                                lambda name: self._choose(component=name))
                self._known = {""}
                ui.input(placeholder=t.word("filter_text"), on_change=lambda e: self._choose(text=e.value or "")).props(
                    f'dense outlined clearable debounce=200 aria-label="{t.word("filter_text")}"')
            self._lines = ui.html("", sanitize=False)

    def show(self) -> None:
        """Sends what is new."""
        stream = self._screen.monitor.stream
        now = stream.count, self._screen.monitor.points, self._wanted
        if now == self._drawn:
            return
        self._drawn = now
        for name in stream.components:
            if name not in self._known:
                self._known.add(name)
                with self._components:
                    _option(name, escape(name))
        self._lines.set_content(lines(self._screen.view, self._wanted))

    def _choose(self, **chosen: str) -> None:
        self._wanted = replace(self._wanted, **chosen)
        self.show()

    def _choice(self, label: str, options: Mapping[str, str], choose: Callable[[str], None]) -> ui.element:
        """The browser's own list: what every keyboard, phone and screen reader knows."""
        box = ui.element("select").classes("choice").props(f'aria-label="{self._screen.text.word(label)}"')
        with box:
            for value, words in options.items():
                _option(value, words)
        box.on("change", lambda e: choose(str(e.args)), js_handler="(e) => emit(e.target.value)")
        return box


def _option(value: str, words: str) -> None:
    ui.html(words, tag="option", sanitize=False).props["value"] = value
