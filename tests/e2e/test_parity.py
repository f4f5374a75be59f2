"""Every session ends with a certificate: signed by its replay; a recorded event that was flipped is named."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from e2e.installation import UNBROKEN, Installation, until

from qt_app.errors import ExitCode
from qt_app.parity.compare import ROUTE

pytestmark = pytest.mark.slow

Install = Callable[..., Installation]
#: A certificate has the least of the processor.
BACKGROUND_S = 300.0
EAGER = {"MIN_CONFIDENCE": "0.40", "MAX_DAILY_TRADES": "500", "QT_PARITY_ENABLED": "true", **UNBROKEN}


def certificate(qt: Installation) -> dict[str, Any]:
    """Of the last session, once it is there."""
    path = qt.run_folder() / "parity.json"
    until("the certificate", lambda: path.is_file() and qt.home.last_parity.is_file(), BACKGROUND_S)
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def flip_a_trade(qt: Installation, at: int) -> int:
    """One lot more in one recorded print, everything else as it was; its number."""
    path = sorted(qt.home.data.glob("*/*/trades-*.parquet"))[0]
    table = pq.ParquetFile(path).read()
    quantities, column = table["qty"].to_numpy().copy(), table.schema.get_field_index("qty")
    quantities[at] += 1
    pq.write_table(table.set_column(column, table.schema.field(column), pa.array(quantities)), path)
    return int(np.asarray(table["seq"])[at])


def test_a_session_is_signed_and_a_flipped_event_is_named(install: Install) -> None:
    qt = install(**EAGER)
    qt.start("--speed", 0, "--until", "10:50", STOP_LOSS="0.003")
    qt.ended()
    signed = certificate(qt)
    assert (signed["verdict"], signed["missing_events"], signed["mode"]) == ("signed", 0, "paper")
    assert list(signed["tables"]) == list(ROUTE) and signed["tables"]["fills"]["rows"]["run"] > 5
    assert all(one["sha256"]["run"] == one["sha256"]["replay"] for one in signed["tables"].values())
    until("the log's word", lambda: "signed off" in json.dumps(qt.log()), BACKGROUND_S)

    seq = flip_a_trade(qt, 1000)
    done = qt.qt("parity", "--json")
    assert done.returncode == ExitCode.MISMATCH
    found = json.loads(done.stdout)
    assert found["verdict"] == "differs" and found["first_difference"]["seq"] >= seq
    assert found["first_difference"]["run"] != found["first_difference"]["replay"]
    (block,) = found["altered"]
    assert block["events"][0] <= seq <= block["events"][1]
    assert found["seen_in"][0] <= seq <= found["seen_in"][1]
    assert "differ" in json.loads(qt.home.last_parity.read_text())["verdict"]
    assert "last session" in qt.qt("status").stderr


def test_a_broker_s_session_is_compared_as_far_as_its_recording_goes(install: Install) -> None:
    qt = install(**EAGER, QT_MODE="simulator")
    qt.start("--speed", 60, "--until", "10:45")
    qt.ended()
    signed = certificate(qt)
    assert (signed["verdict"], signed["mode"]) == ("signed", "simulator")
    assert list(signed["tables"]) == ["features", "readings", "votes", "decisions"]
    assert set(signed["not_repeated"]) == {"refusals", "orders", "cancels", "reports", "fills"}


def test_a_recording_that_is_gone_is_an_alert_and_no_signature(install: Install) -> None:
    qt = install(**(EAGER | {"QT_PARITY_ENABLED": "false"}))
    qt.start("--speed", 0, "--until", "10:40")
    qt.ended()
    for path in qt.home.data.glob("2*/*/*.parquet"):
        path.unlink()
    done = qt.qt("parity", qt.run_folder().name, "--background")
    assert done.returncode == ExitCode.DATA
    (row,) = [json.loads(line) for line in qt.home.parity_alerts.read_text().splitlines()]
    assert (row["code"], row["level"]) == ("PARITY_FAILED", "WARNING")
    assert not (qt.run_folder() / "parity.json").exists()
    assert qt.qt("parity", "20200101-000000").returncode == ExitCode.DATA


def test_the_newest_run_is_taken_and_a_home_without_one_is_refused(install: Install, tmp_path: Path) -> None:
    done = install().qt("parity")
    assert done.returncode == ExitCode.DATA and "holds no finished run" in done.stderr
