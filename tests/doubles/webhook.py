"""A webhook on this machine: what was posted to it, and what it answers."""
from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook(ThreadingHTTPServer):
    """A webhook on this machine."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.came = threading.Condition()
        self.status = 200

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with hook.came:
                    if hook.status == 200:
                        hook.heard.append(json.loads(body))
                    hook.came.notify_all()
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *words: Any) -> None:
                pass

        hook = self
        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/very-secret-path"

    def wait_for(self, count: int) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.heard) >= count, 60)
