"""What the catalogue found out before, so that it reads each recording once."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson

from qt_app.data.entry import Entry
from qt_app.home import Home
from qt_app.replay.atomic import written_file
from qt_app.replay.recording import Files

#: Goes up when an entry says more, or something else, of the same files.
_VERSION = 1
_PLACE = ("folder", "files")
_FACTS = tuple(field.name for field in fields(Entry) if field.name not in _PLACE)


class Cache:
    """Facts of entries by folder and run, as long as their files have the names, sizes and times they had."""

    def __init__(self, path: Path, known: dict[str, Any]) -> None:
        self._path, self._known = path, known
        self._seen: dict[str, Any] = {}

    @classmethod
    def load(cls, home: Home) -> Cache:
        """What was saved; nothing when there is no file, or one that this version did not write."""
        path = home.cache / "catalogue.json"
        try:
            saved: dict[str, Any] = orjson.loads(path.read_bytes())
            known = saved["entries"] if saved["version"] == _VERSION else {}
        except (OSError, ValueError, KeyError, TypeError):
            known = {}
        return cls(path, known)

    def get(self, folder: Path, run: str, files: Files) -> Entry | None:
        key = _key(folder, run)
        kept = self._known.get(key)
        if kept is None or kept["stamp"] != _stamp(files):
            return None
        self._seen[key] = kept
        try:
            return Entry(folder=folder, files=files, **kept["facts"])
        except TypeError:       # written by another version
            return None

    def put(self, entry: Entry) -> Entry:
        facts = {name: getattr(entry, name) for name in _FACTS}
        self._seen[_key(entry.folder, entry.run)] = {"stamp": _stamp(entry.files), "facts": facts}
        return entry

    def save(self) -> None:
        """Entries whose folder is gone are forgotten. A full disk is no error here."""
        kept = {key: one for key, one in self._known.items() if Path(key.rpartition("#")[0]).is_dir()} | self._seen
        if kept == self._known:
            return
        try:
            with written_file(self._path) as path:
                path.write_bytes(orjson.dumps({"version": _VERSION, "entries": kept}))
        except OSError:
            return


def _key(folder: Path, run: str) -> str:
    return f"{folder.resolve().as_posix()}#{run}"


def _stamp(files: Files) -> list[list[Any]]:
    paths: Iterable[Path] = (path for kind in sorted(files) for path in files[kind])
    return [[path.name, (found := path.stat()).st_size, found.st_mtime_ns] for path in paths]
