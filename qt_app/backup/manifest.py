"""``manifest.json`` of a backup: what is in it, what was left out, and the hash of every file."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from qt_app.errors import DataError
from qt_app.hashing import file_digest

FORMAT = "qt-backup/1"
FILE_NAME = "manifest.json"
OTHER = "choose another backup, `qt restore --list` shows what there is"


@dataclass(frozen=True, slots=True)
class Manifest:
    """``files``: name in the backup → (sha256, bytes). ``schema``: the journal's version, None without a journal.

    ``left_out``: names that were there and are not in the backup, such as secrets. ``models``: for each model its
    folder and the hashes of its files at that time.
    """

    reason: str             # hourly | stop | by hand
    made_at: str            # Sao Paulo, ISO 8601
    home: str
    program: str
    schema: int | None
    files: Mapping[str, tuple[str, int]]
    left_out: tuple[str, ...]
    models: tuple[Mapping[str, Any], ...]
    format: str = FORMAT

    @property
    def when(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.made_at)

    @property
    def size(self) -> int:
        return sum(size for _, size in self.files.values())

    def write(self, folder: Path) -> Path:
        path = folder / FILE_NAME
        path.write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))
        return path


_TYPES: dict[str, Any] = {
    "reason": str, "made_at": str, "home": str, "program": str, "schema": int | None, "files": dict, "left_out": list,
    "models": list, "format": str,
}


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises DataError naming the file and the fault."""
    path = folder / FILE_NAME
    try:
        raw = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise DataError(f"{folder} is no backup, it has no {FILE_NAME}: {OTHER}") from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise DataError(f"backup manifest {path} cannot be read ({error}): {OTHER}") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise DataError(f"backup manifest {path} is of another format than {FORMAT}: restore it with its own release")
    return _checked(path, raw)


def _checked(path: Path, raw: dict[str, Any]) -> Manifest:
    fits = raw.keys() == _TYPES.keys() and all(isinstance(raw[name], kind) for name, kind in _TYPES.items())
    try:
        files = {_inside(name): (str(sha), int(size)) for name, (sha, size) in raw["files"].items()} if fits else {}
        dt.datetime.fromisoformat(raw["made_at"]) if fits else None
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise DataError(f"backup manifest {path} does not hold what it must: {OTHER}")
    return Manifest(**{**raw, "files": files, "left_out": tuple(raw["left_out"]), "models": tuple(raw["models"])})


def _inside(name: str) -> str:
    """A name that stays in the backup's folder. Raises ValueError."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or not parts.parts or ".." in parts.parts or "\\" in name or ":" in name:
        raise ValueError(name)
    return name


def verify(folder: Path) -> Manifest:
    """The manifest, once every file is as it says. Raises DataError naming all that are not."""
    manifest = read(folder)
    broken = [f"{name} {fault}" for name, entry in manifest.files.items() if (fault := _fault(folder / name, *entry))]
    if broken:
        raise DataError(f"backup {folder} is broken: {'; '.join(broken)}: {OTHER}")
    return manifest


def _fault(path: Path, sha256: str, size: int) -> str:
    if not path.is_file():
        return "is missing"
    if path.stat().st_size != size:
        return f"has {path.stat().st_size} bytes instead of {size}"
    return "" if file_digest(path) == sha256 else "is not the file that its hash names"
