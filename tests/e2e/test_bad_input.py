"""Bad input, one test for each kind: the exit code, a sentence that names the thing, and nothing half-written."""
from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from app.replay import files
from c import build
from e2e.installation import Installation, free_port, until

from qt_app.__main__ import main
from qt_app.hashing import file_digest
from qt_app.home import Home
from qt_app.inference.manifest import read_manifest
from qt_app.services.lock import running

pytestmark = pytest.mark.lengthy

Install = Callable[..., Installation]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for verbs that run inside the test's own process."""
    for name in [name for name in os.environ if name.startswith(("QT_", "PROFIT_", "MAX_", "MIN_"))]:
        if name != "QT_REALDATA":
            monkeypatch.delenv(name)
    return tmp_path / "home"


def refused(capfd: Capture, code: int, *words: object) -> str:
    """The sentence with which a verb is refused."""
    assert main([str(word) for word in words]) == code
    said = capfd.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return said.err


# ---- configuration: exit 4


@pytest.mark.parametrize("verb", [["start"], ["start", "--detach"], ["config", "check"]])
def test_everything_wrong_with_the_configuration_is_told_at_once(home: Path, verb: list[str], capfd: Capture) -> None:
    home.mkdir()
    document = {"risk": {"max_position": 0, "stop_loss": "tight", "max_positoin": 3}, "zmq": {"port": 80},
                "consensus": {"ml_weight": 0.7}, "nonsense": {}, "feed": {"password": "planted"}}
    (home / "config_production.json").write_text(json.dumps(document))
    (home / ".env.production").write_text("MAX_DAILY_TRADES=many\n")
    said = refused(capfd, 4, *verb, "--home", home)
    for name in ("risk.max_position", "risk.stop_loss", "risk.max_positoin", "zmq.port", "nonsense", "feed.password",
                 "consensus.ml_weight + consensus.agent_weight", "risk.max_daily_trades", "line 1"):
        assert name in said
    assert "planted" not in said
    assert sorted(path.name for path in home.iterdir()) == [".env.production", "config_production.json"]


@pytest.mark.parametrize(("words", "reason"), [
    (["--day", "2026-11-20"], "2026-11-20 is no trading day of B3; the next one is 2026-11-23"),
    (["--start-time", "19:00"], "simulator.start 19:00 is not before the session's close at 18:30"),
    (["--start-time", "11:00", "--until", "10:59"], "--until 10:59 is not after simulator.start 11:00"),
    (["--feed", ".", "--until", "12:00"], "--until ends a simulated market, this run's source is recording"),
    (["--symbol", "XYZ"], "trading.symbol: symbol 'XYZ' is not"),
])
def test_a_market_that_cannot_be_is_refused(home: Path, words: list[str], reason: str, capfd: Capture) -> None:
    said = refused(capfd, 4, "start", *words, "--home", home)
    assert said.count("\n") == 1
    assert reason in said
    assert_no_run(home, reason)


# ---- fault scripts: exit 4, the file and the line


DROP = '[[fault]]\nkind = "drop"\n'


@pytest.mark.parametrize(("script", "line", "reason"), [
    (DROP + 'calback = "trade"\n', 3, "unknown key"),
    ('# none\n[[fault]]\nkind = "explode"\n', 3, "unknown kind 'explode'"),
    (DROP + 'callback = "trade"\nfrom = "10:00"\nuntil = "25:00"\n', 5, '"25:00" is not a time of day'),
    (DROP + 'callback = "trade"\nchance = 2\n', 4, "chance = 2 is out of range"),
    ("seed = \xff", 1, "not UTF-8"),
])
def test_a_wrong_fault_script_is_refused_by_file_and_line(home: Path, tmp_path: Path, script: str, line: int,
                                                          reason: str, capfd: Capture) -> None:
    path = tmp_path / "faults.toml"
    path.write_bytes(script.encode("latin-1"))
    said = refused(capfd, 4, "start", "--faults", path, "--home", home)
    assert said.count("\n") == 1
    assert f"{path}: " in said
    assert f"line {line}: " in said
    assert reason in said
    assert_no_run(home, f"line {line}: ")


