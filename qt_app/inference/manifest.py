"""The manifest that travels with a model: what it eats, what it says, and what it was made from.

Format 2 carries a digest over itself and rows with known answers, so that an edited manifest is told from the one that
was exported. Format 1 had neither and is refused: nothing could tell whether its class order or ranges were touched.
"""
from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from qt_app.errors import DataError
from qt_app.replay.atomic import written_file
from qt_app.votes import ACTIONS

FORMAT = "qt-model/2"
OLD_FORMAT = "qt-model/1"
FILE_NAME = "manifest.json"
#: Measured on the machine that exported: no part of what the model is, so no part of its digest.
MEASURED = ("latency",)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Contract of one model file.

    ``inputs`` are the features used, in the order of the graph's input; ``ranges`` the smallest and largest value
    of each seen in training; ``classes`` the meaning of the output columns, in order; ``schema_id`` the identity of the
    feature definitions it was trained with; ``sha256`` the digest of the ONNX file. ``probes``: rows of inputs with the
    probabilities that the graph gave them at export. ``reference``: how each input was distributed in training, for
    drift. ``verdict`` is what `qt validate` wrote of the run, None when it was not judged. ``digest`` covers all fields
    but itself and ``latency``.
    """

    id: str
    file: str
    sha256: str
    schema_id: str
    inputs: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]
    classes: tuple[str, ...]
    synthetic: bool
    training: dict[str, Any]
    parity: dict[str, Any]
    metrics: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)
    code: dict[str, Any] = field(default_factory=dict)
    libraries: dict[str, Any] = field(default_factory=dict)
    folds: list[Any] = field(default_factory=list)
    label_rule: dict[str, Any] = field(default_factory=dict)
    cost_model: dict[str, Any] = field(default_factory=dict)
    trial: int | None = None
    verdict: dict[str, Any] | None = None
    probes: list[Any] = field(default_factory=list)
    reference: dict[str, Any] = field(default_factory=dict)
    latency: dict[str, Any] = field(default_factory=dict)
    format: str = FORMAT
    digest: str = ""

    def sealed(self) -> Manifest:
        """The same with the digest that belongs to it."""
        return replace(self, digest=seal(asdict(self)))

    def write(self, folder: Path) -> Path:
        """Write beside the model, sealed, replacing atomically."""
        target = folder / FILE_NAME
        with written_file(target) as temporary:
            temporary.write_bytes(orjson.dumps(asdict(self.sealed()), option=_PRETTY))
        return target


_PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
_LISTS, _TEXTS = ("inputs", "ranges", "classes", "folds", "probes"), ("id", "file", "sha256", "schema_id", "format",
                                                                      "digest")
_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(_TEXTS, str), **dict.fromkeys(_LISTS, list), "synthetic": bool,
    **dict.fromkeys(("training", "parity", "metrics", "data", "code", "libraries", "label_rule", "cost_model",
                     "reference", "latency"), dict),
    "trial": (int, type(None)), "verdict": (dict, type(None)),
}


def seal(fields: dict[str, Any]) -> str:
    """SHA-256 over a manifest's fields in canonical JSON, without the digest itself and what was only measured."""
    covered = {name: value for name, value in fields.items() if name not in (*MEASURED, "digest")}
    return hashlib.sha256(orjson.dumps(covered, option=orjson.OPT_SORT_KEYS)).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest in a model folder. Raises DataError naming the file and the fault."""
    path = folder / FILE_NAME
    try:
        raw = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise DataError(f"no model manifest at {path}: train one with `qt train` or set model.path") from None
    except (orjson.JSONDecodeError, OSError) as error:
        raise DataError(f"model manifest {path} cannot be read ({error}): restore it or train again") from error
    if not isinstance(raw, dict):
        raise DataError(f"model manifest {path} is not an object: restore it or train again")
    _check_fields(path, raw)
    values = dict(raw, inputs=tuple(raw["inputs"]), classes=tuple(raw["classes"]),
                  ranges=tuple((float(low), float(high)) for low, high in raw["ranges"]))
    return Manifest(**values)


def _check_fields(path: Path, raw: dict[str, Any]) -> None:
    """In the order in which a reader can make use of it: the format, the fields, the digest, what they say."""
    _check_format(path, raw.get("format"))
    missing = sorted(set(_KINDS) - set(raw))
    unknown = sorted(set(raw) - set(_KINDS))
    wrong = sorted(name for name, kind in _KINDS.items() if name in raw and not isinstance(raw[name], kind))
    faults = [f"{label} {', '.join(names)}"
              for label, names in (("missing", missing), ("unknown", unknown), ("ill-typed", wrong)) if names]
    if faults:
        raise DataError(f"model manifest {path} has fields that do not fit ({'; '.join(faults)}): "
                        "export its training run again with `qt export-onnx`")
    if seal(raw) != raw["digest"]:
        raise DataError(f"model manifest {path} was edited: its fields do not match its own digest "
                        f"{raw['digest'][:12]}; restore it, or export its training run again with `qt export-onnx`")
    if sorted(raw["classes"]) != sorted(ACTIONS):
        raise DataError(f"model manifest {path} has classes {raw['classes']}, expected {list(ACTIONS)} in any order")
    pairs = all(isinstance(pair, list) and len(pair) == 2 for pair in raw["ranges"])
    if len(raw["ranges"]) != len(raw["inputs"]) or not pairs:
        raise DataError(f"model manifest {path} needs one [low, high] range per input: train again")


def _check_format(path: Path, found: object) -> None:
    if found == OLD_FORMAT:
        raise DataError(f"model manifest {path} has the old format {OLD_FORMAT!r}, which no digest protects: export "
                        f"its training run again with `qt export-onnx` to get {FORMAT!r}")
    if found != FORMAT:
        raise DataError(f"model manifest {path} has format {found!r}, this version reads {FORMAT!r}: export its "
                        "training run again with `qt export-onnx`")
