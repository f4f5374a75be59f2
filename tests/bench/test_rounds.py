from __future__ import annotations

from collections.abc import Callable

import pytest

from qt_app.bench.report import as_text, figure
from qt_app.bench.rounds import Aim, Section, flatten, interleave, ratio


def counted(log: list[str], name: str) -> Callable[[], float]:
    def case() -> float:
        log.append(name)
        return float(len(log))

    return case


def test_every_round_runs_every_case_once_in_rotated_order_after_a_warm_up() -> None:
    log: list[str] = []
    done = interleave({name: counted(log, name) for name in "abc"}, 3)
    assert "".join(log) == "abc" + "abc" + "bca" + "cab"
    assert done["a"] == (4.0, 9.0, 11.0)


def test_the_ratio_is_the_median_of_the_rounds_ratios_not_the_ratio_of_medians() -> None:
    assert ratio((1.0, 10.0, 3.0), (1.0, 2.0, 1.0)) == 3.0


def test_cases_with_several_figures_become_one_case_each() -> None:
    done = flatten({"x": [{"p50": 1.0, "p99": 2.0}, {"p50": 3.0, "p99": 4.0}]})
    assert done == {"x.p50": (1.0, 3.0), "x.p99": (2.0, 4.0)}


def test_an_aim_says_whether_it_is_met() -> None:
    assert Aim(at_least=4.0).as_dict(4.0) == {"at_least": 4.0, "value": 4.0, "met": True}
    assert Aim(at_most=1.0).as_dict(1.01) == {"at_most": 1.0, "value": 1.01, "met": False}


def test_a_ratio_with_an_absent_peer_is_left_out() -> None:
    section = Section("s", {"ours": (2.0,)}, absent=["peer"])
    section.add_ratio("ours", "peer", Aim(at_least=1.0))
    assert section.as_dict()["ratios"] == {} == section.as_dict()["aims"]


def test_the_section_shows_median_range_and_raw_rounds() -> None:
    section = Section("s", {"ours": (3.0, 1.0, 2.0)})
    section.add_aim("ours", Aim(at_most=2.5))
    assert section.as_dict()["cases"] == {"ours": {"median": 2.0, "min": 1.0, "max": 3.0, "rounds": [3.0, 1.0, 2.0]}}
    assert section.as_dict()["aims"] == {"ours": {"at_most": 2.5, "value": 2.0, "met": True}}


def test_the_table_names_peers_that_are_not_installed_and_aims_that_were_missed() -> None:
    section = Section("events per second", {"ours": (1.0,), "theirs": (2.0,)}, absent=["somebody"])
    section.add_ratio("ours", "theirs", Aim(at_least=1.0))
    text = as_text({"rounds": 1, "machine": {"python": "3.11", "cores": 2}, "sections": {"x": section.as_dict()}})
    assert "not installed, so not measured: somebody" in text
    assert "aim missed ours / theirs: 0.5, at least 1" in text


@pytest.mark.parametrize(("value", "text"), [
    (0.12345, "0.123"), (123.4, "123"), (1_234.0, "1.23k"), (999_900.0, "1000k"), (12_345_678.0, "12.3M")])
def test_figures_have_three_digits(value: float, text: str) -> None:
    assert figure(value) == text
