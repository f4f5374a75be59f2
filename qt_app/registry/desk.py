"""The models of a running engine: which one serves, which one votes beside it, and how another takes over.

A change is asked for on the control channel (or by the drift watch), prepared on a thread of its own, where the bundle
is loaded, checked and shown scripted markets, and carried out by the engine's thread between two decisions, as a
CONTROL event that is recorded. Whatever fails before that leaves the old model where it is, and is told.
"""
from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.assembly import prove
from qt_app.config import Config
from qt_app.errors import ExitCode, QtError, RefusedError
from qt_app.home import Home
from qt_app.inference.model import OnnxModel, load_model
from qt_app.pipeline import Pipeline
from qt_app.registry.drift import DriftWatch
from qt_app.registry.shadow import Shadow
from qt_app.registry.store import Note, Registry
from qt_app.replay import served
from qt_app.replay.served import ServedModel
from qt_app.services.snapshot import ShadowState
from qt_core._types import Control

ACTS = ("deploy", "rollback", "shadow", "shadow off")
#: Changes whose outcome can still be asked for.
KEPT = 100


@dataclass(slots=True)
class Change:
    """One change from the wish to its outcome. ``model`` names a bundle; a rollback finds its own."""

    number: int
    act: str
    model: str
    note: Note
    done: bool = False
    error: str = ""
    code: ExitCode = ExitCode.OK
    seq: int = 0            # the engine's event count at the switch
    ready: OnnxModel | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        return {"act": self.number, "what": self.act, "model": self.model, "done": self.done, "error": self.error,
                "code": int(self.code), "seq": self.seq}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is: its home and settings, the features it computes, its folder, whether money is real."""

    home: Home
    config: Config
    schema_id: str
    run: Path
    live: bool
    meta: Mapping[str, str] = field(default_factory=dict)   # of the files that a shadow writes


class ModelDesk:
    """``control`` injects a CONTROL event of a code and a detail; ``wake`` ends the engine's wait for the market."""

    def __init__(self, place: Place, pipeline: Pipeline, *, say: Tell, over: Callable[[Code], None],
                 control: Callable[[Control, int], None], wake: Callable[[], None]) -> None:
        self._place, self._pipeline = place, pipeline
        self._say, self._over, self._control, self._wake = say, over, control, wake
        self._registry = Registry(place.home)
        self._changes: dict[int, Change] = {}
        self._ready: deque[Change] = deque()
        self._worker: threading.Thread | None = None
        self._lock = threading.Lock()
        self._served: list[ServedModel] = []
        self._noted: float | None = None
        self._returned = False      # the present champion came by a rollback
        self.shadow: Shadow | None = None
        settings = place.config.model
        self.drift = DriftWatch(settings.drift_rows, settings.drift_limit, self._drifted, self._settled)

    # ---- life, the engine's thread

    def open(self) -> None:
        """Before the first event: which model serves is noted; the registry's shadow begins to vote."""
        model = self._pipeline.model
        if isinstance(model, OnnxModel):
            self._serve(model)
        self.drift.follow(model)
        self._pipeline.outputs.append(self.drift)
        active = self._registry.active()
        if active is not None and active.shadow is not None:
            self.change({"act": "shadow", "model": active.shadow, "by": "qt", "reason": "as before"})
        served.write(self._place.run, served.to_json(self._served))

    def close(self) -> bytes:
        """After the last event: what the shadow kept is written. The bytes of the run's list of models."""
        if self._worker is not None:
            self._worker.join(5)
        self._stop_shadow()
        return served.to_json(self._served)

    def act(self) -> None:
        """Between two decisions: what is ready takes over."""
        while self._ready:
            change = self._ready.popleft()
            model = change.ready
            if change.act in ("deploy", "rollback") and model is not None:
                self._control(Control.MODEL, served.key_of(model.manifest.digest))
                self.drift.follow(model)
                self._returned = change.act == "rollback"
                if self.shadow is not None and self.shadow.name == change.model:
                    self._stop_shadow()
            else:
                self._stop_shadow()
                if model is not None:
                    self._start_shadow(change.model, model)
            change.seq = self._pipeline.engine.seq
            self._finish(change)

    # ---- any thread

    def change(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Take an order; its outcome is asked for with ``progress``. Raises RefusedError while another is under way."""
        act = str(args.get("act"))
        if act not in ACTS:
            raise QtError(f"model change {act!r} is unknown; known are {', '.join(ACTS)}")
        note = Note(str(args.get("by", ""))[:200], str(args.get("reason", ""))[:500], bool(args.get("forced")))
        with self._lock:
            if self._worker is not None and (self._worker.is_alive() or self._ready):
                raise RefusedError("another change of models is under way: wait a moment, then repeat")
            change = Change(len(self._changes) + 1, act, str(args.get("model") or ""), note)
            self._changes[change.number] = change
            self._worker = threading.Thread(target=self._prepare, args=(change,), name="qt-models", daemon=True)
            self._worker.start()
        return change.as_json()

    def progress(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """How far the change number ``act`` has come."""
        number = int(args.get("act", 0))
        if number not in self._changes:
            raise QtError(f"model change {number} is unknown to this run")
        return self._changes[number].as_json()

    def state(self) -> ShadowState:
        """For the snapshot."""
        shadow, drift = self.shadow, self.drift
        return {"shadow": None if shadow is None or not shadow.on else shadow.name,
                "shadow_rows": 0 if shadow is None else shadow.rows,
                "shadow_over": 0 if shadow is None else shadow.over,
                "drift": None if drift.value is None else round(drift.value, 4)}

    def note_drift(self) -> None:
        """For `qt models`, when a new figure is there. Not for the engine's thread: it waits for the disk."""
        model, value = self._pipeline.model, self.drift.value
        if value is None or value == self._noted or not isinstance(model, OnnxModel):
            return
        self._noted = value
        with suppress(OSError):     # a reader's figure; the disk has alerts of its own
            self._registry.note_drift(model.manifest.digest, value)

    # ---- the worker

    def _prepare(self, change: Change) -> None:
        try:
            self._ready_for(change)
        except Exception as error:  # noqa: BLE001 (whatever it is: the old model goes on, and the sender is told)
            self._failed(change, error)
            return
        self._ready.append(change)
        self._wake()

    def _ready_for(self, change: Change) -> None:
        registry = self._registry
        if change.act == "rollback":
            change.model = registry.previous(registry.active())
        if change.act == "shadow off":
            registry.shadow(None, change.note)
            return
        model = change.ready = self._load(change.model)
        active = registry.active()
        if change.act == "shadow":
            if active is None or active.shadow != change.model:     # at a start it is only taken up again
                registry.shadow(change.model, change.note)
            return
        self._serve(model)
        served.write(self._place.run, served.to_json(self._served))
        if change.act == "rollback":
            registry.step_back(change.note)
        else:
            registry.promote(change.model, change.note)

    def _load(self, name: str) -> OnnxModel:
        """A bundle that fits this run in every way. Raises QtError."""
        model = load_model(self._registry.folder(name), schema_id=self._place.schema_id)
        prove(self._pipeline.consensus, model)
        if self._place.live and model.synthetic:
            raise RefusedError(f"model {name} was trained on synthetic data and real money is at stake: deploy a model "
                               "of a real market, or stop and choose paper")
        return model

    def _serve(self, model: OnnxModel) -> None:
        """It may take over from now on; the run's list says so before the event does."""
        self._pipeline.models[served.key_of(model.manifest.digest)] = model
        if model.manifest.digest not in {known.digest for known in self._served}:
            self._served.append(ServedModel.of(model.manifest, model.folder))

    def _failed(self, change: Change, error: Exception) -> None:
        words = str(error) if isinstance(error, QtError) else f"{type(error).__name__}: {error}"
        change.error = words
        change.code = error.code if isinstance(error, QtError) else ExitCode.UNEXPECTED
        change.done = True
        serving = self._pipeline.model.id
        self._say(Code.MODEL_REFUSED, f"{change.act} of {change.model or 'an earlier model'} failed, {serving} goes on "
                                      f"serving: {words}", {"model": change.model, "by": change.note.by})
        self._registry.tell("failed", change.model, change.note, what=change.act, error=words)

    # ---- telling

    def _finish(self, change: Change) -> None:
        change.done = True
        note = asdict(change.note)
        if change.act == "rollback":
            self._say(Code.MODEL_ROLLED_BACK, f"{change.model} serves again: {change.note.reason}", note)
        elif change.act == "deploy":
            self._say(Code.MODEL_SWITCHED, f"{change.model} serves from event {change.seq} on", note)
        if change.note.forced:
            self._say(Code.MODEL_FORCED, f"{change.act} of {change.model} against its verdict: {change.note.reason}",
                      note | {"model": change.model})

    def _start_shadow(self, name: str, model: OnnxModel) -> None:
        shadow = Shadow(model, name, self._pipeline, self._place.run,
                        limit_us=self._place.config.model.shadow_limit_us, meta=self._place.meta,
                        too_dear=lambda words: self._say(Code.SHADOW_OFF, words, {"model": name}))
        self.shadow = shadow
        self._pipeline.outputs.append(shadow)

    def _stop_shadow(self) -> None:
        if self.shadow is not None:
            if self.shadow in self._pipeline.outputs:
                self._pipeline.outputs.remove(self.shadow)
            self.shadow.close()
            self.shadow = None

    def _drifted(self, value: float, worst: dict[str, float]) -> None:
        """Told, and the model before it serves again, if there is one."""
        named = ", ".join(f"{name} {one:.2f}" for name, one in worst.items())
        words = f"inputs of {self._pipeline.model.id} drifted: mean PSI {value:.2f}, worst {named}"
        self._say(Code.MODEL_DRIFT, words, {"psi": value, "worst": worst})
        active = self._registry.active()
        if active is None or not active.previous or self._returned:
            return      # a market that no model knows is no reason to walk back through all of them
        with suppress(RefusedError):    # somebody else changes it just now; the next look comes soon
            self.change({"act": "rollback", "by": "qt", "reason": words})

    def _settled(self) -> None:
        self._over(Code.MODEL_DRIFT)
