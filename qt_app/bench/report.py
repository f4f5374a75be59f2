"""The sections of `qt bench`: which there are, how they are run, and how they read."""
from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from qt_app.version import __version__

#: Section → module that measures it, in the order they run.
SECTIONS = {
    "callback": "qt_app.bench.callback",
    "features": "qt_app.bench.features",
    "book": "qt_app.bench.book",
    "decision": "qt_app.bench.decision",
    "replay": "qt_app.bench.replay",
    "wait": "qt_app.bench.wait",
}
PEERS = ("numpy", "pandas", "numba", "hftbacktest", "nautilus_trader", "onnxruntime")


def run(names: Sequence[str], rounds: int, scale: float, progress: Callable[[str], None]) -> dict[str, Any]:
    """The whole report. ``scale`` multiplies the amount of work in a round; 1 is what the figures mean."""
    report: dict[str, Any] = {"machine": machine(), "rounds": rounds, "scale": scale, "sections": {}}
    for name in names:
        progress(name)
        report["sections"][name] = import_module(SECTIONS[name]).measure(rounds, scale).as_dict()
    report["absent"] = sorted({peer for section in report["sections"].values() for peer in section["absent"]})
    report["missed"] = [f"{name}: {case}" for name, section in report["sections"].items()
                        for case, aim in section["aims"].items() if not aim["met"]]
    return report


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    found = {}
    for peer in PEERS:
        try:
            found[peer] = version(peer)
        except PackageNotFoundError:
            continue
    return {"python": platform.python_version(), "system": platform.platform(), "processor": platform.processor(),
            "cores": os.cpu_count(), "product": __version__, "packages": found}


def as_text(report: dict[str, Any]) -> str:
    """For people: a table a section, then the ratios and the aims."""
    lines = [f"{report['rounds']} interleaved rounds; median, min .. max. Python {report['machine']['python']}, "
             f"{report['machine']['cores']} cores"]
    for name, section in report["sections"].items():
        lines += ["", f"{name}: {section['unit']}"]
        lines += [f"  {case:<46}{figure(one['median']):>10}  {figure(one['min']):>10} .. {figure(one['max'])}"
                  for case, one in section["cases"].items()]
        lines += [f"  {case:<46}{figure(value):>10} x" for case, value in section["ratios"].items()]
        lines += [f"  {_aim_line(case, aim)}" for case, aim in section["aims"].items()]
        lines += [f"  not installed, so not measured: {peer}" for peer in section["absent"]]
    return "\n".join(lines)


def _aim_line(case: str, aim: dict[str, Any]) -> str:
    bound = f"at least {figure(aim['at_least'])}" if "at_least" in aim else f"at most {figure(aim['at_most'])}"
    return f"aim {'met   ' if aim['met'] else 'missed'} {case}: {figure(aim['value'])}, {bound}"


def figure(value: float) -> str:
    """Three significant digits, thousands as k and millions as M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}" if abs(value) < 999.5 * size else f"{value / size:.0f}{letter}"
    return f"{value:.3g}"
