"""The two guarded buttons: each says what it will do and asks again; neither works without a living engine."""
from __future__ import annotations

from nicegui import run, ui

from qt_app.home import Home
from qt_app.monitor.acts import Act, Outcome, perform
from qt_app.monitor.screen import Screen


class Buttons:
    """In the header of one tab."""

    def __init__(self, screen: Screen, home: Home) -> None:
        self._screen = screen
        self._home = home
        self._busy = False
        with ui.element("div").classes("acts"):
            self._all = [self._button("halt", "‖"), self._button("flatten", "■")]

    def show(self) -> None:
        """Follows the engine: gone or busy, nothing can be asked."""
        ready = self._screen.view.link == "live" and not self._busy
        for button in self._all:
            button.set_enabled(ready)

    def _button(self, act: Act, sign: str) -> ui.button:
        return ui.button(f"{sign} {self._screen.text.word(act)}", on_click=lambda: self._ask(act), color=None).props(
            f"unelevated no-caps id=act-{act}").classes(f"act {act}")

    def _ask(self, act: Act) -> None:
        t = self._screen.text
        with ui.dialog().props("persistent") as dialog, ui.card().classes(f"ask {act}"):
            ui.html(t.word(f"{act}_title"), tag="h2", sanitize=False)
            ui.html(t.word(f"{act}_words"), tag="p", sanitize=False)
            ui.html(t.word("now_position", position=self._position()), tag="p", sanitize=False)
            with ui.element("div").classes("answers"):
                ui.button(t.word("cancel"), on_click=dialog.close, color=None).props(
                    "unelevated no-caps autofocus id=act-cancel")
                ui.button(t.word(f"{act}_yes"), on_click=lambda: self._go(dialog, act), color=None).props(
                    "unelevated no-caps id=act-confirm").classes(f"act {act}")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _go(self, dialog: ui.dialog, act: Act) -> None:
        monitor, t = self._screen.monitor, self._screen.text
        dialog.close()
        self._busy = True
        self.show()
        monitor.stream.monitor("act", "WARNING", monitor.ts_ns, act=t.word(act))
        ui.notify(t.word("asked"), type="ongoing", timeout=1500)
        try:
            outcome = await run.io_bound(perform, self._home, act, monitor.session)
        finally:
            self._busy = False
            self.show()
        if outcome is not None:     # None: the monitor itself is ending
            self._tell(act, outcome)

    def _tell(self, act: Act, outcome: Outcome) -> None:
        t = self._screen.text
        if outcome.error:
            ui.notify(t.word("not_done", error=outcome.error), type="negative", timeout=0, close_button="×",
                      multi_line=True)
        else:
            ui.notify(t.word(f"{act}_done"), type="positive", timeout=8000)

    def _position(self) -> str:
        held = self._screen.monitor.held
        return self._screen.text.signed(None if held is None else held["contracts"])
