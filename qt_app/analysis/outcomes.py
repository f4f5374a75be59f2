"""What a round trip begun at each decision of a result would have earned, by the quotes of the recording behind it."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qt_app.analysis.results import Floats, Result
from qt_app.config import Config
from qt_app.costs import fees_of
from qt_app.data.catalogue import scan
from qt_app.data.entry import Entry
from qt_app.dataset.build import Instants, build
from qt_app.dataset.labels import label
from qt_app.dataset.session import LabelRule, Labels, SessionRows
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.replay.reader import Recording
from qt_app.replay.recording import find_folder, read_recording, recorded_runs
from qt_app.replay.run import instrument_of
from qt_app.risk.limits import from_settings

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Asked:
    """How outcomes are told: by the risk settings' own stop and target within a horizon, or by its end alone."""

    kind: Literal["barrier", "horizon"] = "barrier"
    horizon_s: float = 60.0
    latency_ms: float = 0.0

    def rule(self, config: Config, recording: Recording, day: str) -> LabelRule:
        """Of one session, with the fees of its day."""
        fees = fees_of(config)
        return LabelRule.of(from_settings(config.risk), instrument_of(recording), dt.date.fromisoformat(day),
                            kind=self.kind, horizon_s=self.horizon_s, latency_ms=self.latency_ms, fees=fees)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Labels of a result's instants one by one, unresolved where no session holds the instant; ``cost_ticks`` (n,) of
    a round trip."""

    labels: Labels
    cost_ticks: Floats
    rules: tuple[LabelRule, ...]
    recording: str


def outcomes(result: Result, recording: Recording, asked: Asked, config: Config) -> Outcomes:
    """Raises DataError for a recording that cannot be trusted, or that holds none of the instants."""
    sessions = build(recording, Instants(round(result.candle_seconds * 1e9), result.every_ns))
    labels, cost, rules = _unresolved(len(result)), np.zeros(len(result)), []
    for session in sessions:
        inside = (result.ts_ns > session.open_ns) & (result.ts_ns <= session.close_ns)
        if inside.any():
            rule = asked.rule(config, recording, session.day)
            rules.append(rule)
            cost[inside] = rule.cost_ticks
            _fill(labels, inside, label(_at(session, result, inside), rule, ()))
    if not rules:
        raise DataError(f"{result.folder}: none of its decisions lies in a session of the recording "
                        f"{sessions[0].source}; name the recording that it was made from with --recording")
    return Outcomes(labels, cost, tuple(rules), sessions[0].source)


def recording_of(result: Result, home: Home, folder: Path | None) -> Recording:
    """The recording behind a result: in the folder named (its own run there, else the newest), the one of its run, or
    the only one of its hours.

    Raises DataError when none or several fit.
    """
    if folder is not None:
        own_run = result.folder.name in recorded_runs(find_folder(folder, result.symbol))
        return read_recording(folder, run=result.folder.name if own_run else None, symbol=result.symbol)
    fitting = [entry for entry in scan(home)[0] if entry.replayable and entry.symbol == result.symbol
               and entry.first_ns <= result.ts_ns[-1] and result.ts_ns[0] <= entry.last_ns]
    own = [entry for entry in fitting if entry.run == result.folder.name] or fitting
    if len(own) != 1:
        raise DataError(f"{result.folder}: {_found(own)} of {result.symbol} fit its hours; name the one that it was "
                        "made from with --recording")
    return own[0].read()


def _found(entries: Sequence[Entry]) -> str:
    names = ", ".join(str(entry.folder) for entry in entries)
    return f"{len(entries)} recordings ({names})" if entries else "no recordings"


def _at(session: SessionRows, result: Result, inside: Bools) -> SessionRows:
    """The session's quotes seen from the result's own instants."""
    return replace(session, ts_ns=result.ts_ns[inside], rows=result.rows[inside],
                   readings=np.zeros((int(inside.sum()), session.readings.shape[1])))


def _unresolved(count: int) -> Labels:
    nothing = np.full(count, np.nan)
    return Labels(np.ones(count, np.int64), np.zeros(count, bool), np.zeros(count, np.int64), nothing, nothing.copy(),
                  np.zeros(count))


def _fill(labels: Labels, inside: Bools, found: Labels) -> None:
    for name in ("label", "resolved", "end_ns", "long_ticks", "short_ticks", "weight"):
        getattr(labels, name)[inside] = getattr(found, name)
