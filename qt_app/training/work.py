"""What a training has finished so far, in ``HOME/cache/training``: a killed one goes on from there.

Every file appears whole or not at all, and the folder is named by everything that decides the result, so what is found
there is what would be computed again. It goes away when the run folder is written.
"""
from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.replay.atomic import written_file
from qt_app.training import ledger
from qt_app.training.rundir import Oof, dump, read_oof, write_oof


@dataclass(frozen=True, slots=True)
class Work:
    """One training in progress: ``trial`` is its number in the ledger."""

    home: Home
    folder: Path
    run: str
    data_sha256: str
    trial: int

    @classmethod
    def begin(cls, home: Home, key: str, *, run: str, model: str, data_sha256: str, order: Mapping[str, Any]) -> Work:
        """Goes on with the work of this key, or counts a new trial and starts."""
        folder = home.cache / "training" / key
        begun = _read(folder / "begun.json")
        if begun is None:
            number = ledger.begin(home, run=run, model=model, data_sha256=data_sha256, parameters=order)
            begun = {"trial": number}
            _write(folder / "begun.json", begun)
        return cls(home, folder, run, data_sha256, int(begun["trial"]))

    def fold(self, number: int) -> tuple[dict[str, Any], Oof] | None:
        """What a finished fold said; None when it is not finished."""
        facts = _read(self.folder / f"fold-{number}.json")
        if facts is None:
            return None
        try:
            return facts, read_oof(self.folder / f"fold-{number}.parquet")
        except DataError:
            return None

    def keep(self, number: int, facts: Mapping[str, Any], oof: Oof) -> None:
        """The facts come last: a fold without them is not finished."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with written_file(self.folder / f"fold-{number}.parquet") as path:
            write_oof(path, oof)
        _write(self.folder / f"fold-{number}.json", facts)

    def count(self, name: str, model: str, parameters: Mapping[str, Any]) -> int:
        """The ledger's number of something that this training fits beside its own configuration."""
        return ledger.begin(self.home, run=self.run, model=model, data_sha256=self.data_sha256, parameters=parameters,
                            key=f"{self.trial}/{name}")

    def judged(self, number: int, oof: Mapping[str, float | None], net: Mapping[str, float]) -> None:
        """``net`` is the result of each session by its digest."""
        ledger.end(self.home, number, oof, net)

    def finish(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Pages:
    """The notebook of one search over the sessions of these ``digests``."""

    work: Work
    name: str
    model: str
    digests: tuple[str, ...]

    def remembered(self) -> list[dict[str, Any]]:
        kept = _read(self._path)
        return [] if kept is None else list(kept["trials"])

    def remember(self, trials: list[dict[str, Any]]) -> None:
        _write(self._path, {"trials": trials})

    def begin(self, number: int, parameters: Mapping[str, Any]) -> int:
        return self.work.count(f"{self.name}/{number}", self.model, parameters)

    def end(self, counted: int, oof: Mapping[str, float | None], net: Sequence[float]) -> None:
        self.work.judged(counted, oof, dict(zip(self.digests, net, strict=False)))

    @property
    def _path(self) -> Path:
        return self.work.folder / f"search-{self.name}.json"


def _write(path: Path, document: Mapping[str, Any]) -> None:
    with written_file(path) as temporary:
        temporary.write_bytes(dump(document))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        document = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return document if isinstance(document, dict) else None
