"""The configurations of a backtest: one, or every combination of a sweep."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from qt_app.config import KEYS, Config, load
from qt_app.errors import ConfigError
from qt_app.home import Home
from qt_app.registry.serving import served
from qt_app.replay import settings

Value = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Configuration:
    """``changes``: what the sweep gave it, by key; the rest is as in the others."""

    number: int
    changes: Mapping[str, Value]
    config: Config

    @property
    def name(self) -> str:
        return ", ".join(f"{key} {value}" for key, value in self.changes.items()) or "as configured"

    @property
    def settings(self) -> str:
        """What a replay depends on, as a recording keeps it."""
        return settings.to_text(self.config)


def configurations(home: Home, given: Mapping[str, str], sweep: Mapping[str, Sequence[str]]) -> list[Configuration]:
    """``given``: key → value for all of them; ``sweep``: key → values, every combination in the order given.

    Raises ConfigError for a key that a backtest does not depend on, a value that does not fit, or one that comes twice.
    """
    _refuse_idle([*given, *sweep])
    given = _with_model(home, given)
    found = list[Configuration]()
    for values in product(*sweep.values()):
        config = load(home, {**given, **dict(zip(sweep, values, strict=True))}, keyring=False)
        changes = {key: config.get(key) for key in sweep}
        found.append(Configuration(len(found), _plain(changes), config))
    _refuse_twice(found)
    return found


def _with_model(home: Home, given: Mapping[str, str]) -> Mapping[str, str]:
    """The champion of the home's registry is named, so that workers elsewhere serve it too."""
    chosen = served(load(home, given, keyring=False), home)
    return {**given, "model.path": str(chosen.folder)} if chosen.origin == "registry" else given


def _plain(changes: Mapping[str, object]) -> dict[str, Value]:
    """Secrets decide nothing, so none is among them."""
    return {key: value for key, value in changes.items() if isinstance(value, bool | int | float | str | None)}


def _refuse_idle(keys: Sequence[str]) -> None:
    deciding = {key.path for key in KEYS if settings.decides(key)}
    known = {key.path for key in KEYS}
    for key in keys:
        if key in known and key not in deciding:
            raise ConfigError(f"{key} changes nothing in a backtest; what does are the keys of "
                              f"{', '.join(settings.GROUPS)} (`qt config show`)")
        if keys.count(key) > 1:
            raise ConfigError(f"{key} is given twice; give it once, as --set or as --sweep")


def _refuse_twice(found: Sequence[Configuration]) -> None:
    seen: dict[str, Configuration] = {}
    for one in found:
        other = seen.setdefault(one.settings, one)
        if other is not one:
            raise ConfigError(f"the sweep holds the same configuration twice ({one.name}); give each value once")


