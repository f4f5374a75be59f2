"""Which models a run served, as a file beside its results, so that a replay of its recording serves the same.

``data/runs/<run>/models.json`` lists them in the order in which they came; the first one served from the beginning.
A switch is the CONTROL event MODEL, whose detail is the model's key: a recording repeats it at the same place.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.inference.manifest import Manifest, read_manifest
from qt_app.inference.model import OnnxModel, SchemaMismatchError, Voter, load_model
from qt_app.paths import shipped_models
from qt_app.registry.store import Registry
from qt_app.replay.outputs import MODELS
from qt_app.replay.reader import Recording
from qt_app.services import files
from qt_core._types import Control, Kind

#: Key of a recording's metadata: the digest of the model that served from the beginning; empty without a model.
KEY = "model"
#: Hexadecimal digits of a digest that fit into an event's detail.
DIGITS = 7


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A bundle that a run served: its manifest's digest, and where it lay."""

    id: str
    digest: str
    folder: str

    @classmethod
    def of(cls, manifest: Manifest, folder: Path) -> ServedModel:
        return cls(manifest.id, manifest.digest, str(folder.resolve()))


def key_of(digest: str) -> int:
    """What stands for a model in a CONTROL event: the first 28 bits of its digest."""
    return int(digest[:DIGITS], 16)


def to_json(models: Sequence[ServedModel]) -> bytes:
    """Empty for a run without a model."""
    if not models:
        return b""
    return orjson.dumps([asdict(model) for model in models], option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def from_json(content: bytes, path: Path) -> list[ServedModel]:
    """Raises DataError for anything that ``to_json`` did not write."""
    try:
        return [ServedModel(str(row["id"]), str(row["digest"]), str(row["folder"]))
                for row in (orjson.loads(content) if content else [])]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not what names a run's models ({error!r}); put the run's own file back, or name a "
                        "model with --model") from error


def digest_of(model: Voter) -> str:
    """For a recording's metadata; empty when no model is served."""
    return model.manifest.digest if isinstance(model, OnnxModel) else ""


def discard(folder: Path) -> None:
    """Of a run that saw no event."""
    (folder / MODELS).unlink(missing_ok=True)


def write(folder: Path, content: bytes) -> None:
    """Into a run's folder, complete or not at all."""
    if content:
        files.replace(folder / MODELS, content)


def of_recording(recording: Recording, folder: Path) -> list[ServedModel] | None:
    """The models that the recorded run served; ``folder`` holds its parts (DAY/SYMBOL below the data folder)."""
    return of_run(recording, folder.parent.parent / "runs" / recording.metadata.get("run_id", ""))


def of_run(recording: Recording, folder: Path) -> list[ServedModel] | None:
    """The models that the run with this folder of results served; None for a recording of before this was noted.

    A recording that was moved without its run's folder still tells which model it began with. Raises DataError when
    that is not enough, or the list is another run's.
    """
    wanted, path = recording.metadata.get(KEY), folder / MODELS
    if wanted is None:
        return None
    content = path.read_bytes() if path.is_file() else b""
    if not content and not switched(recording):
        return [ServedModel("that it began with", wanted, "")] if wanted else []
    found = from_json(content, path)
    if (found[0].digest if found else "") != wanted:
        what = "names another one" if found else "is not there"
        raise DataError(f"run {folder.name} served the model {wanted[:12]} and changed it, and {path}, which tells "
                        f"which came, {what}; put that file back, or name a model with --model")
    return found


def switched(recording: Recording) -> bool:
    """Whether another model took over while it was recorded."""
    events = recording.events
    return bool(((events["kind"] == Kind.CONTROL) & (events["code"] == Control.MODEL)).any())


def load(models: Sequence[ServedModel] | None, home: Home | None, schema_id: str) -> list[OnnxModel] | None:
    """The very models, from where they lay, from the home's registry or from this release.

    None where they were not noted, or where this replay computes other features than the run did, so that none of them
    fits. Raises DataError naming one that is gone.
    """
    if models is None:
        return None
    registry = None if home is None else Registry(home)
    places = [] if registry is None else [registry.folder(name) for name in registry.names()]
    try:
        return [_load(model, (*places, shipped_models()), schema_id) for model in models]
    except SchemaMismatchError:
        return None


def _load(wanted: ServedModel, places: Sequence[Path], schema_id: str) -> OnnxModel:
    own = Path(wanted.folder) if wanted.folder else None
    for place in (*([own] if own else []), *places):
        if _is(place, wanted.digest):
            return load_model(place, schema_id=schema_id)
    where = f" from {own}, where it is no more" if own else ", which is not in this home"
    raise DataError(f"the recorded run served the model {wanted.id} ({wanted.digest[:12]}){where}: put it back, or "
                    "name another model with --model")


def _is(place: Path, digest: str) -> bool:
    try:
        return read_manifest(place).digest == digest
    except DataError:
        return False
