from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from app.analysis.results_kit import HOLD, NS, T0, VOTERS, buys, sells, write

from qt_app.analysis.results import read_result
from qt_app.errors import DataError

TOLD = [(buys(0.9), buys(0.9), buys(0.9), None, HOLD), (sells(0.8), sells(0.9), sells(0.9), sells(0.7), sells(0.9)),
        (None, HOLD, HOLD, HOLD, HOLD), (HOLD, HOLD, HOLD, HOLD, HOLD)]


def test_votes_stand_at_their_instants_though_the_event_count_does_not_move(tmp_path: Path) -> None:
    found = read_result(write(tmp_path / "r", TOLD, every_s=5))
    assert [one.voter for one in found.votes] == list(VOTERS)
    assert ((found.ts_ns - T0) // NS).tolist() == [0, 5, 10, 15]
    assert found.every_ns == 5 * NS
    assert found.votes[0].p[1].tolist() == [0.8, pytest.approx(0.2), 0.0]
    assert found.votes[0].voted.tolist() == [True, True, False, True]
    assert found.votes[3].voted.tolist() == [False, True, True, True]
    assert found.votes[0].reasons[2] == "STALE book 7 s"
    assert found.action.tolist() == [2, 0, 1, 1]
    assert np.isnan(found.joint.p[2]).all() and found.joint.reasons[2].startswith("MODEL_ABSTAINS")
    assert (found.symbol, found.synthetic, found.candle_seconds) == ("DOLK20", False, 5.0)


def test_decisions_that_failed_are_counted_and_left_out(tmp_path: Path) -> None:
    found = read_result(write(tmp_path / "r", TOLD, failed=2))
    assert (len(found), found.failed) == (2, 2)


@pytest.mark.parametrize(("failed", "fmt", "words"), [(4, "parquet", "nobody voted"),
                                                      (0, "jsonl", "holds no features")])
def test_a_folder_without_votes_is_refused(tmp_path: Path, failed: int, fmt: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_result(write(tmp_path / "r", TOLD, failed=failed, fmt=fmt))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", TOLD)
    (folder / "votes.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"votes.parquet: cannot be read"):
        read_result(folder)
