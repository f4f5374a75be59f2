"""A pipeline on a small market, with bundles that fit it, for tests of what happens to models while it runs."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from app.inference.bundles import write_bundle
from numpy.typing import NDArray

from qt_app.alerts.codes import Code
from qt_app.assembly import build_pipeline
from qt_app.bench import stream
from qt_app.config import load
from qt_app.home import Home
from qt_app.inference.manifest import Manifest
from qt_app.inference.model import load_model
from qt_app.instruments import instrument
from qt_app.pipeline import Pipeline
from qt_app.registry.desk import ModelDesk, Place
from qt_app.registry.store import Note, Registry
from qt_app.votes import Decision
from qt_core._types import EVENT_DTYPE, Control, Kind
from qt_core.features.registry import schema_id

SCHEMA = schema_id(5.0, "b3")
INPUTS = ("is_buyer_aggressor", "signed_volume")
CANDLES = 40
WHO = Note("tester", "because")


def bundle(folder: Path, name: str, slope: float, **fields: Any) -> Manifest:
    """A model that leans on the last print's side, by ``slope``."""
    weights = ((-slope, 0.0, slope), (0.0, 0.0, 0.0))
    return write_bundle(folder / name, name, schema_id=SCHEMA, inputs=INPUTS, weights=weights,
                        bias=(slope / 2, 1.0, -slope / 2), **fields)


class Kept:
    """Every decision, as text."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, str]] = []

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        self.rows.append((decision.ts_ns, repr((decision.seq, decision.action, decision.p, decision.votes))))

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        """Decisions alone."""


class Market:
    """One run: ``events`` is what was fed, our own events included."""

    def __init__(self, home: Path, champion: str, *, live: bool = False, **settings: object) -> None:
        self.home = Home(home)
        self.registry = Registry(self.home)
        settings = {"model__shadow_limit_us": 100_000, **settings}     # no test measures time
        config = load(self.home, {name.replace("__", "."): value for name, value in settings.items()}, environ={})
        self.pipeline = pipeline_of(self.home, load_model(self.registry.folder(champion), schema_id=SCHEMA))
        self.kept, self.said = Kept(), []
        self.over: list[Code] = []
        self.pipeline.outputs.append(self.kept)
        self.run = home / "data" / "runs" / "r"
        place = Place(self.home, config, SCHEMA, self.run, live, {"synthetic": "true"})
        self.desk = ModelDesk(place, self.pipeline, say=lambda code, words, data: self.said.append((code, words)),
                              over=self.over.append, control=self._control, wake=lambda: None)
        self.events: list[NDArray[Any]] = []

    def feed(self, events: NDArray[Any]) -> None:
        """Between two events the desk may act, as in the engine's loop."""
        for at in range(len(events)):
            self._inject(events[at:at + 1])
            self.desk.act()

    def change(self, act: str, model: str = "", **note: Any) -> dict[str, Any]:
        """Asked for and carried out."""
        answer = self.desk.change({"act": act, "model": model, "by": "tester", "reason": "because", **note})
        self.settle()
        return self.desk.progress(answer)

    def settle(self) -> None:
        worker = self.desk._worker
        if worker is not None:
            worker.join()
        self.desk.act()

    def _control(self, code: Control, detail: int) -> None:
        event = np.zeros(1, dtype=EVENT_DTYPE)
        event["kind"], event["code"], event["a"] = Kind.CONTROL, code, detail
        event["ts_ns"] = self.pipeline.engine.now_ns
        self._inject(event)

    def _inject(self, event: NDArray[Any]) -> None:
        self.events.append(event.copy())
        feed_one(self.pipeline, event)


def pipeline_of(home: Home, model: Any) -> Pipeline:
    bounds = np.array([[stream.OPEN_NS, stream.OPEN_NS + 34_200 * stream.NS]], dtype=np.int64)
    return build_pipeline(load(home, environ={}), instrument("WDOZ26"), bounds, model)


def feed_one(pipeline: Pipeline, event: NDArray[Any]) -> None:
    done = 0
    while done < 1:
        done = pipeline.engine.feed(event, 0)
        pipeline.on_due()


def prints(candles: int = CANDLES) -> NDArray[Any]:
    return stream.prints(candles).events()


def registered(home: Path, folder: Path, champion: str, models: Sequence[tuple[str, float]],
               make: Callable[..., Manifest] = bundle, **fields: Any) -> Registry:
    """A registry of these models."""
    registry = Registry(Home(home))
    for name, slope in models:
        make(folder, name, slope, **fields)
        registry.add(folder / name)
    registry.promote(champion, WHO)
    return registry
