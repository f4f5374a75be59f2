"""Collects the sources, checks all of them, and only then builds the Config.

Precedence: command line > environment > .env.production > config_production.json > defaults; for secrets the operating
system's keyring comes first, and neither the command line nor the JSON file may give one.
"""
from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qt_app.config.env import parse_env
from qt_app.config.model import KEYS, Config, Key, Value
from qt_app.config.private import exposed, remedy
from qt_app.config.values import Problem, Unfit, fit, from_text, near_miss, problem, suggest_path, suggestion
from qt_app.config.vault import Vault
from qt_app.errors import ConfigError
from qt_app.home import Home
from qt_app.redact import HIDDEN

BY_PATH = {k.path: k for k in KEYS}
BY_ENV = {k.env: k for k in KEYS}
GROUPS = tuple(dict.fromkeys(k.group for k in KEYS))


class ConfigProblems(ConfigError):
    """Everything wrong with the configuration, one line each."""

    def __init__(self, problems: list[Problem]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"configuration has {count}:\n" + "\n".join(f"  {p}" for p in problems))
        self.problems = problems


class _Loader:
    """Values and origins collected so far; a later source overrides an earlier one."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.origins: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.notes: list[tuple[str, str]] = []

    def take(self, key: Key, value: Value, origin: str) -> None:
        self.values[key.path] = value
        self.origins[key.path] = origin

    def text(self, key: Key, text: str, origin: str) -> None:
        try:
            self.take(key, from_text(key, text), origin)
        except Unfit:
            self.problems.append(problem(key, text, origin))

    def value(self, key: Key, value: object, origin: str) -> None:
        try:
            self.take(key, fit(key, value), origin)
        except Unfit:
            self.problems.append(problem(key, value, origin))

    # -- config_production.json

    def json_file(self, path: Path) -> None:
        if not path.is_file():
            return
        try:
            document = json.loads(path.read_text("utf-8-sig"), object_pairs_hook=self._pairs)
        except (OSError, ValueError) as error:
            self.problems.append(Problem(path.name, str(error), "a JSON object in UTF-8", path.name))
            return
        if not isinstance(document, dict):
            self.problems.append(Problem(path.name, type(document).__name__, "a JSON object of groups", path.name))
            return
        for group, content in document.items():
            self._group(group, content, path.name)

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        for name in sorted({n for n in names if names.count(n) > 1}):
            self.problems.append(Problem(name, "given twice", "each key once", "config_production.json"))
        return dict(pairs)

    def _group(self, group: str, content: object, origin: str) -> None:
        if group not in GROUPS:
            hint = suggest_path(group) or suggestion(group, GROUPS)
            self.problems.append(Problem(group, "unknown key", "one of the groups " + ", ".join(GROUPS), origin, hint))
        elif not isinstance(content, dict):
            shown = HIDDEN if isinstance(content, str) else repr(content)[:60]     # it may be a misplaced password
            self.problems.append(Problem(group, shown, "a JSON object of keys", origin))
        else:
            for name, value in content.items():
                self._json_key(f"{group}.{name}", value, origin)

    def _json_key(self, path: str, value: object, origin: str) -> None:
        key = BY_PATH.get(path)
        if key is None:
            self.problems.append(unknown(path, origin))
        elif key.secret and value is not None:
            allowed = f"only {key.env} in the environment, in .env.production or in the keyring"
            self.problems.append(Problem(path, HIDDEN, allowed, origin))
        else:
            self.value(key, value, origin)

    # -- .env.production, the environment, the command line

    def env_file(self, path: Path) -> None:
        if not path.is_file():
            return
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            self.problems.append(Problem(path.name, "unreadable", "a text file in UTF-8", path.name))
            return
        seen: set[str] = set()
        for line in parse_env(text):
            origin = f"{path.name} line {line.number}"
            if line.value is None:
                self.problems.append(Problem(line.name or f"line {line.number}", "unreadable", "NAME=VALUE", origin))
            elif line.name in seen:
                self.problems.append(Problem(line.name, "given twice", "each name once", origin))
            else:
                seen.add(line.name)
                self._env_name(line.name, line.value, origin)
        self._guard(path, seen)

    def _guard(self, path: Path, names: set[str]) -> None:
        """A file with secrets belongs to its owner alone."""
        secret = sorted(name for name in names if name in BY_ENV and BY_ENV[name].secret)
        if secret and (who := exposed(path)):
            self.notes.append(("WARNING", f"{path} holds {', '.join(secret)} and others may read it ({who}): "
                                          f"{remedy(path)}"))

    def _env_name(self, name: str, text: str, origin: str) -> None:
        key = BY_ENV.get(name)
        if key is not None:
            self.text(key, text, origin)
        else:
            hint = suggestion(name, BY_ENV)
            self.problems.append(Problem(name, "unknown name", "a name that `qt config show` lists", origin, hint))

    def environment(self, environ: Mapping[str, str]) -> None:
        for name, key in BY_ENV.items():
            if name in environ:
                self.text(key, environ[name], f"environment {name}")
        for name, meant in misspelt(environ):
            self.notes.append(("WARNING", f"{name} in the environment is no setting and changes nothing: "
                                          f"did you mean {meant}?"))

    def keyring(self, home: Home) -> None:
        try:
            found = Vault(home).read()
        except ConfigError as error:
            self.problems.append(Problem(home.keyring.name, "unreadable", str(error), home.keyring.name))
            return
        self.notes += [found.note] if found.note else []
        for name, text in found.values.items():
            if name in BY_ENV and BY_ENV[name].secret:
                self.text(BY_ENV[name], text, "keyring")

    def overrides(self, overrides: Mapping[str, object]) -> None:
        for path, value in overrides.items():
            key = BY_PATH.get(path)
            if key is None:
                self.problems.append(unknown(path, "command line"))
            elif key.secret:
                self.problems.append(Problem(path, HIDDEN, f"only {key.env} in the environment", "command line"))
            elif isinstance(value, str):
                self.text(key, value, "command line")
            else:
                self.value(key, value, "command line")

    # -- the result

    def config(self) -> Config:
        groups = {}
        for group in GROUPS:
            chosen = {k.name: self.values[k.path] for k in KEYS if k.group == group and k.path in self.values}
            groups[group] = type(getattr(_DEFAULTS, group))(**chosen)
        return Config(**groups, origins=dict(self.origins), notes=tuple(self.notes))


_DEFAULTS = Config()


def misspelt(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names in the environment that all but are a setting, each with the one that may be meant."""
    return [(name, meant) for name in sorted(environ.keys() - BY_ENV.keys()) if (meant := near_miss(name, BY_ENV))]


