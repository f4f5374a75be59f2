"""Making a backup: every file into a folder that looks like none, then one rename."""
from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from qt_app.backup.journal_copy import check_journal, copy_journal, facts_of
from qt_app.backup.manifest import Manifest
from qt_app.backup.settings import plain_config, plain_env
from qt_app.backup.shelf import Shelf
from qt_app.config import Config
from qt_app.errors import DataError, QtError
from qt_app.hashing import file_digest
from qt_app.home import Home
from qt_app.inference.manifest import FILE_NAME as MODEL_MANIFEST
from qt_app.inference.manifest import read_manifest
from qt_app.registry.serving import served
from qt_app.registry.store import ACTIVE, HISTORY
from qt_app.services.lock import running
from qt_app.version import __version__
from qt_app.zone import SAO_PAULO

Reason = Literal["hourly", "stop", "by hand"]

#: The names inside a backup.
JOURNAL, CONFIG, ENV, KEYRING, FACTS = "journal.sqlite", "config_production.json", "env.production", "keyring.json", \
    "facts.json"
#: A backup never takes the last room that the journal itself may need, bytes.
SPARE = 64 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup on its shelf."""

    path: Path
    manifest: Manifest


def make(home: Home, config: Config, reason: Reason) -> Backup:
    """Writes a backup of ``home``, checks the journal's copy, and gives it its name. Beside a running engine too.

    Raises JournalError for a damaged journal, DataError for lack of room; nothing is left behind then.
    """
    with told_of_disk(home), Shelf(home).writing() as shelf:
        _leave_room(home)
        now = dt.datetime.now(SAO_PAULO)
        partial, final = shelf.names(now, reason)
        partial.mkdir(mode=0o700)
        try:
            manifest = _fill(partial, home, config, reason, now)
            for path in [*partial.rglob("*"), partial]:
                sync(path)
            partial.rename(final)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        sync(final.parent)
        return Backup(final, manifest)


@contextmanager
def told_of_disk(home: Home) -> Iterator[None]:
    """What the disk refuses, as a sentence."""
    try:
        yield
    except OSError as error:
        raise QtError(f"the disk refused {error.filename or home.backups}: {error.strerror or error}; look at its "
                      "space and at who may write there") from error


def _leave_room(home: Home) -> None:
    wanted = SPARE + 2 * (home.journal.stat().st_size if home.journal.is_file() else 0)
    free = shutil.disk_usage(home.backups).free
    if free < wanted:
        raise DataError(f"no backup is made: {free >> 20} MiB are free at {home.backups}, {wanted >> 20} are wanted so "
                        "that the journal keeps room; free space, or remove old backups")


def _fill(folder: Path, home: Home, config: Config, reason: Reason, now: dt.datetime) -> Manifest:
    schema, left_out = _journal(folder, home), []
    for name, source, plain in ((CONFIG, home.config, plain_config), (ENV, home.env, plain_env)):
        if source.is_file():
            content, names = plain(source)
            (folder / name).write_bytes(content)
            left_out += names
    if home.keyring.is_file():
        shutil.copyfile(home.keyring, folder / KEYRING)     # names only
    models = tuple(_models(folder, home, config))
    _registry(folder, home)
    _ledgers(folder, home)
    files = {path.relative_to(folder).as_posix(): (file_digest(path), path.stat().st_size)
             for path in sorted(folder.rglob("*")) if path.is_file()}
    manifest = Manifest(reason, now.isoformat(timespec="seconds"), str(home.root), __version__, schema, files,
                        tuple(left_out), models)
    manifest.write(folder)
    return manifest


def _journal(folder: Path, home: Home) -> int | None:
    """The journal's copy and what it says; the schema's version, None when there is no journal yet."""
    if not home.journal.is_file():
        return None
    copy = folder / JOURNAL
    copy_journal(home.journal, copy, at_rest=running(home) is None)
    (folder / FACTS).write_bytes(orjson.dumps(facts_of(copy), option=orjson.OPT_INDENT_2))
    return check_journal(copy, str(copy))


def _models(folder: Path, home: Home, config: Config) -> Iterator[dict[str, Any]]:
    """Manifests are copied; of the model files, which are large and made elsewhere, the hashes are kept."""
    serving = served(config, home).folder
    found = [serving, *(path.parent for path in sorted(home.models.glob(f"*/{MODEL_MANIFEST}")))]
    for place in dict.fromkeys(path.resolve() for path in found):
        if not (place / MODEL_MANIFEST).is_file():
            continue
        hashes = {path.name: file_digest(path) for path in sorted(place.iterdir()) if path.is_file()}
        name = place.name if place.parent == home.models.resolve() else _model_id(place)
        target = folder / "models" / f"{name}.json"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(place / MODEL_MANIFEST, target)
        yield {"id": name, "folder": str(place), "served": place == serving.resolve(), "files": hashes}


def _registry(folder: Path, home: Home) -> None:
    """Which model serves, and who decided that; the models themselves lie where their hashes say."""
    for name in (ACTIVE, HISTORY):
        if (home.models / name).is_file():
            (folder / "registry").mkdir(exist_ok=True)
            shutil.copyfile(home.models / name, folder / "registry" / name)


def _ledgers(folder: Path, home: Home) -> None:
    """What was tried and what was looked at; a line that is being written is none yet, to its readers too."""
    for ledger in (home.trials, home.final_blocks):
        if ledger.is_file():
            (folder / "ledgers").mkdir(exist_ok=True)
            shutil.copyfile(ledger, folder / "ledgers" / ledger.name)


def _model_id(place: Path) -> str:
    try:
        return "".join(c if c.isalnum() or c in "-_." else "-" for c in read_manifest(place).id)
    except DataError:
        return f"unreadable-{place.name}"


def sync(path: Path) -> None:
    """Onto the disk. Windows has no such call for folders, and needs none for a rename."""
    if os.name == "nt" and path.is_dir():
        return
    fd = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

