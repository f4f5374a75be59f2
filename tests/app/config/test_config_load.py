"""Sources, precedence, and every problem at once."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qt_app.config import KEYS, Config, ConfigProblems, Key, load, parse_problems
from qt_app.config.show import as_document, as_rows, as_text, default_file
from qt_app.errors import ExitCode
from qt_app.home import Home

NOTHING: dict[str, str] = {}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def write(home: Home, document: Any = None, env: str | None = None) -> None:
    if document is not None:
        home.config.write_text(json.dumps(document), "utf-8")
    if env is not None:
        home.env.write_text(env, "utf-8")


def problems(home: Home, overrides: dict[str, object] | None = None,
             environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigProblems) as caught:
        load(home, overrides, NOTHING if environ is None else environ)
    assert caught.value.code == ExitCode.CONFIG
    assert all(str(p) in str(caught.value) for p in caught.value.problems)
    return [str(p) for p in caught.value.problems]


def test_an_empty_home_gives_the_defaults(home: Home) -> None:
    config = load(home, environ=NOTHING)
    assert config == Config()
    assert all(config.origin(k.path) == "default" for k in KEYS)


def test_the_fixed_defaults() -> None:
    config = Config()
    fixed = {k.env: config.get(k.path) for k in KEYS}
    assert {name: fixed[name] for name in (
        "MAX_POSITION", "STOP_LOSS", "MIN_CONFIDENCE", "MAX_DAILY_TRADES", "ML_WEIGHT", "AGENT_WEIGHT",
        "FEATURE_CALCULATION_INTERVAL_MS", "FEATURE_BUFFER_SIZE", "BOOK_BUFFER_SIZE",
        "GARBAGE_COLLECTION_INTERVAL_MIN", "LOG_LEVEL",
        "PROFIT_DLL_PATH", "PROFIT_KEY", "PROFIT_USER", "PROFIT_PASSWORD",
    )} == {
        "MAX_POSITION": 1, "STOP_LOSS": 0.005, "MIN_CONFIDENCE": 0.60, "MAX_DAILY_TRADES": 10, "ML_WEIGHT": 0.40,
        "AGENT_WEIGHT": 0.60, "FEATURE_CALCULATION_INTERVAL_MS": 1000, "FEATURE_BUFFER_SIZE": 100,
        "BOOK_BUFFER_SIZE": 50, "GARBAGE_COLLECTION_INTERVAL_MIN": 15, "LOG_LEVEL": "INFO",
        "PROFIT_DLL_PATH": None, "PROFIT_KEY": None, "PROFIT_USER": None, "PROFIT_PASSWORD": None,
    }


def test_each_source_overrides_the_one_below(home: Home) -> None:
    write(home, {"risk": {"max_position": 2, "max_daily_trades": 2, "collar_ticks": 2, "max_spread_ticks": 2}},
          "MAX_POSITION=3\nMAX_DAILY_TRADES=3\nQT_COLLAR_TICKS=3\n")
    config = load(home, {"risk.max_position": 5}, {"MAX_POSITION": "4", "MAX_DAILY_TRADES": "4"})
    risk = config.risk
    assert (risk.max_position, risk.max_daily_trades, risk.collar_ticks, risk.max_spread_ticks) == (5, 4, 3, 2)
    assert [config.origin(f"risk.{name}") for name in (
        "max_position", "max_daily_trades", "collar_ticks", "max_spread_ticks", "stop_loss")] == [
        "command line", "environment MAX_DAILY_TRADES", ".env.production line 3", "config_production.json", "default"]


def test_all_problems_are_told_at_once(home: Home) -> None:
    write(home, {"risk": {"max_positon": 2, "stop_loss": 0.5, "max_daily_trades": "ten"}, "agents": {}, "zmq": 5},
          "MAX_POSITION=1.5\nMAX_POSTION=1\nnonsense\n")
    found = problems(home, {"risk.collar_ticks": 0}, {"ML_WEIGHT": "0.5", "LOG_LEVEL": "LOUD"})
    for part in ("risk.max_positon = unknown key", "did you mean risk.max_position?", "risk.stop_loss = 0.5",
                 "risk.max_daily_trades = 'ten'", "agents = unknown key", "zmq = 5", "risk.max_position = '1.5'",
                 "did you mean MAX_POSITION?", "line 3", "risk.collar_ticks = 0", "log.level = 'LOUD'",
                 "consensus.ml_weight + consensus.agent_weight = 1.1"):
        assert any(part in p for p in found), part
    assert len(found) == 11


def test_a_problem_names_key_value_allowed_and_origin(home: Home) -> None:
    assert problems(home, environ={"MAX_POSITION": "0"}) == [
        "risk.max_position = '0' (environment MAX_POSITION): allowed is a whole number from 1 to 100 contracts"]


@pytest.mark.parametrize(("name", "suggested"), [
    ("MAX_POSITION", "risk.max_position"), ("max_position", "risk.max_position"), ("Risk", "risk"),
    ("LOG_LEVEL", "log.level"), ("ml_weight", "consensus.ml_weight"),
])
def test_a_misplaced_key_is_sent_to_its_group(home: Home, name: str, suggested: str) -> None:
    write(home, {name: 1})
    assert problems(home)[0].endswith(f"did you mean {suggested}?")


@pytest.mark.parametrize("document", [[], 5, "x", None])
def test_a_json_file_that_is_not_an_object(home: Home, document: Any) -> None:
    home.config.write_text(json.dumps(document))
    assert "a JSON object of groups" in problems(home)[0]


@pytest.mark.parametrize("text", ["", "{", '{"risk": {"max_position": 1,}}', "\x00"])
def test_a_json_file_that_cannot_be_read(home: Home, text: str) -> None:
    home.config.write_text(text)
    assert "a JSON object in UTF-8" in problems(home)[0]


def test_the_home_cannot_be_chosen_from_inside_it(home: Home) -> None:
    write(home, env="QT_HOME=/elsewhere\n")
    assert problems(home)[0].startswith("QT_HOME = unknown name")


def test_a_key_given_twice_is_ambiguous(home: Home) -> None:
    home.config.write_text('{"risk": {"max_position": 1, "max_position": 2}}')
    write(home, env="MAX_DAILY_TRADES=1\nMAX_DAILY_TRADES=2\n")
    assert [p.split(" = ")[0] for p in problems(home)] == ["max_position", "MAX_DAILY_TRADES"]


def test_files_saved_by_windows_editors(home: Home) -> None:
    home.config.write_bytes(b'\xef\xbb\xbf{"risk": {\r\n"max_position": 2}}\r\n')
    home.env.write_bytes(b"\xef\xbb\xbfMAX_DAILY_TRADES=3\r\n# comment\r\n\r\nLOG_LEVEL=WARNING\r\n")
    config = load(home, environ=NOTHING)
    assert (config.risk.max_position, config.risk.max_daily_trades, config.log.level) == (2, 3, "WARNING")


@pytest.mark.parametrize(("path", "value"), [
    ("risk.max_position", True), ("risk.max_position", 1.0), ("risk.max_position", "1"), ("risk.max_position", None),
    ("risk.stop_loss", "0.01"), ("risk.stop_loss", True), ("zmq.enabled", 1), ("zmq.enabled", "true"),
    ("trading.symbol", 5), ("trading.symbol", "wdo z26"), ("simulator.day", "2026-02-30"),
    ("simulator.day", "20261123"), ("zmq.control_port", 80),
    ("simulator.start", "25:00"), ("engine.ring_capacity", 1000), ("engine.ring_capacity", 2000),
    ("log.level", "info"), ("feed.dll_path", 5), ("risk.max_position", [1]), ("risk.max_position", 10**30),
])
def test_json_values_keep_their_type_and_limits(home: Home, path: str, value: Any) -> None:
    group, name = path.split(".")
    write(home, {group: {name: value}})
    assert problems(home)[0].startswith(f"{path} = ")


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "", "0x10", "1e400"])
def test_numbers_from_the_environment_must_be_finite(home: Home, text: str) -> None:
    assert problems(home, environ={"STOP_LOSS": text})[0].startswith("risk.stop_loss")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("OFF", False), ("1", True), ("no", False)])
def test_flags_from_the_environment(home: Home, text: str, value: bool) -> None:
    assert load(home, environ={"QT_ZMQ_ENABLED": text}).zmq.enabled is value


def test_an_empty_environment_text_unsets_an_optional_key(home: Home) -> None:
    write(home, {"feed": {"dll_path": "a.dll"}})
    assert load(home, environ=NOTHING).feed.dll_path == "a.dll"
    assert load(home, environ={"PROFIT_DLL_PATH": ""}).feed.dll_path is None


def test_weights_must_sum_to_one(home: Home) -> None:
    assert problems(home, environ={"ML_WEIGHT": "0.3"}) == [
        "consensus.ml_weight + consensus.agent_weight = 0.9 (environment ML_WEIGHT, default): allowed is a sum of 1"]
    assert load(home, environ={"ML_WEIGHT": "0.3", "AGENT_WEIGHT": "0.7"}).consensus.ml_weight == 0.3


def test_ports_must_differ(home: Home) -> None:
    found = problems(home, environ={"QT_ZMQ_PORT": "8080"})
    assert found[0].startswith("zmq.port and enhanced_monitor.port = 8080")


def test_entries_end_before_the_position_is_closed(home: Home) -> None:
    assert problems(home, environ={"QT_FLAT_BY_MINUTES": "60"})[0].startswith("risk.no_entry_close_minutes = 45")


def test_order_rates_fit_each_other(home: Home) -> None:
    environ = {"QT_ORDERS_PER_SECOND": "20", "QT_ORDERS_PER_MINUTE": "10"}
    assert problems(home, environ=environ)[0].startswith("risk.orders_per_minute = 10")


def test_an_unknown_override_is_a_problem(home: Home) -> None:
    assert "simulator.sped" in problems(home, {"simulator.sped": 2})[0]


def other(key: Key) -> object:
    """A valid value that is not the default."""
    if key.choices:
        return key.choices[-1]
    if key.type is bool:
        return not key.default
    if key.type in (int, float):
        return special.get(key.path, key.type(key.high))   # type: ignore[arg-type]
    return special.get(key.path, "C:\\x\\y.dll")


special: dict[str, object] = {
    "trading.symbol": "WIN", "simulator.day": "2026-11-20", "simulator.start": "11:00", "consensus.ml_weight": 0.25,
    "consensus.agent_weight": 0.25, "risk.flat_by_minutes": 20, "risk.orders_per_minute": 150,
    "enhanced_monitor.address": "0.0.0.0",
}


@pytest.mark.parametrize("key", [k for k in KEYS if not k.secret], ids=lambda k: k.path)
def test_every_key_can_be_set_in_the_json_file(home: Home, key: Key) -> None:
    value = other(key)
    write(home, {key.group: {key.name: value}})
    config, _ = parse_problems(home, environ=NOTHING)
    assert config.get(key.path) == value
    assert config.origin(key.path) == "config_production.json"


@pytest.mark.parametrize("key", KEYS, ids=lambda k: k.env)
def test_every_key_can_be_set_in_the_environment(home: Home, key: Key) -> None:
    value = other(key)
    config, _ = parse_problems(home, environ={key.env: str(value).lower() if key.type is bool else str(value)})
    found = config.get(key.path)
    assert (found.reveal() if key.secret else found) == value    # type: ignore[union-attr]


def test_names_are_unique_and_every_key_is_described() -> None:
    assert len({k.env for k in KEYS}) == len({k.path for k in KEYS}) == len(KEYS)
    assert all(k.doc and k.allowed() for k in KEYS)
    assert all(k.low is not None and k.high is not None for k in KEYS if k.type in (int, float))


def test_the_hash_follows_the_values_and_not_the_secrets(home: Home) -> None:
    base = load(home, environ=NOTHING).hash
    assert load(home, environ={"PROFIT_PASSWORD": "hunter22"}).hash == base
    assert load(home, environ={"MAX_POSITION": "2"}).hash != base
    assert load(home, environ={"MAX_POSITION": "1"}).hash == base


def test_the_shipped_file_holds_the_defaults(repo: Path) -> None:
    assert (repo / "config_production.json").read_bytes().replace(b"\r\n", b"\n") == default_file()
    config = load(Home(repo), environ=NOTHING)
    assert as_document(config) == as_document(Config())


def test_the_monitor_is_switched_off_as_the_manual_says(home: Home) -> None:
    write(home, {"enhanced_monitor": {"enabled": False}})
    assert load(home, environ=NOTHING).enhanced_monitor.enabled is False


def test_tables_show_every_key(home: Home) -> None:
    config = load(home, environ={"MAX_POSITION": "2"})
    rows = {row["key"]: row for row in as_rows(config)}
    assert set(rows) == {k.path for k in KEYS}
    assert rows["risk.max_position"]["value"] == 2
    assert rows["risk.max_position"]["origin"] == "environment MAX_POSITION"
    assert all(k.name in as_text(config) and k.env in as_text(config, origin=True) for k in KEYS)


@pytest.mark.parametrize(("name", "meant"), [
    ("QT_STOP_LOSS", "STOP_LOSS"), ("TAKE_PROFIT", "QT_TAKE_PROFIT"), ("QT_MAX_POSITION", "MAX_POSITION"),
    ("QT_MAX_DAILY_LOSS", "QT_MAX_DAILY_LOSS_BRL"), ("MAX_POSITIONS", "MAX_POSITION"),
    ("PROFIT_PASSWD", "PROFIT_PASSWORD"), ("QT_ZMQPORT", "QT_ZMQ_PORT")])
def test_a_name_in_the_environment_that_all_but_is_a_setting_is_told(home: Home, name: str, meant: str) -> None:
    """A stop that was set by a wrong name is no stop, and nobody should learn that from a loss."""
    (note,) = load(home, environ={name: "0.00123"}).notes
    assert note == ("WARNING", f"{name} in the environment is no setting and changes nothing: did you mean {meant}?")


@pytest.mark.parametrize("name", [
    "QT_QPA_PLATFORM", "QT_SCALE_FACTOR", "QT_PLUGIN_PATH", "QT_IM_MODULE", "QT_LOGGING_RULES", "QT_DEBUG_PLUGINS",
    "QT_API", "QT_OPENGL", "QT_FONT_DPI", "QT_REALDATA", "QT_SCREENSHOTS", "MAX_JOBS", "MODE", "SYMBOL", "PATH"])
def test_other_programs_names_are_left_alone(home: Home, name: str) -> None:
    assert load(home, environ={name: "0.5"}).notes == ()
