"""``verdict.json``: what the registry's gate reads, and every figure behind it."""
from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

import orjson

from qt_app.catalogue.validation import sentence
from qt_app.replay.atomic import written_file
from qt_app.validation.job import Validation

FORMAT = "qt-verdict/1"
VERDICT_FILE = "verdict.json"


def document(done: Validation) -> dict[str, Any]:
    """Numbers that are not finite are null."""
    facts, verdict = done.case.run.facts, done.verdict
    shown = verdict.against or verdict.findings
    found: dict[str, Any] = _plain({
        "format": FORMAT, "run": facts.id, "verdict": verdict.word, "synthetic": verdict.synthetic,
        "line": verdict.line(), "reasons": [sentence(one.code, one.passed, one.values) for one in shown],
        "rules": [{"rule": one.code, "passed": one.passed, "values": one.values,
                   "text": sentence(one.code, one.passed, one.values)} for one in verdict.findings],
        "trial": facts.trial, "trials": done.tries.count, "data_sha256": facts.data_sha256,
        "gate": asdict(done.terms.gate), "figures": _figures(done)})
    return found


def write(done: Validation, folder: Path) -> None:
    """Into the run's folder, whole or not at all."""
    with written_file(folder / VERDICT_FILE) as path:
        path.write_bytes(orjson.dumps(document(done), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


def _figures(done: Validation) -> dict[str, Any]:
    evidence = done.evidence
    return {
        "sessions": evidence.sessions, "rows": evidence.rows, "reachable": evidence.reachable,
        "probabilities": {name: asdict(one) for name, one in evidence.probabilities.items()},
        "money": [{"latency_ms": latency, "slippage_ticks": slippage, **asdict(one)}
                  for (latency, slippage), one in evidence.money.items()],
        "baselines": {name: asdict(one) for name, one in evidence.beside.items()},
        "chance": asdict(evidence.chance), "deflated_sharpe": asdict(evidence.deflated),
        "overfitting": evidence.overfitting, "path_totals_brl": evidence.path_totals,
        "net_by_session_brl": evidence.net_by_session.tolist(),
        "drift": [{**asdict(one), "drifted": one.drifted} for one in done.drifts],
        "columns": [{**asdict(one), "suspect": one.suspect} for one in done.leaks.knowledge],
        "final": None if done.final is None else asdict(done.final),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value
