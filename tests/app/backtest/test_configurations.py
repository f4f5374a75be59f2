from __future__ import annotations

import pytest

from qt_app.backtest.configurations import configurations
from qt_app.config.load import ConfigProblems
from qt_app.errors import ConfigError
from qt_app.home import Home


def test_every_combination_in_the_order_given(home: Home) -> None:
    found = configurations(home, {"risk.max_position": "2"}, {"risk.stop_loss": ["0.002", "0.004"],
                                                              "risk.min_confidence": ["0.5", "0.6"]})
    assert [list(one.changes.values()) for one in found] == [[0.002, 0.5], [0.002, 0.6], [0.004, 0.5], [0.004, 0.6]]
    assert [one.number for one in found] == [0, 1, 2, 3]
    assert {one.config.risk.max_position for one in found} == {2}
    assert found[1].name == "risk.stop_loss 0.002, risk.min_confidence 0.6"


def test_one_without_a_sweep(home: Home) -> None:
    (one,) = configurations(home, {}, {})
    assert one.changes == {} and one.name == "as configured"


@pytest.mark.parametrize(("given", "sweep", "words"), [
    ({"zmq.port": "6000"}, {}, "zmq.port changes nothing in a backtest"),
    ({}, {"features.buffer_size": ["1", "2"]}, "changes nothing"),
    ({"risk.stop_loss": "0.002"}, {"risk.stop_loss": ["0.003"]}, "given twice"),
    ({}, {"risk.stop_loss": ["0.002", "0.0020"]}, "the same configuration twice"),
])
def test_what_makes_no_sense_is_refused(home: Home, given: dict[str, str], sweep: dict[str, list[str]],
                                        words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        configurations(home, given, sweep)


@pytest.mark.parametrize("given", [{"risk.stop_los": "0.1"}, {"risk.stop_loss": "7"}, {"risk.stop_loss": "x"}])
def test_unknown_keys_and_values_are_those_of_the_configuration(home: Home, given: dict[str, str]) -> None:
    with pytest.raises(ConfigProblems, match=r"risk\.stop_los"):
        configurations(home, given, {})
