"""Restoring a backup: after a kill at any instant there is the old state or the new one.

Everything new is first staged in ``state/restore.new``, with a plan of the renames. One rename to ``state/restore.go``
is the point of no return. Before it nothing has changed; after it every ``qt`` command that meets the folder carries
the plan out to its end before it does anything else, and each step of it can be repeated.
"""
from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from qt_app.backup.journal_copy import check_journal
from qt_app.backup.make import CONFIG, ENV, JOURNAL, KEYRING, sync, told_of_disk
from qt_app.backup.manifest import Manifest, verify
from qt_app.backup.settings import merged_env, plain_config, plain_env
from qt_app.backup.shelf import REPLACED
from qt_app.errors import DataError, NotRunningError
from qt_app.hashing import file_digest
from qt_app.home import Home
from qt_app.services.lock import InstanceLock, SupervisorLock, read_owner, running
from qt_app.zone import SAO_PAULO

NEW, GO, PLAN = "restore.new", "restore.go", "plan.json"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done. ``models``: model → same | differs | missing, compared with the time of the backup."""

    backup: Path
    files: tuple[str, ...]      # under the home
    replaced: Path
    models: dict[str, str]


def examine(folder: Path) -> Manifest:
    """The manifest of a backup that can be restored: every hash fits, the journal is whole and of no newer release.

    Raises DataError (exit 9) otherwise.
    """
    manifest = verify(folder)
    if JOURNAL in manifest.files:
        check_journal(folder / JOURNAL, f"the journal in backup {folder}")
    return manifest


def restore(home: Home, folder: Path) -> Restored:
    """Puts a backup in the place of what ``home`` has; that is kept in ``backups/replaced-...``.

    Raises NotRunningError while something runs in this home, DataError for a broken backup; nothing has changed then.
    """
    manifest = examine(folder)
    refuse_running(home)
    with told_of_disk(home), SupervisorLock(home), InstanceLock(home):
        _carry_out(home)    # an earlier one, killed half-way
        steps = _stage(home, folder, manifest)
        (home.state / NEW).rename(home.state / GO)      # the point of no return
        sync(home.state)
        replaced = _carry_out(home)
    assert replaced is not None
    return Restored(folder, tuple(step["target"] for step in steps if not step["kept"]), replaced, _compared(manifest))


def refuse_running(home: Home) -> None:
    """Raises NotRunningError (exit 3) while a process of this home could write what is about to be replaced."""
    owner = running(home) or read_owner(home.supervisor_lock)
    if owner is not None and owner.alive:
        raise NotRunningError(f"qt is running in {home.root} as process {owner.pid}: stop it with `qt stop`, then "
                              "restore")


def complete(home: Home) -> Path | None:
    """Finishes a restore that was killed after its point of no return; where the replaced files are, None if there was
    nothing to finish. Cheap when there is none."""
    if not (home.state / GO).is_dir():
        return None
    try:
        with told_of_disk(home), SupervisorLock(home), InstanceLock(home):
            return _carry_out(home)
    except NotRunningError:
        return None     # the restoring process lives and is at it


# ---- before the point of no return


def _stage(home: Home, folder: Path, manifest: Manifest) -> list[dict[str, Any]]:
    stage = home.state / NEW
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o700)
    replaced = f"{home.backups.name}/{_replaced_name(home)}"
    steps: list[dict[str, Any]] = []
    for content, target, aside, kept in [*_contents(home, folder, manifest), *_keepsakes(home, manifest, replaced)]:
        staged = stage / str(len(steps))
        staged.write_bytes(content) if isinstance(content, bytes) else shutil.copyfile(content, staged)
        steps.append({"staged": staged.name, "target": target, "aside": aside, "kept": kept})
    if JOURNAL in manifest.files and file_digest(stage / "0") != manifest.files[JOURNAL][0]:
        raise DataError(f"the disk of {home.state} does not give back what was written to it: nothing was restored")
    (stage / PLAN).write_bytes(orjson.dumps({"replaced": replaced, "steps": steps}))
    for path in [*stage.iterdir(), stage, home.state]:
        sync(path)
    return steps


Content = tuple[Path | bytes, str, list[str], bool]


def _contents(home: Home, folder: Path, manifest: Manifest) -> Iterator[Content]:
    """(content, target under the home, what is moved aside before, whether it only keeps something)."""
    if JOURNAL in manifest.files:
        journal = home.journal.relative_to(home.root).as_posix()
        # The old log must be gone before the new file stands: SQLite would take it for the new one's.
        yield folder / JOURNAL, journal, [journal, f"{journal}-wal", f"{journal}-shm"], False
    if CONFIG in manifest.files:
        yield folder / CONFIG, home.config.name, [], False
    if ENV in manifest.files:
        yield merged_env(home.env, (folder / ENV).read_bytes()), home.env.name, [], False
    if KEYRING in manifest.files:
        yield folder / KEYRING, home.keyring.name, [], False


def _keepsakes(home: Home, manifest: Manifest, replaced: str) -> Iterator[Content]:
    """Copies, without secrets, of the settings that are written over; the secrets stay where they are."""
    if CONFIG in manifest.files and home.config.is_file():
        yield plain_config(home.config)[0], f"{replaced}/{CONFIG}", [], True
    if ENV in manifest.files and home.env.is_file():
        yield plain_env(home.env)[0], f"{replaced}/{ENV}", [], True
    if KEYRING in manifest.files and home.keyring.is_file():
        yield home.keyring, f"{replaced}/{KEYRING}", [], True


def _replaced_name(home: Home) -> str:
    base = f"{REPLACED}{dt.datetime.now(SAO_PAULO):%Y%m%d-%H%M%S}"
    return next(name for name in (base, *(f"{base}-{i}" for i in range(2, 1000))) if not (home.backups / name).exists())


# ---- after it


def _carry_out(home: Home) -> Path | None:
    """The plan, or what is left of it."""
    go = home.state / GO
    if not go.is_dir():
        return None
    if not (go / PLAN).is_file():       # all was done but removing the folder
        go.rmdir()
        return None
    plan = orjson.loads((go / PLAN).read_bytes())
    replaced: Path = home.root / plan["replaced"]
    replaced.mkdir(mode=0o700, parents=True, exist_ok=True)
    # What was replaced is kept before anything is written over.
    for step in sorted(plan["steps"], key=lambda step: not step["kept"]):
        _carry_out_step(home, go, replaced, step)
    for folder in (replaced, replaced.parent, home.state, home.root):
        sync(folder)
    (go / PLAN).unlink()
    go.rmdir()
    sync(home.state)
    return replaced


def _carry_out_step(home: Home, go: Path, replaced: Path, step: dict[str, Any]) -> None:
    staged, target = go / step["staged"], home.root / step["target"]
    if not staged.is_file():
        return      # done before
    for name in step["aside"]:
        if (old := home.root / name).is_file():
            old.replace(replaced / old.name)
    sync(target.parent)
    if target == home.env:
        staged.chmod(0o600)
    staged.replace(target)


def _compared(manifest: Manifest) -> dict[str, str]:
    return {model["id"]: _state(model) for model in manifest.models}


def _state(model: Any) -> str:
    folder = Path(model["folder"])
    if not all((folder / name).is_file() for name in model["files"]):
        return "missing"
    return "same" if all(file_digest(folder / name) == sha for name, sha in model["files"].items()) else "differs"
