"""The models of one home: versions that are never changed, which of them serves, and what became of each.

``models/<name>/`` are bundles, ``models/active.json`` says who serves, ``models/history.jsonl`` who decided that and
why. A bundle appears whole by one rename, ``active.json`` is replaced whole: a crash leaves the old or the new one.
"""
from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from qt_app.errors import DataError, RefusedError, TimedOutError
from qt_app.hashing import file_digest
from qt_app.home import Home
from qt_app.inference.manifest import FILE_NAME, Manifest, read_manifest
from qt_app.replay.atomic import fresh_folder
from qt_app.services import files
from qt_app.services.lock import FileLock
from qt_app.zone import now_text

ACTIVE, HISTORY, DRIFT, LOCK = "active.json", "history.jsonl", "drift.json", ".lock"
#: How many earlier champions `qt rollback` can walk back through.
KEPT_PREVIOUS = 10
#: How long a writer waits for another one.
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Active:
    """Names of bundles. ``champion`` decides, ``shadow`` only votes; ``previous``: earlier champions, newest last."""

    champion: str
    shadow: str | None = None
    previous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Who wants a change and why; ``forced``: against the verdict."""

    by: str = ""
    reason: str = ""
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One bundle of the registry. ``state``: champion | shadow | previous | kept."""

    name: str
    manifest: Manifest
    state: str
    since: str | None       # when it came here, as the history says


class Registry:
    """Any process may read; whoever writes holds the lock for a moment."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.root = home.models

    # ---- reading

    def active(self) -> Active | None:
        """Who serves; None where nothing was ever deployed. Raises DataError for a damaged file."""
        path = self.root / ACTIVE
        try:
            told = orjson.loads(path.read_bytes())
            return Active(str(told["champion"]), told["shadow"], tuple(told["previous"]))
        except FileNotFoundError:
            return None
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path} cannot be read ({error!r}): restore it from a backup, or deploy again after "
                            "removing it") from error

    def folder(self, name: str) -> Path:
        return self.root / name

    def manifest(self, name: str) -> Manifest:
        """Raises DataError."""
        return read_manifest(self.folder(name))

    def names(self) -> list[str]:
        return sorted(path.parent.name for path in self.root.glob(f"[!.]*/{FILE_NAME}"))

    def entries(self) -> Iterator[Entry]:
        """Every bundle by name. Raises DataError for one whose manifest cannot be read."""
        active, since = self.active(), {row["model"]: row["at"] for row in reversed(self.history())}
        for name in self.names():
            yield Entry(name, self.manifest(name), state_of(name, active), since.get(name))

    def history(self) -> list[dict[str, Any]]:
        """What was decided, oldest first; a line cut short by a crash is left out."""
        path = self.root / HISTORY
        if not path.is_file():
            return []
        rows = []
        for line in path.read_bytes().splitlines():
            try:
                rows.append(orjson.loads(line))
            except orjson.JSONDecodeError:
                continue
        return rows

    def drift(self) -> dict[str, float]:
        """Mean PSI of each model's inputs as a run measured it last, by digest."""
        try:
            return dict(orjson.loads((self.root / DRIFT).read_bytes()))
        except (OSError, ValueError):   # a figure for readers, measured again by the next run
            return {}

    # ---- writing

    def note_drift(self, digest: str, value: float) -> None:
        """Raises OSError."""
        files.replace(self.root / DRIFT, orjson.dumps(self.drift() | {digest: round(value, 4)}, option=_OPTIONS))

    def add(self, bundle: Path) -> str:
        """Copy a bundle in, checked; its name here. The same bundle twice is one. Raises DataError."""
        manifest = read_manifest(bundle)
        if file_digest(bundle / manifest.file) != manifest.sha256:
            raise DataError(f"model file {bundle / manifest.file} does not match the sha256 in its manifest: restore "
                            "it or export it again with `qt export-onnx`")
        with self._writing():
            name, known = self._name_for(manifest)
            if not known:
                partial = fresh_folder(self.folder(name))
                for part in (manifest.file, FILE_NAME):
                    shutil.copyfile(bundle / part, partial / part)
                partial.rename(self.folder(name))
        return name

    def _name_for(self, manifest: Manifest) -> tuple[str, bool]:
        """The id, or the id with the number of its version; and whether that very bundle is there already."""
        stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in manifest.id)
        number = 1
        while True:
            name = stem if number == 1 else f"{stem}.{number}"
            if not (self.folder(name) / FILE_NAME).is_file():
                return name, False
            if read_manifest(self.folder(name)).digest == manifest.digest:
                return name, True
            number += 1

    def promote(self, name: str, note: Note, *, act: str = "deploy") -> Active:
        """Make a bundle the champion; the one before becomes the newest of the previous ones."""
        with self._writing():
            before = self.active()
            if before is None:
                after = Active(name)
            elif before.champion == name:
                after = before
            else:
                kept = tuple(n for n in before.previous if n != name)
                after = Active(name, None if before.shadow == name else before.shadow,
                               (*kept, before.champion)[-KEPT_PREVIOUS:])
            return self._write(after, act, name, note, before)

    def shadow(self, name: str | None, note: Note) -> Active:
        """Let a bundle vote without counting, or none. Raises RefusedError without a champion."""
        with self._writing():
            before = self.active()
            if before is None:
                raise RefusedError("a shadow needs a champion to be compared with: `qt deploy` one first")
            if name == before.champion:
                raise RefusedError(f"{name} serves already: a shadow is another model")
            after = replace(before, shadow=name)
            return self._write(after, "shadow" if name else "shadow off", name or str(before.shadow), note, before)

    def step_back(self, note: Note) -> Active:
        """Serve the newest previous champion again; the present one is kept, and no longer served."""
        with self._writing():
            before = self.active()
            target = self.previous(before)
            assert before is not None
            after = replace(before, champion=target, previous=before.previous[:-1],
                            shadow=None if before.shadow == target else before.shadow)
            return self._write(after, "rollback", target, note, before)

    def previous(self, active: Active | None) -> str:
        """Whom a rollback would serve. Raises RefusedError when there is none."""
        if active is None or not active.previous:
            raise RefusedError("there is no earlier model to go back to: `qt models` lists what can be deployed")
        return active.previous[-1]

    def tell(self, act: str, model: str, note: Note, **facts: Any) -> None:
        """Into the history alone: what was tried and failed."""
        with self._writing():
            self._append({"at": now_text(), "act": act, "model": model, **asdict(note), **facts})

    def _write(self, after: Active, act: str, name: str, note: Note, before: Active | None) -> Active:
        self._append({"at": now_text(), "act": act, "model": name, **asdict(note),
                      "before": None if before is None else before.champion})
        files.replace(self.root / ACTIVE, orjson.dumps(asdict(after), option=_OPTIONS))
        return after

    def _append(self, row: Mapping[str, Any]) -> None:
        """A row that a crash cut short gets its end first, so that this one begins on a line of its own."""
        with (self.root / HISTORY).open("a+b") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time. Raises TimedOutError."""
        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / LOCK)
        if not lock.wait(PATIENCE_S):
            raise TimedOutError(f"another qt keeps {self.root} locked for more than {PATIENCE_S:g} s: end it, then "
                                "repeat")
        try:
            yield
        finally:
            lock.release()


_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


def state_of(name: str, active: Active | None) -> str:
    """What a bundle is at the moment."""
    if active is None:
        return "kept"
    if name == active.champion:
        return "champion"
    if name == active.shadow:
        return "shadow"
    return "previous" if name in active.previous else "kept"
