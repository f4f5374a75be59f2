"""The registry: order, schema id, offsets of the exchange's zone, and the columns of the compiled modules."""
from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from qt_core.features.registry import FEATURES, NAMES, sao_paulo_offsets, schema_id, utc_offsets


def test_sixty_five_numbered_columns() -> None:
    assert [f.number for f in FEATURES] == list(range(1, 66))
    assert len(set(NAMES)) == 65


def test_families_are_contiguous_and_sized() -> None:
    families = [f.family for f in FEATURES]
    sizes = {family: families.count(family) for family in dict.fromkeys(families)}
    assert sizes == {"volatility": 10, "returns": 10, "flow": 8, "volume": 8, "technical": 7, "microstructure": 16,
                     "calendar": 6}
    assert families == [family for family, size in sizes.items() for _ in range(size)]


def test_only_flags_session_and_calendar_are_exempt() -> None:
    exempt = {f.name for f in FEATURES if f.exempt}
    assert exempt == {NAMES[42], *NAMES[43:65]}


def test_schema_id_depends_on_candles_and_calendar() -> None:
    base = schema_id(5, "b3")
    assert base == schema_id(5.0, "b3") and len(base) == 32
    assert len({base, schema_id(1, "b3"), schema_id(5, "none"), schema_id(0.5, "b3")}) == 4


@pytest.mark.parametrize("when", [
    "2015-11-26T12:00", "2018-11-04T02:59:59", "2018-11-04T03:00", "2019-02-17T01:59:59", "2019-02-17T02:00",
    "2026-07-01T00:00",
])
def test_offsets_agree_with_the_zone_database(when: str) -> None:
    since, offset = sao_paulo_offsets()
    second = int(datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp())
    expected = datetime.fromtimestamp(second, ZoneInfo("America/Sao_Paulo")).utcoffset()
    found = offset[np.searchsorted(since, second * 1_000_000_000, side="right") - 1]
    assert expected is not None and found == expected.total_seconds()


def test_zone_without_changes_has_one_row() -> None:
    since, offset = utc_offsets("UTC", 2020, 2021)
    assert len(since) == 1 and offset.tolist() == [0]
