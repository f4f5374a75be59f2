"""The model that a run begins with; a champion that cannot be served makes way for the one before it."""
from __future__ import annotations

from qt_app.assembly import build_consensus, choose_model, prove
from qt_app.config import Config
from qt_app.errors import DataError, RefusedError
from qt_app.home import Home
from qt_app.inference.model import Voter
from qt_app.registry.serving import served
from qt_app.registry.store import Note, Registry


def choose(config: Config, calendar: str, home: Home) -> tuple[Voter, str | None, list[str]]:
    """The model, why none is served, and a sentence for every champion that cannot be served and made way.

    Raises DataError when what was asked for, or the last of the registry's models, cannot be served.
    """
    fallen: list[str] = []
    while True:
        try:
            model, without = choose_model(config, calendar, home)
            prove(build_consensus(config), model)
            return model, without, fallen
        except DataError as error:
            if served(config, home).origin != "registry":
                raise
            fallen.append(_step_back(home, error))


def _step_back(home: Home, error: DataError) -> str:
    """Raises the same error when no earlier model is left."""
    registry = Registry(home)
    active = registry.active()
    assert active is not None
    try:
        after = registry.step_back(Note("qt", f"it cannot be served: {error}"))
    except RefusedError:
        raise error from None
    return f"{active.champion} cannot be served, {after.champion} serves again: {error}"
