"""What other processes may ask of a run on the control channel; answered on the channel's thread."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qt_app.feed.watch import FeedWatch
from qt_app.parity import last
from qt_app.registry.desk import ModelDesk
from qt_app.running.life import Life
from qt_app.running.parts import Parts
from qt_app.services import look
from qt_app.services.history import History
from qt_app.services.operator import OperatorDesk
from qt_app.services.process import Owner
from qt_app.services.pulse import Pulse, beat
from qt_app.services.snapshot import Board
from qt_app.services.status import status_document

Arguments = Mapping[str, Any]


class Requests:
    """Each answer is a document of plain values; what is asked for is only queued for the engine's thread."""

    def __init__(self, parts: Parts, *, board: Board, life: Life, desk: OperatorDesk, models: ModelDesk,
                 watch: FeedWatch, pulse: Pulse, history: History) -> None:
        self._parts = parts
        self._board, self._life, self._desk, self._models = board, life, desk, models
        self._watch, self._pulse, self._history = watch, pulse, history

    def handlers(self) -> dict[str, Callable[[Arguments], Arguments]]:
        """By the name of the request."""
        owner, home, models, desk = Owner.me(), self._parts.home, self._models, self._desk
        return {
            "status": lambda args: {**status_document(self._board.latest(), owner), "parity": last.read(home)},
            "stop": self._life.stop,
            "halt": desk.halt,
            "resume": desk.resume,
            "model": lambda args: {**models.change(args), "shown": self._models_shown()},
            "model_progress": lambda args: {**models.progress(args), "shown": self._models_shown()},
            "progress": lambda args: {**desk.progress(args), "shown": self._shown()},
            "beat": self._beat,
            "history": self._history.answer,
        }

    def _beat(self, args: Arguments) -> dict[str, Any]:
        return beat(self._board.latest(), self._pulse.lag_s, self._watch.stale, self._life.leaving)

    def _shown(self) -> bool:
        """Whether the snapshot that readers get is as new as position and state."""
        latest, now = self._board.latest(), self._parts.pipeline
        return bool(latest["position"] == look.position(now) and latest["risk"]["state"] == look.risk(now)["state"])

    def _models_shown(self) -> bool:
        """The same of who serves and who votes in the shadow."""
        now = look.model(self._parts.pipeline, self._models)
        return look.voting(self._board.latest()["model"]) == look.voting(now)
