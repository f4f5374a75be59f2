"""Results appear complete or not at all: a temporary neighbour first, then a rename."""
from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_file(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that replaces it when the block ends well, and is removed when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.partial")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def fresh_folder(folder: Path) -> Path:
    """An empty temporary neighbour of ``folder``; what an earlier, broken run left there is removed."""
    temporary = folder.with_name(f".{folder.name}.partial")
    if temporary.exists():
        shutil.rmtree(temporary)
    temporary.mkdir(parents=True)
    return temporary


def publish(temporary: Path, folder: Path, stale: tuple[str, ...]) -> None:
    """Move every file of the temporary folder into ``folder``, after removing the ``stale`` names from it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    for path in sorted(temporary.iterdir()):
        path.replace(folder / path.name)
    temporary.rmdir()
