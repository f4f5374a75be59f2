"""Orders through the library to a simulator account: traded, protected, stopped flat and confirmed by the broker."""
from __future__ import annotations

import json
from collections.abc import Callable

import pyarrow.parquet as pq
import pytest
from e2e.installation import UNBROKEN, Installation

pytestmark = pytest.mark.lengthy

#: Low enough that the simulated market trades within seconds.
EAGER = {"MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "500", "QT_SIM_SPEED": "30", "QT_MODE": "simulator", **UNBROKEN}


@pytest.mark.slow
def test_a_stop_flattens_through_the_broker_and_confirms(install: Callable[..., Installation]) -> None:
    qt = install(**EAGER)
    qt.start()
    status = qt.reach("a trade through the broker", lambda s: s["trades"]["today"] >= 1)
    assert status["mode"] == "simulator"
    qt.good("stop")
    qt.ended()
    summary = json.loads((qt.run_folder() / "summary.json").read_text())
    assert summary["position_lots"] == 0 and summary["fills"] >= 2
    assert len({tuple(book.values()) for book in summary["pnl_brl"].values()}) == 1     # one truth at a broker
    fills = pq.read_table(qt.run_folder() / "fills.parquet").to_pylist()
    assert sum(f["side"] * f["qty"] for f in fills) == 0
    assert not [line for line in qt.log() if line["level"] in ("ERROR", "CRITICAL")]


@pytest.mark.slow
def test_an_account_that_is_not_there_is_refused(install: Callable[..., Installation]) -> None:
    done = install(QT_MODE="simulator", QT_ACCOUNT="nobody").qt("start", "--until", "10:31")
    assert done.returncode == 6 and "account nobody was not announced" in done.stderr


def test_a_recording_has_no_broker(install: Callable[..., Installation], tmp_path: pytest.TempPathFactory) -> None:
    done = install(QT_MODE="simulator").qt("start", "--feed", str(tmp_path))
    assert done.returncode == 4 and "a recording has none" in done.stderr
