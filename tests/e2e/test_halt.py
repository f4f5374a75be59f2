"""``qt halt`` and ``qt resume`` as an operator meets them: over restarts, and beside no engine."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from e2e.installation import UNBROKEN, Installation

from qt_app.journal.reader import Reader

pytestmark = pytest.mark.slow

Install = Callable[..., Installation]
EAGER = {"MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "500", **UNBROKEN}


@pytest.mark.parametrize("mode", ["paper", "simulator"])
def test_a_halt_outlives_the_program_until_resume(install: Install, mode: str) -> None:
    qt = install(QT_MODE=mode, **EAGER)
    qt.start("--speed", 30)
    qt.reach("a position", lambda s: s["position"]["contracts"])
    assert "flat, latched until `qt resume`" in qt.good("halt", "--reason", "test")
    assert qt.status()["position"]["contracts"] == 0
    qt.good("stop")
    qt.start("--speed", 30, "--start-time", "13:00")
    began = qt.reach("decisions, and a broker compared with", lambda s: s["decision"]["count"] > 10 and "RECONCILING"
                     not in (s["risk"]["halt_reason"] or ""))
    assert (began["risk"]["state"], began["risk"]["halt_reason"]) == ("halted", "HALTED")
    assert began["orders"]["sent"] == 0
    assert "lifted: HALTED" in qt.good("resume")
    qt.reach("an entry", lambda s: s["orders"]["sent"])
    qt.good("halt", "--entries-only")
    qt.good("stop")
    assert "no engine runs" in qt.good("resume")
    with Reader(qt.home.journal) as reader:
        assert [m.kind for m in reader.marks() if m.kind in ("halt", "reduce", "resume")] == [
            "halt", "resume", "reduce", "resume"]


def test_what_an_operator_may_not_lift_is_refused(install: Install) -> None:
    qt = install(**EAGER | {"QT_MAX_DAILY_LOSS_BRL": "1"})
    qt.start("--speed", 60)
    lost = qt.reach("the day's loss", lambda s: "DAILY_LOSS" in (s["risk"]["halt_reason"] or ""))
    assert lost["risk"]["halted"]
    done = qt.qt("resume")
    assert done.returncode == 7
    assert "DAILY_LOSS" in done.stderr and "next session" in done.stderr
    qt.good("stop")
    qt.start("--speed", 60)     # the same session: the loss is still there
    assert qt.reach("decisions", lambda s: s["decision"]["count"] > 5)["risk"]["halted"]
    qt.good("stop")
