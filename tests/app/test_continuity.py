"""What joins a run to the one before."""
from __future__ import annotations

from pathlib import Path

import pytest

from qt_app.continuity import new_run
from qt_app.errors import DataError
from qt_app.journal.entries import Begin, Fact, Fill, OpenOrder, Order
from qt_app.replay import beginning
from qt_app.replay.reader import Recording

ORDER = Order(7, 3, 10**18, "WDOZ26", "paper", "stop", -1, 2, 9_900, 9_950, "STOP_LOSS")
BEGUN = Begin(8, (Fill(6, 2, 10**18, 1, 2, 10_001, 20_002, 20_000, True, 2),),
              (OpenOrder(ORDER, "accepted", 5, "C7", "run", 0, 0, cancel_asked=False, ended=False),),
              {"session": Fact("session", 1_764_000_000_000_000_000, 10**18)}, clean=False)


def test_two_runs_of_one_second_have_two_names(tmp_path: Path) -> None:
    first = new_run(tmp_path)
    (tmp_path / first).mkdir()
    second = new_run(tmp_path)
    (tmp_path / f".{second}.partial").mkdir()
    assert len({first, second, new_run(tmp_path)}) == 3


def test_a_beginning_survives_its_file() -> None:
    content = beginning.to_json(BEGUN)
    assert beginning.from_json(content) == BEGUN and beginning.to_json(beginning.from_json(content)) == content


def test_a_run_from_nothing_has_no_file(tmp_path: Path) -> None:
    content = beginning.to_json(beginning.NOTHING)
    beginning.write(tmp_path / "run", content)
    assert content == b"" and beginning.name_of(content) == "" and not (tmp_path / "run").exists()


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"next_order_id": 1}', b"not json"])
def test_something_else_is_no_beginning(content: bytes) -> None:
    with pytest.raises(DataError):
        beginning.from_json(content)


class Recorded:
    """A recording as far as its beginning goes."""

    def __init__(self, **metadata: str) -> None:
        self.metadata = metadata


def recorded(**metadata: str) -> Recording:
    return Recorded(**metadata)     # type: ignore[return-value]


def test_a_recording_finds_its_beginning_and_takes_no_other(tmp_path: Path) -> None:
    content, parts = beginning.to_json(BEGUN), tmp_path / "20261118" / "WDOZ26"
    parts.mkdir(parents=True)
    beginning.write(tmp_path / "runs" / "r1", content)
    named = {"run_id": "r1", beginning.KEY: beginning.name_of(content)}
    assert beginning.of_recording(recorded(**named), parts) == content
    assert beginning.of_recording(recorded(run_id="r2", begin=""), parts) == b""
    assert beginning.of_recording(recorded(), parts) == b""
    with pytest.raises(DataError, match="is another one"):
        beginning.of_recording(recorded(run_id="r1", begin="0" * 64), parts)
    with pytest.raises(DataError, match="is not there"):
        beginning.of_recording(recorded(run_id="r2", begin="0" * 64), parts)
