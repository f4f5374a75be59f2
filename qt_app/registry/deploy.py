"""`qt deploy` and `qt rollback`: through the engine where one runs, else in the registry alone, for the next start."""
from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from qt_app.alerts.alert import Alert
from qt_app.alerts.codes import Code
from qt_app.alerts.jsonl import AlertFile
from qt_app.assembly import build_consensus, prove
from qt_app.catalogue import remedy
from qt_app.config import Config
from qt_app.errors import DataError, ExitCode, NotRunningError, QtError, RefusedError, TimedOutError
from qt_app.home import Home
from qt_app.inference.manifest import FILE_NAME, Manifest, read_manifest
from qt_app.inference.model import load_model
from qt_app.registry.serving import served
from qt_app.registry.store import Active, Note, Registry
from qt_app.services.control import ControlClient
from qt_app.services.lock import InstanceLock
from qt_app.zone import SAO_PAULO
from qt_core.features.registry import schema_id

RUN_FILE = "training.json"
CALENDAR = "b3"
LOOK_S, RETRY_S = 0.05, 0.1

#: Makes a bundle of a training run in a folder; it needs the train extra, so the command line brings it.
Export = Callable[[Path, Path], object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change. ``seq``: the running engine's event count at the switch; None without an engine."""

    model: str
    seq: int | None

    @property
    def live(self) -> bool:
        return self.seq is not None


def deploy(home: Home, config: Config, source: str, note: Note, *, shadow: bool, force: bool, export: Export,
           timeout_s: float = 60.0) -> Outcome:
    """Let a run, a bundle or a known version serve, or vote in the shadow.

    Raises RefusedError (exit 7) against the verdict unless ``force``, DataError (exit 9) for a model that cannot be
    served: then everything is as before.
    """
    registry = Registry(home)
    with _bundle(registry, source, export) as bundle:
        manifest = read_manifest(bundle)
        forced = _against(manifest, shadow)
        if forced and not force:
            raise RefusedError(forced)
        _adopt(registry, home, config, note)
        name = registry.add(bundle)
    wanted = replace(note, forced=bool(forced))
    return _change(home, config, "shadow" if shadow else "deploy", name, note=wanted, timeout_s=timeout_s)


def rollback(home: Home, config: Config, note: Note, timeout_s: float = 60.0) -> Outcome:
    """Let the champion before the present one serve again. Raises RefusedError when there is none."""
    registry = Registry(home)
    name = registry.previous(registry.active())
    return _change(home, config, "rollback", name, note=note, timeout_s=timeout_s)


def shadow_off(home: Home, config: Config, note: Note, timeout_s: float = 60.0) -> Outcome:
    """No candidate votes any more."""
    return _change(home, config, "shadow off", "", note=note, timeout_s=timeout_s)


def verdict_of(manifest: Manifest) -> str:
    """The word of `qt validate`, if it is about this very run and data."""
    verdict = manifest.verdict
    if verdict is None:
        return "not validated"
    if (verdict.get("run"), verdict.get("data_sha256")) != (manifest.id, manifest.data.get("sha256")):
        return "another run's"
    return str(verdict.get("verdict"))


# ---- the gate


def _against(manifest: Manifest, shadow: bool) -> str:
    """Why its verdict forbids it; empty when it does not. A shadow counts for nothing: observing is what it does."""
    word = verdict_of(manifest)
    if word == "deploy" or (shadow and word == "observe"):
        return ""
    reasons = "; ".join(str(reason) for reason in (manifest.verdict or {}).get("reasons", ())[:3])
    told = {"not validated": "it was never validated: run `qt validate` on its training run, then deploy that run",
            "another run's": "it carries the verdict of another run: export it again"}.get(
                word, f"its verdict is {word!r}" + (f" ({reasons})" if reasons else ""))
    what = "no shadow of" if shadow else "not deploying"
    return f"{what} {manifest.id}: {told}; --force --reason overrides this and is logged"


# ---- what to deploy


@contextmanager
def _bundle(registry: Registry, source: str, export: Export) -> Iterator[Path]:
    """The folder of a bundle: the one that is named, a version of the registry, or what a training run exports to."""
    path = Path(source)
    if (path / FILE_NAME).is_file():
        yield path
    elif (path / RUN_FILE).is_file():
        with tempfile.TemporaryDirectory(prefix="qt-export-") as folder:
            export(path, Path(folder))
            yield Path(folder)
    elif source in registry.names():
        yield registry.folder(source)
    else:
        known = ", ".join(registry.names()) or "none"
        raise DataError(f"{source} is neither a training run, nor a folder with {FILE_NAME}, nor a version of this "
                        f"home (known: {known}): name one of them")


def _adopt(registry: Registry, home: Home, config: Config, note: Note) -> None:
    """What serves while there is no registry yet becomes its first version, so that a rollback has where to go."""
    if registry.active() is None:
        with suppress(DataError):   # nothing that can be served: then there is nothing to go back to
            registry.promote(registry.add(served(config, home).folder), Note(note.by, "served before"), act="adopt")


# ---- the change


def _change(home: Home, config: Config, act: str, name: str, *, note: Note, timeout_s: float) -> Outcome:
    """By whoever holds the home: the engine that runs there, or this process. A start that is not up is waited for."""
    client, deadline = ControlClient(home), time.monotonic() + timeout_s
    args = {"act": act, "model": name, **asdict(note)}
    while True:
        try:
            return _follow(client, client.call("model", args), deadline)
        except NotRunningError:
            pass
        try:
            with InstanceLock(home):
                return _alone(home, config, act, name, note)
        except NotRunningError:
            if time.monotonic() > deadline:
                raise
        time.sleep(RETRY_S)


def _follow(client: ControlClient, answer: Mapping[str, Any], deadline: float) -> Outcome:
    """Until the engine has switched and whoever looks sees it, or says why not."""
    while not (answer["done"] and (answer["error"] or answer["shown"])):
        if time.monotonic() > deadline:
            raise TimedOutError(f"the engine has not finished the {answer['what']} of {answer['model']} in time: look "
                                "with `qt models` and `qt status`")
        time.sleep(LOOK_S)
        answer = client.call("model_progress", {"act": answer["act"]})
    if answer["error"]:
        error = QtError(f"{answer['error']}; the engine goes on with the model it had")
        error.code = ExitCode(answer["code"])
        raise error
    return Outcome(str(answer["model"]), int(answer["seq"]))


def _alone(home: Home, config: Config, act: str, name: str, note: Note) -> Outcome:
    registry = Registry(home)
    if act == "shadow off":
        registry.shadow(None, note)
        return Outcome("", None)
    model = load_model(registry.folder(name), schema_id=schema_id(config.features.candle_seconds, CALENDAR))
    prove(build_consensus(config), model)
    acts: dict[str, Callable[[], Active]] = {
        "deploy": lambda: registry.promote(name, note), "shadow": lambda: registry.shadow(name, note),
        "rollback": lambda: registry.step_back(note)}
    acts[act]()
    if note.forced:
        _tell_forced(home, act, name, note)
    return Outcome(name, None)


def _tell_forced(home: Home, act: str, name: str, note: Note) -> None:
    """Into the alert file, as a running engine would."""
    code = Code.MODEL_FORCED
    AlertFile(home.alerts)(Alert(code.level, code, "Models", f"{act} of {name} against its verdict: {note.reason}",
                                 {**asdict(note), "model": name, "remedy": remedy(code.name)}, None,
                                 dt.datetime.now(SAO_PAULO)))
