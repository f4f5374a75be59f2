"""The analysis of the features for people and for programs."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from qt_app.analysis.features import Feature, FeatureAnalysis
from qt_app.analysis.permutation import Importance
from qt_app.catalogue.analysis import WORDS
from qt_app.report import charts, page
from qt_app.report.charts import Axes
from qt_app.report.numbers import Language, Numbers
from qt_app.validation.bootstrap import Figure
from qt_app.votes import ACTIONS

#: How many are printed, and how many a chart has room to name.
_PRINTED, _CHARTED = 20, 10
#: Decimals of a figure in nats.
_NATS = 5


def document(found: FeatureAnalysis) -> dict[str, Any]:
    """For ``--json``: all figures; NaN becomes null."""
    return {
        "run": found.facts.id, "model": found.facts.model, "synthetic": found.facts.synthetic,
        "data_sha256": found.facts.data_sha256, "log_loss": found.log_loss, "rows": found.rows,
        "sessions": found.sessions, "folds": found.folds, "repeats": found.repeats, "block": found.block,
        "features": [_feature(one, found) for one in found.features],
        "families": [{"head": one.head, "members": list(one.members), "importance": asdict(one.importance),
                      "shap": one.shap} for one in found.families],
        "correlation": {"inputs": list(found.facts.inputs), "values": found.correlation.tolist()},
    }


def lines(found: FeatureAnalysis) -> list[str]:
    """The table for a terminal: the first features, then the families of more than one."""
    rows = [f"{one.name:<34}{_span(one.importance.repeats):>32}  shap {one.shap:.4f}"
            for one in found.features[:_PRINTED]]
    together = [f"{one.head} and {len(one.members) - 1} like it: {_span(one.importance.repeats)}"
                for one in found.families if len(one.members) > 1]
    head = (f"{found.facts.id}: log-loss {found.log_loss:.5f} on {found.sessions} sessions out of sample; nats that "
            f"each feature is worth, interval over {found.repeats} repeats")
    return [head, *rows, *together]


def render(found: FeatureAnalysis, language: Language = "pt_BR") -> str:
    """The page, self-contained."""
    words, numbers = WORDS[language], Numbers(language)
    facts = found.facts
    lead = words["features_lead"].format(model=facts.model, run=facts.id, folds=found.folds, sessions=found.sessions,
                                         rows=numbers.number(found.rows), loss=numbers.number(found.log_loss, _NATS))
    method = words["features_method"].format(block=found.block, repeats=found.repeats)
    sections = [page.section(words["features"], page.text(method), page.text(words["shap_method"], "note"),
                             _bars(found, words, numbers), _table(found, words, numbers)),
                page.section(words["families"], _family_bars(found, words, numbers),
                             _family_table(found, words, numbers)),
                page.section(words["correlation"], _grid(found, words, numbers))]
    return page.page(words["features_title"], language, sections, lead=lead,
                     mark=words["synthetic"] if facts.synthetic else "")


def _feature(one: Feature, found: FeatureAnalysis) -> dict[str, Any]:
    return {"name": one.name, "definition": one.definition, "family": found.families[one.family].head,
            "importance": asdict(one.importance), "shap": one.shap,
            "shap_by_class": dict(zip(ACTIONS, one.shap_by_class, strict=True)), "direction": one.direction}


def _bars(found: FeatureAnalysis, words: Mapping[str, str], numbers: Numbers) -> str:
    first = found.features[:_CHARTED]
    svg = charts.bars([one.name for one in first], [1000.0 * one.importance.repeats.value for one in first],
                      Axes(words["axis_feature"], words["nats"]), numbers)
    return page.figure(svg, words["features_caption"].format(count=len(first)))


def _table(found: FeatureAnalysis, words: Mapping[str, str], numbers: Numbers) -> str:
    head = (words["feature"], words["definition"], words["family"], words["importance"], words["over_repeats"],
            words["over_sessions"], "SHAP", words["direction"])
    return page.table(head, [
        (one.name, one.definition, found.families[one.family].head, numbers.number(one.importance.repeats.value, _NATS),
         *_intervals(one.importance, numbers), numbers.number(one.shap, 4), numbers.number(one.direction, 2))
        for one in found.features])


def _family_bars(found: FeatureAnalysis, words: Mapping[str, str], numbers: Numbers) -> str:
    first = found.families[:_CHARTED]
    names = [f"{one.head} ({len(one.members)})" for one in first]
    svg = charts.bars(names, [1000.0 * one.importance.repeats.value for one in first],
                      Axes(words["axis_family"], words["nats"]), numbers)
    return page.figure(svg, words["families_caption"])


def _family_table(found: FeatureAnalysis, words: Mapping[str, str], numbers: Numbers) -> str:
    head = (words["family"], words["importance"], words["over_repeats"], words["over_sessions"], "SHAP",
            words["members"])
    return page.table(head, [
        (one.head, numbers.number(one.importance.repeats.value, _NATS), *_intervals(one.importance, numbers),
         numbers.number(one.shap, 4), ", ".join(one.members)) for one in found.families])


def _grid(found: FeatureAnalysis, words: Mapping[str, str], numbers: Numbers) -> str:
    heads = [one.head for one in found.families[:12]]
    places = [found.facts.inputs.index(head) for head in heads]
    values = [[100.0 * float(found.correlation[a, b]) for b in places] for a in places]
    return page.figure(charts.cells(heads, [str(at + 1) for at in range(len(heads))], values, numbers),
                       words["correlation_caption"])


def _intervals(importance: Importance, numbers: Numbers) -> list[str]:
    return [f"{numbers.number(one.low, _NATS)} … {numbers.number(one.high, _NATS)}"
            for one in (importance.repeats, importance.sessions)]


def _span(figure: Figure) -> str:
    return f"{figure.value:+.5f} ({figure.low:+.5f} to {figure.high:+.5f})"