def test_a_fault_script_that_is_not_there_is_refused(home: Path, tmp_path: Path, capfd: Capture) -> None:
    said = refused(capfd, 4, "start", "--faults", tmp_path / "none.toml", "--home", home)
    assert "none.toml cannot be read" in said
    assert_no_run(home, "cannot be read")


def test_a_recording_has_no_faults(home: Path, tmp_path: Path, capfd: Capture) -> None:
    said = refused(capfd, 4, "start", "--feed", tmp_path, "--faults", tmp_path / "f.toml", "--home", home)
    assert "simulator.faults" in said
    assert "recording" in said


# ---- recordings to play: exit 4 for a contradiction, 9 for what cannot be played


def test_a_recording_to_play_is_checked_before_anything_runs(home: Path, tmp_path: Path, capfd: Capture) -> None:
    tape = files.write(tmp_path / "wdok20_trades.parquet", "trades", files.trades())
    (tmp_path / "bad.qtplay").write_bytes(b"QTPLAY1")
    for code, words, reason in (
            (9, ["--play", tmp_path / "none.qtplay"], "none.qtplay: no such recording"),
            (9, ["--play", tmp_path / "bad.qtplay"], "bad.qtplay' cannot be played: it is shorter than a header"),
            (4, ["--play", tape, "--symbol", "WINJ20"], "trading.symbol WINJ20 is not what was recorded, WDOK20"),
            (4, ["--play", tape, "--feed", tmp_path], "this run's source is a recording: leave --play or --feed out")):
        said = refused(capfd, code, "start", *words, "--home", home)
        assert said.count("\n") == 1
        assert reason in said
        assert_no_run(home, reason)


@pytest.mark.native
@pytest.mark.slow
def test_another_library_has_no_faults(install: Install, tmp_path: Path) -> None:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    library = build.library("fake_dll", tmp_path)
    (tmp_path / "f.toml").write_text(DROP + 'callback = "trade"\n')
    done = install().qt("start", "--dll", library, "--faults", tmp_path / "f.toml")
    assert done.returncode == 4
    assert f"{library} is none" in done.stderr


# ---- the DLL: exit 6


@pytest.fixture
def incomplete(tmp_path: Path) -> Path:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    return build.library("fake_dll", tmp_path, "FAKE_INCOMPLETE")


def assert_no_run(root: Path, reason: str) -> None:
    """A start that failed leaves its reason in the log, and no results, lock or control file."""
    home = Home(root)
    last = json.loads(next(home.logs.glob("*.log")).read_text("utf-8").splitlines()[-1])
    assert last["level"] == "ERROR"
    assert reason in last["message"]
    assert list(home.data.rglob("*.*")) == []
    assert not home.control.exists()
    assert running(home) is None


@pytest.mark.native
def test_a_library_without_a_needed_symbol_is_refused_by_name(install: Install, incomplete: Path) -> None:
    qt = install()
    done = qt.qt("start", "--detach", "--dll", incomplete)
    assert (done.returncode, done.stdout) == (6, "")
    assert "does not export TranslateTrade, SendOrder" in done.stderr
    assert_no_run(qt.home.root, "TranslateTrade")


def test_no_library_at_the_path_is_refused(home: Path, capfd: Capture) -> None:
    reason = f"no library at {home / 'ProfitDLL64.dll'}"
    said = refused(capfd, 6, "start", "--dll", home / "ProfitDLL64.dll", "--home", home)
    assert said.count("\n") == 1
    assert reason in said
    assert_no_run(home, reason)


# ---- Parquet: exit 9


def crossed(columns: files.Columns) -> files.Columns:
    return files.changed(columns, "bid", 9, 9000.0)


BROKEN: dict[str, tuple[str, Callable[[files.Columns], files.Columns], str]] = {
    "NaN price": ("trades", lambda c: files.changed(c, "price", 7, float("nan")), "row 7: price is not a positive"),
    "negative price": ("trades", lambda c: files.changed(c, "price", 8, -5.0), "row 8: price is not a positive"),
    "price off the grid": ("trades", lambda c: files.changed(c, "price", 3, 5250.3), "row 3: price is off the grid"),
    "time going back": ("trades", lambda c: files.changed(c, "ts_ns", 5, files.T0), "row 5: ts_ns"),
    "no quantity": ("trades", lambda c: files.changed(c, "qty", 4, 0.0), "row 4: quantity is not"),
    "unknown trade type": ("trades", lambda c: files.changed(c, "trade_type", 6, 77), "row 6: unknown trade type"),
    "no rows": ("trades", lambda c: files.cut(c, slice(0, 0)), "row 0: the file has no rows"),
    "crossed quote": ("l1", crossed, "row 9: the book is crossed"),
    "negative book quantity": ("book", lambda c: files.changed(c, "qty", 11, -1.0), "row 11: quantity is negative"),
}


