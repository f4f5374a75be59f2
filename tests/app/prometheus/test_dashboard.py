"""The dashboard for Grafana asks for what the endpoint serves, by names and labels, and is laid out as Grafana wants.

Every expression was also asked of a real Prometheus 2.42; no Grafana was at hand.
"""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from qt_app.prometheus.endpoint import _Board
from qt_app.services.snapshot import Snapshot

SOURCE = {"type": "prometheus", "uid": "${fonte}"}
#: What an expression may say beside names and labels.
WORDS = {"sum", "by", "on", "rate", "changes", "or", "unless", "offset"}
#: Labels that Prometheus itself adds.
OWN = {"job", "instance"}
SELECTED = re.compile(r"(\w+)\{([^}]*)\}")
GROUPED = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")


@dataclass(frozen=True)
class Asked:
    """One expression: its metrics, the labels that it names by metric (None: of all of them), and the legend's."""

    text: str
    legend: tuple[str, ...]

    @property
    def words(self) -> set[str]:
        plain = re.sub(r'"[^"]*"|\[\w+\]|offset \d+[smh]', " ", GROUPED.sub(" ", SELECTED.sub(r"\1", self.text)))
        return set(re.findall(r"[A-Za-z_]\w*", plain)) - WORDS

    @property
    def matchers(self) -> Iterator[tuple[str, str, str]]:
        """Metric, label and value."""
        for name, inside in SELECTED.findall(self.text):
            for label, value in re.findall(r'(\w+)\s*=\s*"([^"]*)"', inside):
                yield name, label, value

    @property
    def grouped(self) -> set[str]:
        return {label.strip() for labels in GROUPED.findall(self.text) for label in labels.split(",")}


@pytest.fixture(scope="module")
def board(repo: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((repo / "docs" / "grafana-dashboard.json").read_text("utf-8"))
    return found


@pytest.fixture
def served(snapshot: Snapshot) -> dict[str, dict[str, set[str]]]:
    """Values by label by name, as a scrape shows them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Board(lambda: snapshot))
    found: dict[str, dict[str, set[str]]] = {"up": {"job": {"qt"}}}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


def asked(board: dict[str, Any]) -> list[Asked]:
    targets = [(target["expr"], target["legendFormat"]) for panel in board["panels"] for target in panel["targets"]]
    notes = [(note["expr"], note["titleFormat"]) for note in board["annotations"]["list"]]
    return [Asked(text, tuple(re.findall(r"\{\{(\w+)\}\}", legend))) for text, legend in (*targets, *notes)]


def test_each_expression_names_metrics_and_labels_that_are_served(
        board: dict[str, Any], served: dict[str, dict[str, set[str]]]) -> None:
    assert len(asked(board)) > 30
    for one in asked(board):
        assert one.words and one.words <= set(served), one
        for name, label, value in one.matchers:
            assert value in served[name][label], one
        kept = set.intersection(*(set(served[name]) for name in one.words))
        assert one.grouped <= kept, one
        assert set(one.legend) <= (one.grouped or kept) | OWN, one


def test_the_job_is_the_one_that_the_manual_scrapes(repo: Path, board: dict[str, Any]) -> None:
    jobs = {value for one in asked(board) for _, label, value in one.matchers if label == "job"}
    assert jobs == set(re.findall(r"job_name: (\w+)", (repo / "docs" / "prometheus.md").read_text("utf-8")))


def test_every_panel_has_what_grafana_needs_and_a_place_of_its_own(board: dict[str, Any]) -> None:
    assert board["title"] and 0 < len(board["uid"]) <= 40 and isinstance(board["schemaVersion"], int)
    assert "id" not in board and {"from", "to"} == set(board["time"])     # an id would replace another dashboard
    panels, taken = board["panels"], set[tuple[int, int]]()
    assert len({panel["id"] for panel in panels}) == len(panels) > 15
    for panel in panels:
        assert isinstance(panel["id"], int) and panel["title"], panel
        assert panel["type"] in {"stat", "timeseries", "bargauge", "table"}     # they come with Grafana
        assert {"defaults", "overrides"} == set(panel["fieldConfig"]) and isinstance(panel["options"], dict)
        names = [target["refId"] for target in panel["targets"]]
        assert names and len(set(names)) == len(names)
        at = panel["gridPos"]
        place = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert place and max(x for x, _ in place) < 24 and not place & taken, panel["title"]
        taken |= place


def test_the_source_is_chosen_in_grafana(board: dict[str, Any]) -> None:
    (source,) = board["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == ("fonte", "datasource", "prometheus")
    panels = board["panels"]
    for part in (*panels, *(target for panel in panels for target in panel["targets"]), *board["annotations"]["list"]):
        assert part["datasource"] == SOURCE
