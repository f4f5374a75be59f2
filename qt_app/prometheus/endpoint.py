"""``http://127.0.0.1:PORT/metrics``: each scrape reads the board once; nothing waits for a scraper."""
from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from qt_app.prometheus.families import families
from qt_app.services.ports import HOST, busy
from qt_app.services.snapshot import Snapshot

KEY = "prometheus.port"
#: A client that says nothing is let go.
PATIENCE_S = 5.0
#: How long ``close`` waits for the thread to look up.
POLL_S = 0.1
#: A page of another origin must not read this by giving our address a name of its own.
_NAMES = ("127.0.0.1", "localhost")

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Board(Collector):
    """The newest snapshot, read at the scrape."""

    def __init__(self, latest: Callable[[], Snapshot]) -> None:
        self._latest = latest

    def collect(self) -> Iterator[Metric]:
        return families(self._latest())


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = os.name != "nt"       # there it would let two programs share the port

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is nobody's error."""


class _Handler(WSGIRequestHandler):
    timeout = PATIENCE_S

    def log_message(self, format: str, *args: Any) -> None:
        """The log is not for scrapes."""


class Endpoint:
    """Serves from its own thread until ``close``. Raises QtError when the port is taken."""

    def __init__(self, port: int, latest: Callable[[], Snapshot]) -> None:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Board(latest))
        try:
            self._server = make_server(HOST, port, guarded(make_wsgi_app(registry)), _Server, _Handler)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise busy(KEY, port) from error
            raise
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_S,), name="qt-prometheus",
                                        daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread; a scrape under way is cut."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


def guarded(app: App) -> App:
    """Answers only to our own loopback names, only to a look, only at /metrics."""
    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        named = str(environ.get("HTTP_HOST", "")).rpartition(":")[0] or str(environ.get("HTTP_HOST", ""))
        if named not in _NAMES:
            start("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"this address is for 127.0.0.1 alone\n"]
        if environ["REQUEST_METHOD"] != "GET" or environ["PATH_INFO"] != "/metrics":
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"metrics are at /metrics\n"]
        return app(environ, start)

    return answer