def good_day(folder: Path) -> dict[str, Path]:
    folder.mkdir()
    makers = {"trades": files.trades, "book": files.book, "l1": files.l1}
    return {kind: files.write(folder / f"b3_dolk20_{kind}.parquet", kind, make(50)) for kind, make in makers.items()}


def assert_replay_refused(paths: dict[str, Path], home: Path, capfd: Capture, *words: str) -> None:
    before = {path.name for path in home.parent.iterdir()}
    inputs = [word for kind, path in paths.items() for word in (f"--{kind}", path)]
    said = refused(capfd, 9, "replay", *inputs, "--out", home.parent / "out", "--home", home)
    assert said.count("\n") == 1
    for word in words:
        assert word in said
    assert {path.name for path in home.parent.iterdir()} == before


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_row_is_refused_with_file_row_and_reason(home: Path, fault: str, capfd: Capture) -> None:
    kind, spoil, words = BROKEN[fault]
    paths = good_day(home.parent / "day")
    makers = {"trades": files.trades, "book": files.book, "l1": files.l1}
    files.write(paths[kind], kind, spoil(makers[kind](50)))
    assert_replay_refused(paths, home, capfd, str(paths[kind]), words)


def test_a_crossed_book_is_refused_with_its_row(home: Path, capfd: Capture) -> None:
    paths = good_day(home.parent / "day")
    table = pq.read_table(paths["book"]).to_pandas()
    row = int(table[(table["side"] == 1) & (table["last"] == 1)].index[20])
    table.loc[row, ["kind", "price"]] = [0, 9000.0]
    pq.write_table(pa.Table.from_pandas(table, pq.read_schema(paths["book"]), preserve_index=False), paths["book"])
    assert_replay_refused(paths, home, capfd, f"{paths['book']}: row {row}: the book is crossed")


def test_a_file_without_a_column_is_refused(home: Path, capfd: Capture) -> None:
    paths = good_day(home.parent / "day")
    files.write(paths["trades"], "trades", files.trades(50), drop=("qty", "seq"))
    assert_replay_refused(paths, home, capfd, str(paths["trades"]), "missing columns qty, seq")


@pytest.mark.parametrize("content", [b"", b"no Parquet at all"], ids=["empty", "text"])
def test_a_file_that_is_no_parquet_is_refused(home: Path, content: bytes, capfd: Capture) -> None:
    paths = good_day(home.parent / "day")
    paths["trades"].write_bytes(content)
    assert_replay_refused(paths, home, capfd, str(paths["trades"]), "not a readable Parquet file")


def test_a_broken_recording_is_no_market_for_a_start(home: Path, capfd: Capture) -> None:
    folder = home.parent / "recorded"
    folder.mkdir()
    (folder / "trades-0001.parquet").write_bytes(b"PAR1")
    reason = "trades-0001.parquet: not a readable Parquet file"
    assert reason in refused(capfd, 9, "start", "--feed", folder, "--home", home)
    assert_no_run(home, reason)


# ---- the model: exit 9


@pytest.fixture
def model(tmp_path: Path, repo: Path) -> Path:
    """A copy of the shipped model, to spoil."""
    folder = tmp_path / "model"
    folder.mkdir()
    for path in (repo / "models_onnx").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def spoil_hash(folder: Path) -> str:
    path = folder / read_manifest(folder).file
    path.write_bytes(path.read_bytes() + b"\0")
    return "does not match the sha256"


def spoil_inputs(folder: Path) -> str:
    manifest = read_manifest(folder)
    replace(manifest, inputs=("crystal_ball", *manifest.inputs[1:])).write(folder)
    return "crystal_ball"


def spoil_width(folder: Path) -> str:
    manifest = read_manifest(folder)
    replace(manifest, inputs=manifest.inputs[1:], ranges=manifest.ranges[1:]).write(folder)
    return "its manifest lists"


