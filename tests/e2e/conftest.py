"""Installations that are put down after the test."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e.installation import Installation


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    """Makes installations: ``install("name", MAX_POSITION="5")``."""
    made: list[Installation] = []

    def make(name: str = "home", **settings: str) -> Installation:
        made.append(Installation(tmp_path / name, settings))
        return made[-1]

    yield make
    for one in made:
        one.put_down()
