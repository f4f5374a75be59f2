"""How long a decision takes, stage by stage, back to back and at live pace, through the pipeline that trades."""
from __future__ import annotations

import datetime as dt
import gc
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.assembly import build_pipeline, choose_model
from qt_app.bench.rounds import Aim, Section, flatten, interleave
from qt_app.calendar import sessions
from qt_app.config import load
from qt_app.feed.simulated import simulated_feed
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.latency import STAGES, WINDOW
from qt_app.pipeline import Pipeline

SYMBOL, DAY, SEED = "WDOZ26", "2026-11-23", 11
START, WARM_S = "10:00:00", 1_200       # 201 candles of 5 s, and some more
INTERVAL_MS = 250
BACK_TO_BACK, LIVE = 300, 300
PAUSE_S = 0.002
#: Everything but the model, at live pace, p99.
LIMIT_NS = 100_000.0


def generated_events(seconds: int) -> NDArray[Any]:
    """A generated market from 10:00 on, as it left the trampolines."""
    begin = dt.datetime.fromisoformat(f"{DAY}T{START}")
    until = (begin + dt.timedelta(seconds=seconds)).strftime("%H:%M:%S")
    parts: list[NDArray[Any]] = []
    with simulated_feed(instrument(SYMBOL), day=DAY, seed=SEED, start=START, speed=0.0, until=until) as feed:
        while not feed.finished():
            parts.append(feed.ring.pop(1 << 16))
        if feed.ring.dropped:
            raise RuntimeError(f"the generated market outran its reader: {feed.ring.dropped} events are missing")
    return np.concatenate(parts)


class Course:
    """A warm pipeline somewhere in a stream; each leg answers the next decisions of it."""

    def __init__(self, pipeline: Pipeline, events: NDArray[Any]) -> None:
        self.pipeline = pipeline
        self.events = events
        self.at = 0

    def next_decision(self) -> None:
        """Feeds to the next sample and answers it, and everything else on the way."""
        pipeline = self.pipeline
        before = pipeline.decisions
        while pipeline.decisions == before:
            if self.at >= len(self.events):
                raise RuntimeError("the benchmark's stream ended before its decisions did")
            self.at = pipeline.engine.feed(self.events, self.at)
            pipeline.on_due()

    def warm(self) -> None:
        """Until every feature is known."""
        while not np.isfinite(self.pipeline.engine.row).all():
            self.next_decision()

    def leg(self, decisions: int, pause_s: float, rehearsed: bool = False) -> dict[str, float]:
        """p50 and p99 of every stage over the next decisions, ns; ``rehearsed`` as a run does before each instant."""
        started = self.pipeline.latencies.count
        for _ in range(decisions):
            if pause_s:
                time.sleep(pause_s)
            if rehearsed:
                self.pipeline.rehearse()
            self.next_decision()
        return _quantiles(self.pipeline, started)


def _quantiles(pipeline: Pipeline, started: int) -> dict[str, float]:
    latencies = pipeline.latencies
    slots = np.arange(started, latencies.count) % WINDOW
    kept = {stage: latencies.kept(stage)[slots].astype(np.float64) for stage in STAGES}
    kept["all_but_model"] = kept["total"] - kept["model"]
    return {f"{stage}_{name}_ns": float(np.quantile(ns, q))
            for stage, ns in kept.items() for name, q in (("p50", 0.50), ("p99", 0.99))}


@contextmanager
def calm_collector() -> Iterator[None]:
    """No garbage collection inside a leg, as in a run."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _pipeline() -> tuple[Pipeline, str | None]:
    day = dt.date.fromisoformat(DAY)
    chosen = instrument(SYMBOL)
    with tempfile.TemporaryDirectory() as empty:
        config = load(Home(Path(empty)), {"features.calculation_interval_ms": INTERVAL_MS}, {})
    model, without = choose_model(config, "b3")
    return build_pipeline(config, chosen, sessions(chosen.root, day, day), model), without


def measure(rounds: int, scale: float) -> Section:
    """One pipeline, one stream; legs back to back, 2 ms apart, and 2 ms apart after a rehearsal take turns on it."""
    back, live = max(5, round(BACK_TO_BACK * scale)), max(5, round(LIVE * scale))
    decisions = (rounds + 1) * (back + 2 * live)
    pipeline, without = _pipeline()
    course = Course(pipeline, generated_events(WARM_S + decisions * INTERVAL_MS // 1000 + 5))
    course.warm()
    legs = {"back_to_back": partial(course.leg, back, 0.0), "live_pace": partial(course.leg, live, PAUSE_S),
            "live_pace_rehearsed": partial(course.leg, live, PAUSE_S, True)}
    with calm_collector():
        measured = interleave(legs, rounds)
    section = Section("ns per decision: features (arrival to row), model, agents, consensus, risk, orders, total",
                      flatten(measured))
    section.notes = {"model": pipeline.model.id, "without_model": without, "live_pace_ms": PAUSE_S * 1e3,
                     "decisions_per_leg": {"back_to_back": back, "live_pace": live}}
    section.add_aim("live_pace.all_but_model_p99_ns", Aim(at_most=LIMIT_NS))
    section.add_aim("live_pace_rehearsed.all_but_model_p99_ns", Aim(at_most=LIMIT_NS))
    return section
