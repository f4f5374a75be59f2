"""Takes alerts from any thread, and tells them on its own: nobody who raises one waits for a disk or a network."""
from __future__ import annotations

import datetime as dt
import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

from qt_app.alerts.alert import Alert, AlertState, Tell, no_alerts
from qt_app.alerts.codes import Code
from qt_app.alerts.desk import Desk, Patience
from qt_app.catalogue import remedy
from qt_app.zone import SAO_PAULO

KEPT = 100
TICK_S = 0.5
#: Raised alerts that may wait for the thread; beyond it they are counted as lost.
CAPACITY = 10_000

Sink = Callable[[Alert], None]
#: (events so far, event time) of the moment.
Moment = Callable[[], tuple[int, int | None]]
Work = Callable[[float], list[Alert]]


class AlertCentre:
    """``raise_`` and ``clear`` from any thread; sinks are called on the centre's own.

    What is raised before ``start`` waits for it. ``close`` tells what is held and ends the thread. A sink that fails is
    told to the others, and called again with the next alert.
    """

    def __init__(self, sinks: Sequence[Sink] = (), *, moment: Moment = lambda: (0, None),
                 patience: Patience | None = None, clock: Callable[[], float] = monotonic) -> None:
        self._sinks = list(sinks)
        self._moment = moment
        self._clock = clock
        self._desk = Desk(patience)
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._told: dict[str, int] = {}
        self._lost = 0
        self._state = no_alerts()
        self._thread = threading.Thread(target=self._run, name="qt-alerts", daemon=True)
        self.last: deque[Alert] = deque(maxlen=KEPT)

    # ---- from any thread

    def raise_(self, code: Code, message: str, data: Mapping[str, Any] | None = None, *, key: str | None = None,
               level: str | None = None, component: str = "Alerts") -> None:
        """Returns at once. ``key``: what it is about, by default the field of ``data`` that the code names."""
        data = data or {}
        seq, ts_ns = self._moment()
        about = str(data.get(code.of, "")) if key is None else key
        what_to_do = remedy(code.name)
        data = {**data, "remedy": what_to_do} if what_to_do else data
        alert = Alert(level or code.level, code, component, message, data, ts_ns, dt.datetime.now(SAO_PAULO), about,
                      seq=seq)
        self._put(lambda now_s: self._desk.raise_(alert, now_s))

    def clear(self, code: Code, key: str | None = None) -> None:
        """The end of what lasts; nothing when it is not active. Without a key: of all of that code."""
        seq, ts_ns = self._moment()
        by = Alert("INFO", code, "", "", {}, ts_ns, dt.datetime.now(SAO_PAULO), seq=seq)
        self._put(lambda now_s: self._desk.clear(code, key, by, now_s))

    def teller(self, component: str) -> Tell:
        """``raise_`` for one component of the program."""
        return lambda code, message, data: self.raise_(code, message, data, component=component)

    def state(self) -> AlertState:
        """As last published; replaced whole, never changed."""
        return self._state

    # ---- life

    def add(self, sink: Sink) -> None:
        """Before ``start``."""
        self._sinks.append(sink)

    def start(self) -> None:
        self._thread.start()

    def close(self, timeout: float = 5.0) -> None:
        """Tells what is queued and held."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout)
        else:
            self._run()

    def work(self) -> None:
        """One turn on the caller's thread: what was raised, what is due. For a centre that was not started."""
        while not self._queue.empty():
            self._do(self._queue.get())
        self._do(self._desk.tick)

    # ---- the centre's thread

    def _put(self, work: Work) -> None:
        if self._queue.qsize() < CAPACITY:
            self._queue.put(work)
        else:
            self._lost += 1

    def _run(self) -> None:
        while True:
            try:
                work = self._queue.get(timeout=TICK_S)
            except queue.Empty:
                work = self._desk.tick
            if work is None:
                break
            self._do(work)
            if self._queue.empty():
                self._do(self._desk.tick)
        self._do(lambda now_s: self._desk.rest())

    def _do(self, work: Work | None) -> None:
        for alert in work(self._clock()) if work is not None else ():
            self.last.append(alert)
            self._told[alert.level] = self._told.get(alert.level, 0) + 1
            for sink in self._sinks:
                self._deliver(sink, alert)
        self._publish()

    def _deliver(self, sink: Sink, alert: Alert) -> None:
        try:
            sink(alert)
        except Exception as error:  # noqa: BLE001 (told by the other sinks; the alert still reaches those)
            name = getattr(sink, "__qualname__", type(sink).__name__).partition(".")[0]
            self.raise_(Code.SERVICE_FAILED, f"alerts do not reach {name}: {error}", key=name)

    def _publish(self) -> None:
        desk = self._desk
        self._state = {
            "active": [{"code": a.code.name, "level": a.level, "key": a.key, "message": a.message,
                        "since": a.at.isoformat(timespec="seconds"), "count": a.count,
                        "remedy": str(a.data.get("remedy", ""))} for a in desk.active],
            "raised": {code.name: count for code, count in desk.raised.items()}, "told": dict(self._told),
            "held": sum(desk.held.values()), "lost": self._lost,
            "last": self.last[-1].at.isoformat(timespec="seconds") if self.last else None,
        }
