"""The page: one layout, filled by each tab from the shared screen when something has changed."""
from __future__ import annotations

from pathlib import Path

from nicegui import Client, ui

from qt_app.home import Home
from qt_app.monitor.buttons import Buttons
from qt_app.monitor.screen import PANELS, Panel, Screen
from qt_app.monitor.stream_panel import StreamPanel

STYLE = Path(__file__).with_name("style.css")
#: The page looks after itself too: without a beat of the monitor for three seconds nothing on it is current; and a
#: chart that was made before its window had a size (a slow computer, a restored browser) takes the size of its place.
WATCH = """<script>
window.qtBeat = Date.now();
setInterval(() => {
  document.body.classList.toggle("lost", Date.now() - window.qtBeat > 3000);
  for (const place of document.querySelectorAll(".chart")) {
    const canvas = place.querySelector("canvas");
    if (canvas && Math.abs(canvas.clientWidth - place.clientWidth) > 1)
      getElement(place.id.slice(1))?.chart?.resize({width: "auto", height: "auto"});
  }
}, 500);
</script>"""


class Tab:
    """One browser tab."""

    def __init__(self, screen: Screen, home: Home) -> None:
        self._screen = screen
        self._html: dict[str, ui.html] = {}
        self._charts: dict[str, ui.echart] = {}
        self._span: dict[str, str] = {}     # charts that show the whole day, by ".day"
        t = screen.text
        ui.colors(primary="#4da3ff", positive="#2569ac", negative="#a3131f")
        ui.add_css(STYLE.read_text("utf-8"))
        ui.add_body_html(WATCH)
        ui.html(f'<a class="skip" href="#content">{t.word("skip")}</a>'
                f'<div id="lost" role="alert">■ {t.word("lost")}</div>', sanitize=False)
        with ui.element("header").classes("top"):
            self._place("head")
            self._buttons = Buttons(screen, home)
        self._place("ribbon")
        with ui.element("div").props("id=content tabindex=-1"):     # the library's layout is the main landmark
            self._place("banner")
            self._place("tiles")
            with ui.element("div").classes("grid"):
                for panel in PANELS:
                    self._panel(panel)
                self._stream = StreamPanel(screen)
        self.show()
        self._follow(ui.context.client)

    def _follow(self, client: Client) -> None:
        """Shows what the screen draws, from now until the tab is gone; a tab without its socket is left alone."""

        def show() -> None:
            if client.has_socket_connection:
                client.safe_invoke(self.show)

        self._screen.tabs.add(show)
        client.on_connect(self.show)
        client.on_delete(lambda: self._screen.tabs.discard(show))

    def show(self) -> None:
        """Sends what differs from what this tab has."""
        for name, element in self._html.items():
            element.set_content(self._screen.html.get(name, ""))    # an equal content is not sent
        for name, chart in self._charts.items():
            newest = self._screen.charts.get(name + self._span.get(name, ""))
            if newest is not None and newest is not chart.props["options"]:
                chart.props["options"] = newest
                chart.update()
        self._stream.show()
        self._buttons.show()
        ui.run_javascript("window.qtBeat = Date.now()")

    def _place(self, name: str) -> None:
        self._html[name] = ui.html(self._screen.html.get(name, ""), sanitize=False).classes(f"at-{name}")

    def _panel(self, panel: Panel) -> None:
        title = self._screen.text.word(panel.name)
        with ui.element("section").classes(f"panel {panel.name}").props(f'aria-label="{title}"'):
            with ui.element("div").classes("title"):
                ui.html(title, tag="h2", sanitize=False)
                if panel.day is not None:
                    self._spans(panel)
                self._place(f"{panel.name}.age")
            if panel.chart is not None:
                alt = self._screen.text.word(panel.alt)
                chart = ui.echart(self._screen.charts.get(panel.name) or {"series": []})
                self._charts[panel.name] = chart.classes("chart").props(f'role=img aria-label="{alt}"')
            if panel.draw is not None:
                self._place(panel.name)

    def _spans(self, panel: Panel) -> None:
        """The newest minutes or the whole day."""

        def choose(span: str) -> None:
            self._span[panel.name] = span
            self.show()

        t = self._screen.text
        ui.toggle({"": t.word("span.now"), ".day": t.word("span.day")}, value="",
                  on_change=lambda e: choose(e.value)).props(
            f'unelevated no-caps dense aria-label="{t.word("span")}"')
