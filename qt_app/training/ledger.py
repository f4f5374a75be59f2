"""Every configuration that was ever fitted, counted: ``HOME/state/trials.jsonl``, which only grows.

A figure that was chosen among many is worth less than the same figure of a single try (Bailey and López de Prado 2014,
The deflated Sharpe ratio), so the count has to hold the failed and abandoned ones too: a trial is written down when it
begins, and once more, under the same number, with its figures when it ends.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qt_app import chain
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.zone import now_text


@dataclass(frozen=True, slots=True)
class Trial:
    """One fitted configuration. ``oof`` are its out-of-sample figures (log_loss, sharpe, …); empty: it never ended.

    ``sharpe`` is per session, not annualised. ``key`` tells a trial that is repeated when a killed run goes on from a
    new one; empty where nothing is ever repeated. ``net`` are the results that the ratio is made of, by the digest of
    the session: rivals are compared on the sessions that both were tested on.
    """

    n: int                  # 1 is the first of this home
    at: str                 # wall clock, for people
    run: str                # the run that it belongs to
    model: str
    data_sha256: str
    parameters: Mapping[str, Any]
    oof: Mapping[str, float | None]
    key: str = ""
    net: Mapping[str, float] = field(default_factory=dict)


def entries(home: Home) -> list[Trial]:
    """All trials in order of their numbers, each as it was last written down. Raises DataError: broken chain."""
    latest: dict[int, Trial] = {}
    for line in chain.read(home.trials):
        trial = _trial(home, line)
        latest[trial.n] = trial
    return [latest[n] for n in sorted(latest)]


def count(home: Home) -> int:
    """How many configurations were tried in this home. Raises DataError: broken chain."""
    return len(entries(home))


def begin(home: Home, *, run: str, model: str, data_sha256: str, parameters: Mapping[str, Any], key: str = "") -> int:
    """Counts a trial and returns its number; one that was counted under the same ``key`` keeps its number."""
    def say(lines: list[chain.Entry]) -> Mapping[str, Any] | None:
        if key and any(line["key"] == key for line in lines):
            return None
        return {"n": _next(lines), "at": now_text(), "run": run, "model": model, "data_sha256": data_sha256,
                "parameters": dict(parameters), "oof": {}, "key": key, "net": {}}

    written = chain.append(home.trials, say)
    return int(written["n"]) if written is not None else _numbered(home, key)


def end(home: Home, number: int, oof: Mapping[str, float | None], net: Mapping[str, float] | None = None) -> None:
    """Adds the figures of a trial that began under ``number``; said again with the same figures it changes nothing."""
    told = {"oof": dict(oof), "net": dict(net or {})}

    def say(lines: list[chain.Entry]) -> Mapping[str, Any] | None:
        own = [line for line in lines if line["n"] == number]
        if not own:
            raise DataError(f"{home.trials} has no trial {number}, which this run began: it was cut; put the whole "
                            "file back")
        return None if told.items() <= own[-1].items() else {**own[-1], "at": now_text(), **told}

    chain.append(home.trials, say)


def _next(lines: list[chain.Entry]) -> int:
    return 1 + max((int(line["n"]) for line in lines), default=0)


def _numbered(home: Home, key: str) -> int:
    return next(trial.n for trial in entries(home) if trial.key == key)


def _trial(home: Home, line: chain.Entry) -> Trial:
    try:
        return Trial(**{name: value for name, value in line.items() if name != "prev"})
    except TypeError as error:
        raise DataError(f"{home.trials} holds a line that is no trial ({error}); put an unchanged copy "
                        "back") from error
