"""The registry, the compiled columns and the document tell one story."""
from __future__ import annotations

import re
from pathlib import Path

from qt_core.readings import registry
from qt_core.readings.registry import NAMES, READINGS, readings_id


def documented_names(text: str) -> list[str]:
    rows = re.findall(r"^\| [\d, ]+ \| ([a-z0-9_, ]+) \|", text, re.MULTILINE)
    return [name.strip() for row in rows for name in row.split(",")]


def test_names_are_unique_and_counted_by_family() -> None:
    assert len(set(NAMES)) == len(NAMES) == 44
    assert (len(registry.BOOK), len(registry.TAPE), len(registry.FOOTPRINT)) == (19, 17, 8)


def test_document_lists_the_readings_in_order(repo: Path) -> None:
    assert documented_names((repo / "docs" / "readings.md").read_text(encoding="utf-8")) == list(NAMES)


def test_mirror_is_an_involution() -> None:
    by_name = {reading.name: reading for reading in READINGS}
    for reading in READINGS:
        other = by_name[reading.mirror]
        assert (other.mirror, other.sign) == (reading.name, reading.sign)


def test_a_negated_reading_is_bounded_symmetrically() -> None:
    for reading in READINGS:
        if reading.sign < 0:
            assert reading.low == -reading.high


def test_id_is_stable_and_follows_the_definitions(monkeypatch) -> None:
    before = readings_id()
    assert re.fullmatch(r"[0-9a-f]{16}", before)
    monkeypatch.setattr(registry, "READINGS", READINGS[::-1])
    assert readings_id() != before
