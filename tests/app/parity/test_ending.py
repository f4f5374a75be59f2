"""Which run gets a certificate, what its end says, and that the recording's settings come back as they were."""
from __future__ import annotations

import time
from pathlib import Path

import pytest

from qt_app.config import KEYS, Config, load
from qt_app.errors import DataError, ExitCode, TimedOutError
from qt_app.home import Home
from qt_app.parity import certificate, ending, last
from qt_app.parity.certificate import Certificate, Compared
from qt_app.parity.compare import Difference
from qt_app.parity.recorded import Altered
from qt_app.replay import settings

FIRST = Difference("votes", 3, 1_795_003_200_000_000_000, 77, "p_buy", 0.5, 0.25)
EQUAL = Certificate("r1", "WDOZ26", "m1", events=9, tables={"fills": Compared((2, 2), ("a", "a"))})


def test_a_certificate_needs_a_recording_and_results(tmp_path: Path) -> None:
    assert not ending.wanted(Config(), "sim", tmp_path)
    (tmp_path / "summary.json").touch()
    assert ending.wanted(Config(), "sim", tmp_path) and ending.wanted(Config(), "profit", tmp_path)
    assert not ending.wanted(Config(), "recording", tmp_path)
    for switched in ("parity.enabled", "recorder.enabled"):
        assert not ending.wanted(load(Home(tmp_path), {switched: False}, environ={}), "sim", tmp_path)


@pytest.mark.parametrize("one", [
    Certificate("r1", "WDOZ26", "m1", first=FIRST), Certificate("r1", "WDOZ26", "m1", missing=1),
    Certificate("r1", "WDOZ26", "m1", altered=(Altered("trades-0001.parquet", (0, 255), (1, 300)),)),
])
def test_anything_that_differs_is_no_signature(one: Certificate) -> None:
    assert one.verdict == "differs" and EQUAL.verdict == "signed"


def test_the_words_name_the_first_difference_and_the_changed_rows() -> None:
    words = Certificate("r1", "WDOZ26", "m1", first=FIRST, seen_in=(70, 77), missing=2, altered=(
        Altered("d/s/trades-0001.parquet", (0, 255), (1, 300)), Altered("d/s/book-0001.parquet", (0, 1), (2, 3)))).words
    assert words == ("first difference: votes row 3, event 77 at 2026-11-18T09:00:00.000-03:00: p_buy was 0.5 and is "
                     "0.25 in the replay; it shows after the recorded events 70 to 77, not before; "
                     "d/s/trades-0001.parquet, rows 0 to 255 (events 1 to 300) are not as they were recorded; so are 1 "
                     "more files; 2 events are missing from the recording")
    assert EQUAL.words == "signed off: 9 events replayed, 2 rows of 1 tables equal"


def test_it_lies_in_the_run_s_folder_and_status_reads_it_in_short(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert last.read(home) is None
    certificate.write(home, tmp_path / "data" / "runs" / "r1", EQUAL)
    told = last.read(home)
    assert told is not None and (told["run"], told["verdict"], told["words"]) == ("r1", "signed", EQUAL.words)
    home.last_parity.write_bytes(b"{")
    assert last.read(home) is None


def test_the_time_is_bounded() -> None:
    ending._within(time.monotonic() + 1e6, "r1", 1.0)(1, 2)
    with pytest.raises(TimedOutError, match="event 5 of 9 after 30 minutes"):
        ending._within(time.monotonic() - 1.0, "r1", 30.0)(5, 9)


def test_what_cannot_be_certified_is_told_and_remembered(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert ending.certified(home, Config(), "r9") == ExitCode.DATA
    told = last.read(home)
    assert told is not None and told["verdict"] == "none" and "r9" in told["words"]
    assert b"PARITY_FAILED" in home.parity_alerts.read_bytes()


def test_settings_that_decide_come_back_from_the_recording(tmp_path: Path) -> None:
    wanted = {"risk.stop_loss": 0.002, "trading.mode": "simulator", "simulator.seed": 9}
    config = load(Home(tmp_path), wanted, environ={})
    back = settings.from_metadata({settings.KEY: settings.to_text(config)})
    assert back is not None and back.trading.mode == "simulator" and back.simulator.seed == 1
    assert all(back.get(key.path) == config.get(key.path) for key in KEYS if settings.decides(key))
    assert settings.from_metadata({}) is None


@pytest.mark.parametrize("text", ['{"risk.nonsense": 1}', '{"risk.stop_loss": 9}', "[1]", "{"])
def test_settings_of_another_release_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="not those of this release"):
        settings.from_metadata({settings.KEY: text})
