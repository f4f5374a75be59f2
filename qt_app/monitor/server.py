"""Serving the page: its socket, its guard, its one loop, and the file that tells where it is."""
from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import orjson
import uvicorn
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from nicegui import app as nicegui_app
from nicegui import ui

from qt_app.config import Config
from qt_app.errors import ConfigError
from qt_app.home import Home
from qt_app.monitor.access import Access, Guard
from qt_app.monitor.feed import Feed
from qt_app.monitor.page import Tab
from qt_app.monitor.screen import LOOK_S, Screen
from qt_app.monitor.text import Text
from qt_app.services import files
from qt_app.services.ports import busy
from qt_app.services.process import Owner

ICON = '<svg viewBox="0 0 16 16" xmlns="http://www.w3.org/2000/svg"><rect width="16" height="16" rx="3" ' \
       'fill="#0b1017"/><path d="M2 11l4-5 3 3 5-6" fill="none" stroke="#4da3ff" stroke-width="2"/></svg>'


def serve(home: Home, config: Config, ready: Callable[[str, bool], None]) -> None:
    """Serves until it is interrupted; ``ready`` is told the address and whether it asks for a token.

    Raises QtError naming who holds the port, ConfigError for an address that is not this computer's.
    """
    settings = config.enhanced_monitor
    text, access = Text("en" if settings.language == "en" else "pt_BR"), Access.of(settings.address)
    listening = bind(settings.address, settings.port)
    with listening, _told(home, settings.address, settings.port, access), _interruptible():
        feed = Feed(config.zmq.port)
        screen = Screen(feed, text, config.zmq.port)
        try:
            ready(url(settings.address, settings.port), access.token is not None)
            server = uvicorn.Server(uvicorn.Config(_application(home, screen, access), log_level="error",
                                                   access_log=False, lifespan="on"))
            server.run(sockets=[listening])
        finally:
            feed.close()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C, and what a supervisor or a service manager sends, end the page in order."""

    def leave(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def url(address: str, port: int) -> str:
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def bind(address: str, port: int) -> socket.socket:
    """A listening socket. Raises QtError, ConfigError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise busy("enhanced_monitor.port", port) from error
        raise ConfigError(f"enhanced_monitor.address {address}, port {port} cannot be served: "
                          f"{error.strerror or error}; give an address of this computer") from error


@contextmanager
def _told(home: Home, address: str, port: int, access: Access) -> Iterator[None]:
    """``state/monitor.json``, for its owner alone, while the monitor lives."""
    home.prepare()
    document = {**Owner.me().as_json(), "url": url(address, port), "token": access.token}
    files.replace(home.monitor, orjson.dumps(document), 0o600)
    try:
        yield
    finally:
        home.monitor.unlink(missing_ok=True)


def _application(home: Home, screen: Screen, access: Access) -> FastAPI:
    application = FastAPI(openapi_url=None)
    application.add_middleware(Guard, access=access, text=screen.text)

    @ui.page("/")
    def index() -> None:
        Tab(screen, home)

    nicegui_app.timer(LOOK_S, screen.look)
    packed = None if access.token is None else GZipMiddleware     # over loopback packing costs more than the way
    ui.run_with(application, title=f"QuantumTrader · {screen.text.word('title')}", dark=True, favicon=ICON,
                language="en-US" if screen.text.language == "en" else "pt-BR", tailwind=False, reconnect_timeout=10.0,
                show_welcome_message=False, binding_refresh_interval=None,
                gzip_middleware_factory=packed)
    return application
