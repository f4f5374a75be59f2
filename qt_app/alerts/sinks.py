"""Where a run's alerts go; each sink is called on the centre's thread."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qt_app.alerts.alert import Alert
from qt_app.alerts.centre import Sink
from qt_app.alerts.jsonl import AlertFile
from qt_app.services.broadcast import Broadcaster
from qt_app.services.log import Log


def to_log(log: Log) -> Sink:
    """The log's own line; what stands for several says how many."""

    def write(alert: Alert) -> None:
        times = f" ({alert.count} times)" if alert.count > 1 else ""
        data = {**alert.data, "code": alert.code.name, "count": alert.count}
        log.write(alert.level, alert.component, alert.message + times, data, trace=alert.seq)

    return write


def to_broadcast(broadcaster: Broadcaster) -> Sink:
    """The topic ``alert``."""
    return lambda alert: broadcaster.send("alert", alert.seq, alert.ts_ns, alert.as_json())


def to_file(path: Path, about: Mapping[str, Any]) -> Sink:
    return AlertFile(path, about)
