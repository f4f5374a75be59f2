"""A 90-second outage with an open position: no gap, no duplicate, no stray order, and a replay that repeats it all."""
from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from e2e.installation import UNBROKEN, Installation
from e2e.test_live_equals_replay import assert_same

from qt_app.feed.profit import exchange_library
from qt_app.zone import local_time
from qt_core._types import Control, Kind

pytestmark = pytest.mark.slow

Install = Callable[..., Installation]
EAGER = {"MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "500", **UNBROKEN}
UNTIL = "10:45"
NS = 1_000_000_000
#: What a print is, wherever it was told.
PRINT = ["trade_id", "exch_ts_ns", "price", "qty", "aggressor", "buyer", "seller", "trade_type"]


def table(qt: Installation, kind: str) -> pd.DataFrame:
    parts = [pd.read_parquet(path) for path in sorted(qt.home.data.glob(f"2026*/*/{kind}-*.parquet"))]
    return pd.concat(parts).sort_values("seq", ignore_index=True)


def result(qt: Installation, name: str) -> pd.DataFrame:
    return pd.read_parquet(qt.run_folder() / f"{name}.parquet")


def moment_with_a_position(qt: Installation) -> int:
    """An instant (UTC ns) at which an undisturbed run has held a position for 5 s, and goes on to hold it."""
    fills = result(qt, "fills")
    later = fills[fills["ts_ns"] > int(fills["ts_ns"].iloc[0]) + 60 * NS].reset_index(drop=True)
    held = [(int(at), int(end)) for at, end, position in zip(later["ts_ns"], later["ts_ns"].shift(-1, fill_value=0),
                                                            later["position"], strict=True) if position]
    return next(at for at, end in held if end - at > 12 * NS) + 5 * NS


def script(path: Path, at_ns: int, **more: Any) -> Path:
    lines = {"kind": "outage", "channel": "market", "at": local_time(at_ns)[11:19], "seconds": 90, **more}
    path.write_text("[[fault]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items()))
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    qt = Installation(tmp_path_factory.mktemp("undisturbed") / "home", EAGER)
    assert qt.qt("start", "--speed", 0, "--until", UNTIL).returncode == 0
    return qt


@pytest.mark.parametrize("kept", [True, False])
def test_ninety_seconds_without_market_data(install: Install, undisturbed: Installation, tmp_path: Path,
                                            kept: bool) -> None:
    at_ns = moment_with_a_position(undisturbed)
    faults = script(tmp_path / "faults.toml", at_ns, keep_subscriptions=kept)
    qt = install(**EAGER)
    assert qt.qt("start", "--speed", 30, "--until", UNTIL, "--faults", faults).returncode == 0

    # Every print of the exchange's tape, once, in its order.
    ours, theirs = table(qt, "trades"), table(undisturbed, "trades")
    pd.testing.assert_frame_equal(ours[PRINT], theirs[PRINT])

    # Stale from the first moment, a gap, filled, fresh again.
    control = table(qt, "control")
    acts = control[control["kind"] == Kind.CONTROL]
    codes = [Control(code) for code in acts["code"]]
    assert codes[:2] == [Control.STALE, Control.GAP] and codes[-2:] == [Control.FILLED, Control.FRESH]
    shut, filled = int(acts["seq"].iloc[0]), int(acts["seq"].iloc[-2])
    assert abs(int(acts["ts_ns"].iloc[0]) - at_ns) < 2 * NS

    # With an open position: nothing is sent in the dark, and its protection works afterwards.
    fills, orders = result(qt, "fills"), result(qt, "orders")
    assert fills[fills["seq"] < shut]["position"].iloc[-1] != 0
    assert not orders["seq"].between(shut, filled - 1).any()
    assert len(orders[orders["seq"] > filled])
    assert set(orders[orders["purpose"] == "stop"]["order_id"]) <= set(result(qt, "reports")["order_id"])
    assert not result(qt, "refusals")["code"].isin(["POSITION_IN_DOUBT"]).any()
    said = [line["message"] for line in qt.log() if line["component"] == "Feed"]
    assert any("market data is down" in words for words in said)
    assert any(" is filled from " in words for words in said)
    assert_same(qt, orders=10)


def test_decisions_after_the_return_see_the_same_prints(install: Install, undisturbed: Installation,
                                                        tmp_path: Path) -> None:
    """Features of prints alone are those of the undisturbed run as soon as the gap is filled."""
    at_ns = moment_with_a_position(undisturbed)
    qt = install(**EAGER)
    faults = script(tmp_path / "faults.toml", at_ns)
    assert qt.qt("start", "--speed", 30, "--until", UNTIL, "--faults", faults).returncode == 0
    ours, theirs = (result(one, "features").set_index("ts_ns") for one in (qt, undisturbed))
    after = ours[ours.index > at_ns].index
    assert len(after) > 120 and after[0] - at_ns < 100 * NS
    of_prints = ("returns_", "volume_", "volatility_", "rsi", "macd", "ema")
    same = [name for name in ours.columns if name.startswith(of_prints)]
    assert len(same) > 10
    pd.testing.assert_frame_equal(ours.loc[after, same], theirs.loc[after, same], check_exact=False, rtol=1e-9)


def test_ninety_seconds_without_market_and_broker_in_simulator_mode(install: Install, tmp_path: Path) -> None:
    """Orders stand at the broker: their news comes at the return, and the run ends flat by both books."""
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "outage"\nchannel = "all"\nat = "10:32:00"\nseconds = 90\n')
    qt = install(**EAGER, QT_MODE="simulator")
    qt.start("--speed", 20, "--faults", faults)
    qt.reach("the outage", lambda s: s["feed"]["state"].startswith("outage"))
    qt.reach("the return", lambda s: s["feed"]["connected"] and s["state"] == "running")
    qt.reach("trades after it", lambda s: (s["time"] or "")[11:16] >= "10:36" and s["trades"]["today"])
    qt.good("stop")
    prints = table(qt, "trades")
    assert (prints["trade_id"].diff().dropna() == 10).all()     # as the exchange counts
    control = table(qt, "control")
    acts = control[control["kind"] == Kind.CONTROL]
    shut, filled = (int(acts[acts["code"] == code]["seq"].iloc[0]) for code in (Control.GAP, Control.FILLED))
    orders = result(qt, "orders")
    assert not orders[orders["purpose"] == "entry"]["seq"].between(shut, filled - 1).any()
    assert json.loads((qt.run_folder() / "summary.json").read_bytes())["position_lots"] == 0
    fills = result(qt, "fills")
    assert (fills["side"] * fills["qty"]).sum() == 0


def test_the_exchange_under_another_name_runs_the_whole_system(install: Install, tmp_path: Path) -> None:
    library = Path(shutil.copy(exchange_library(), tmp_path / "ProfitDLL64.so"))
    licence = {"QT_STATE_DIR": str(tmp_path / "state"), "PROFIT_KEY": "k", "PROFIT_USER": "u", "PROFIT_PASSWORD": "p"}
    qt = install(**EAGER, **licence)
    status = qt.start("--dll", library, "--speed", 30)
    assert status["synthetic"] and status["feed"]["connected"]
    qt.reach("orders", lambda s: s["orders"]["sent"] > 2)
    refused = install("other", **licence).qt("start", "--dll", library)
    assert refused.returncode == 3
    assert f"process {status['pid']} in {qt.home.root}" in refused.stderr
    qt.good("stop")
    assert_same(qt, orders=2)


def test_a_hanging_finalize_does_not_hang_the_exit(install: Install, tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "finalize_hang"\n')
    qt = install()
    assert qt.qt("start", "--speed", 0, "--until", "10:32", "--faults", faults).returncode == 0
    assert any("DLLFinalize did not return" in line["message"] for line in qt.log())
    assert json.loads(qt.home.metrics.read_bytes())["state"] == "stopping"
    assert len(result(qt, "decisions")) > 100


def test_a_bad_script_is_refused_with_its_line(install: Install, tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "outage"\nchannel = "market"\nat = "25:00:00"\nseconds = 90\n')
    done = install().qt("start", "--faults", faults)
    assert done.returncode == 4 and "line 4" in done.stderr
    missing = install("b").qt("start", "--faults", tmp_path / "none.toml")
    assert missing.returncode == 4 and "none.toml" in missing.stderr