def unknown(path: str, origin: str) -> Problem:
    return Problem(path, "unknown key", "a key that `qt config show` lists", origin, suggest_path(path))


def parse_problems(
    home: Home, overrides: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None,
    keyring: bool = True,
) -> tuple[Config, list[Problem]]:
    """The configuration as far as it can be read, and everything that is wrong with it.

    Who needs no secrets leaves the ``keyring`` alone: it may take seconds to answer.
    """
    loader = _Loader()
    loader.json_file(home.config)
    loader.env_file(home.env)
    loader.environment(os.environ if environ is None else environ)
    if keyring:
        loader.keyring(home)
    loader.overrides(overrides or {})
    config = loader.config()
    return config, loader.problems + cross_checks(config)


def load(
    home: Home, overrides: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None,
    keyring: bool = True,
) -> Config:
    """The configuration of ``home``. ``overrides`` maps ``group.name`` to a value given on the command line.

    Raises ConfigProblems (exit 4) with every problem at once.
    """
    config, problems = parse_problems(home, overrides, environ, keyring)
    if problems:
        raise ConfigProblems(problems)
    return config


def cross_checks(config: Config) -> list[Problem]:
    """What no single key can see."""
    checks = (_weights, _ports, _flat_by, _order_rates)
    return [found for check in checks if (found := check(config)) is not None]


def _where(config: Config, *paths: str) -> str:
    return ", ".join(dict.fromkeys(config.origin(path) for path in paths))


def _weights(config: Config) -> Problem | None:
    total = config.consensus.ml_weight + config.consensus.agent_weight
    if abs(total - 1.0) <= 1e-9:
        return None
    where = _where(config, "consensus.ml_weight", "consensus.agent_weight")
    return Problem("consensus.ml_weight + consensus.agent_weight", f"{total:g}", "a sum of 1", where)


def _ports(config: Config) -> Problem | None:
    ports = {"zmq.port": config.zmq.port, "zmq.control_port": config.zmq.control_port,
             "enhanced_monitor.port": config.enhanced_monitor.port}
    used = {path: port for path, port in ports.items() if port}
    same = [path for path, port in used.items() if list(used.values()).count(port) > 1]
    if not same:
        return None
    return Problem(" and ".join(same), str(used[same[0]]), "different ports", _where(config, *same))


def _flat_by(config: Config) -> Problem | None:
    if config.risk.no_entry_close_minutes >= config.risk.flat_by_minutes:
        return None
    return Problem("risk.no_entry_close_minutes", str(config.risk.no_entry_close_minutes),
                   f"risk.flat_by_minutes ({config.risk.flat_by_minutes}) or more",
                   _where(config, "risk.no_entry_close_minutes", "risk.flat_by_minutes"))


def _order_rates(config: Config) -> Problem | None:
    if config.risk.orders_per_minute >= config.risk.orders_per_second:
        return None
    return Problem("risk.orders_per_minute", str(config.risk.orders_per_minute),
                   f"risk.orders_per_second ({config.risk.orders_per_second}) or more",
                   _where(config, "risk.orders_per_minute", "risk.orders_per_second"))
