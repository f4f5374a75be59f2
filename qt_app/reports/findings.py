"""What takes a recording to find out: its quality, and how good each voter was. Kept once found: runs never change."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson

from qt_app.analysis.outcomes import Asked, outcomes
from qt_app.analysis.results import Result
from qt_app.analysis.voters import Voter, judge
from qt_app.config import Config
from qt_app.data.entry import described
from qt_app.data.quality import Report, judged
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.replay.atomic import written_file
from qt_app.replay.reader import Recording, read_files
from qt_app.replay.recording import Files, files_of_run
from qt_app.reports.records import Judged, Quality, RunDay, VoterDay
from qt_app.reports.runs import RunResults
from qt_app.version import __version__

CONSENSUS = "consensus"


@dataclass(frozen=True, slots=True)
class Findings:
    """``judged`` by voter, the consensus among them; empty where no outcome is known."""

    quality: Quality
    judged: dict[str, Judged]


def with_findings(home: Home, config: Config, run: RunDay, results: RunResults) -> RunDay:
    """The run with what its recording tells. Raises DataError for a recording that cannot be read."""
    if results.result is None or run.symbol is None:
        return run
    try:
        files = files_of_run(home.data, run.run, run.symbol)
        found = _found(home, config, results.folder, results.result, files) if files else None
    except DataError as error:
        raise DataError(f"{str(error).rstrip('.')}; --quick leaves the recordings unread") from error
    if found is None:
        return run
    consensus = VoterDay(CONSENSUS, run.decisions, run.decisions, {}, None)
    voters = tuple(replace(one, judged=found.judged.get(one.name)) for one in (*run.voters, consensus))
    return replace(run, voters=voters, quality=found.quality)


def _found(home: Home, config: Config, folder: Path, result: Result, files: Files) -> Findings:
    path = home.cache / "reports" / f"{folder.name}.{int(result.ts_ns[0])}.json"
    stamp = [[part.name, part.stat().st_size, part.stat().st_mtime_ns] for parts in files.values() for part in parts]
    key = orjson.dumps([__version__, len(result), int(result.ts_ns[-1]), config.hash, stamp]).decode()
    known = _known(path, key)
    if known is None:
        known = _find(config, folder, result, files)
        with written_file(path) as temporary:
            temporary.write_bytes(orjson.dumps({"key": key, "findings": known}))
    return known


def _known(path: Path, key: str) -> Findings | None:
    """What was found before in the same files."""
    try:
        kept = orjson.loads(path.read_bytes())
        found = kept["findings"] if kept["key"] == key else None
        return None if found is None else Findings(
            Quality(**{**found["quality"], "faults": tuple(map(tuple, found["quality"]["faults"]))}),
            {name: Judged(**{**one, "bins": tuple(map(tuple, one["bins"]))}) for name, one in found["judged"].items()})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _find(config: Config, folder: Path, result: Result, files: Files) -> Findings:
    first, recording = next(iter(files.values()))[0], read_files(files, whole=True)
    entry = described(first.parent, folder.name, files, recording)
    return Findings(_quality(judged(entry, recording)), _judged(result, recording, config))


def _quality(report: Report) -> Quality:
    recorder = report.figures.get("recorder", {})
    return Quality(report.verdict, recorder.get("events"), recorder.get("missing"),
                   tuple((fault.level, fault.code, fault.text) for fault in report.faults))


def _judged(result: Result, recording: Recording, config: Config) -> dict[str, Judged]:
    try:
        labels = outcomes(result, recording, Asked(), config).labels
    except DataError:       # no session of the recording holds its instants: nothing can be said of them
        return {}
    if not labels.resolved.any():
        return {}
    return {votes.voter: _short(judge(votes, labels)) for votes in (*result.votes, result.joint)}


def _short(one: Voter) -> Judged:
    hits = one.effective
    return Judged(one.sided, _known_or_none(hits.value), _known_or_none(hits.low), _known_or_none(hits.high),
                  one.base, None if one.scores is None else one.scores.brier, one.ece,
                  tuple((bin.told, bin.came, bin.count) for bin in one.bins))


def _known_or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
