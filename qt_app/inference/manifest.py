"""The manifest that travels with a model: what it eats, what it says, and what it was made from."""
from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from qt_app.errors import DataError
from qt_app.votes import ACTIONS

FORMAT = "qt-model/1"
FILE_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Contract of one model file.

    ``inputs`` are the features used, in the order of the graph's input; ``ranges`` the smallest and largest value
    of each seen in training; ``classes`` the meaning of the output columns; ``schema_id`` the identity of the
    feature definitions it was trained with; ``sha256`` the digest of the ONNX file.
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
    format: str = FORMAT

    def write(self, folder: Path) -> Path:
        """Write beside the model, replacing atomically."""
        target = folder / FILE_NAME
        temporary = target.with_suffix(".tmp")
        temporary.write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
        temporary.replace(target)
        return target


_FIELDS: dict[str, type] = {
    "id": str, "file": str, "sha256": str, "schema_id": str, "inputs": list, "ranges": list, "classes": list,
    "synthetic": bool, "training": dict, "parity": dict, "metrics": dict, "format": str,
}


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
    missing = sorted(set(_FIELDS) - set(raw))
    unknown = sorted(set(raw) - set(_FIELDS))
    wrong = sorted(name for name, kind in _FIELDS.items() if name in raw and not isinstance(raw[name], kind))
    faults = [f"{label} {', '.join(names)}"
              for label, names in (("missing", missing), ("unknown", unknown), ("ill-typed", wrong)) if names]
    if faults:
        raise DataError(f"model manifest {path} has fields that do not fit ({'; '.join(faults)}): train again")
    if raw["format"] != FORMAT:
        raise DataError(f"model manifest {path} has format {raw['format']!r}, this version reads {FORMAT!r}: "
                        "train again")
    if sorted(raw["classes"]) != sorted(ACTIONS):
        raise DataError(f"model manifest {path} has classes {raw['classes']}, expected {list(ACTIONS)} in any order")
    pairs = all(isinstance(pair, list) and len(pair) == 2 for pair in raw["ranges"])
    if len(raw["ranges"]) != len(raw["inputs"]) or not pairs:
        raise DataError(f"model manifest {path} needs one [low, high] range per input: train again")