def spoil_schema(folder: Path) -> str:
    replace(read_manifest(folder), schema_id="0" * 32).write(folder)
    return "was trained on feature schema 00000000"


def spoil_graph(folder: Path) -> str:
    manifest = read_manifest(folder)
    path = folder / manifest.file
    path.write_bytes(b"no graph")
    replace(manifest, sha256=file_digest(path)).write(folder)
    return "cannot be loaded"


def spoil_order(folder: Path) -> str:
    """Two columns change places, with their ranges and a digest that fits."""
    manifest = read_manifest(folder)
    (a, b, *names), (low, high, *ranges) = manifest.inputs, manifest.ranges
    replace(manifest, inputs=(b, a, *names), ranges=(high, low, *ranges)).write(folder)
    return f"{a} at place 1, its manifest says {b}"


def spoil_classes(folder: Path) -> str:
    replace(read_manifest(folder), classes=("buy", "hold", "sell")).write(folder)
    return "sell at place 1, its manifest says buy"


def spoil_by_hand(folder: Path) -> str:
    path = folder / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"synthetic": true', '"synthetic": false'), "utf-8")
    return "was edited"


SPOILED = [spoil_hash, spoil_inputs, spoil_width, spoil_schema, spoil_graph, spoil_order, spoil_classes, spoil_by_hand]


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_model_that_does_not_fit_is_refused(home: Path, model: Path, spoil: Callable[[Path], str],
                                              monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    words = spoil(model)
    paths = good_day(home.parent / "day")
    out = home.parent / "out"
    said = refused(capfd, 9, "replay", "--trades", paths["trades"], "--model", model, "--out", out, "--home", home)
    assert words in said
    assert not out.exists()
    monkeypatch.setenv("QT_MODEL_PATH", str(model))
    assert words in refused(capfd, 9, "start", "--home", home)
    assert not list(home.rglob("*.parquet"))


# ---- ports: exit 1


@pytest.fixture
def held() -> Iterator[int]:
    """A port that this process holds."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize(("key", "variable"), [("zmq.port", "QT_ZMQ_PORT"), ("zmq.control_port", "QT_CONTROL_PORT")])
def test_a_busy_port_is_named_with_its_holder(home: Path, held: int, key: str, variable: str, capfd: Capture,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_ZMQ_PORT", str(free_port()))
    monkeypatch.setenv(variable, str(held))
    said = refused(capfd, 1, "start", "--home", home)
    assert f"port {held} ({key}) is busy: process {os.getpid()} " in said
    assert said.count("\n") == 1
    assert_no_run(home, f"port {held} ({key}) is busy")


# ---- garbage from the DLL: counted, refused, visible


KINDS = {"bad_price", "off_tick", "bad_qty", "bad_volume", "bad_type", "bad_time", "time_back", "not_translated",
         "bad_ticker", "bad_position"}


@pytest.mark.slow
@pytest.mark.native
def test_garbage_is_counted_by_kind_and_shown(install: Install, tmp_path: Path) -> None:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    library = tmp_path / "hostile.so"
    source = Path(__file__).with_name("hostile_dll.c")
    subprocess.run(["gcc", *build.FLAGS, "-fvisibility=hidden", "-shared", "-fPIC", "-pthread", source, "-o", library],
                   check=True)
    qt = install(PROFIT_KEY="fake-key", PROFIT_USER="fake-user", PROFIT_PASSWORD="fake-password")
    qt.start("--dll", library, "--symbol", "WDOZ26")

    def all_kinds(status: dict[str, Any]) -> bool:
        return set(status["events"]["refused"]) >= KINDS and status["events"]["refused"]["bad_price"] > 1000

    status = qt.reach("garbage of every kind", all_kinds)
    assert not status["synthetic"]
    assert status["events"]["trades"] < 100     # none of it became a trade
    assert "bad_price" in qt.good("status")
    until("the first metrics", qt.home.metrics.exists)
    until("the same in the metrics",
          lambda: set(json.loads(qt.home.metrics.read_bytes())["feed"]["refused"]) >= KINDS)
    assert "stopped process" in qt.good("stop")
    assert [line for line in qt.log() if line["level"] in ("ERROR", "CRITICAL")] == []
