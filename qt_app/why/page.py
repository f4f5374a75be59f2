"""The answer as a self-contained page."""
from __future__ import annotations

from qt_app.report.charts import Axes, Line, lines
from qt_app.report.numbers import Language
from qt_app.report.page import bullets, figure, page, section, table, text
from qt_app.why.answer import Answer
from qt_app.why.told import Told
from qt_app.zone import local_time


def as_html(answer: Answer, language: Language) -> str:
    """The answer first, the evidence after it."""
    told, w = Told(answer, language), Told(answer, language).words
    sections = [
        section(w["answer"], text(told.why(), "verdict"), *(text(words, "note") for words in told.notes())),
        section(w["different"], bullets(told.different())),
        section(w["votes"], table(*told.votes()), text(told.weights(), "note")),
        section(w["risk"], text(w["hypothetical" if answer.seen.hypothetical else "asked"]), table(*told.checks())),
        *_story(told),
        section(w["events"], text(told.market()), _prints(told), table(*told.prints())),
        section(w["features"], text(w["rank_note"], "note"), table(*told.values())),
        section(w["latency"], table(*told.stages()), *(text(words, "note") for words in told.latency_notes()))]
    return page(told.title(), language, sections, lead=told.lead(),
                mark=w["synthetic"] if answer.run["synthetic"] else "")


def _story(told: Told) -> list[str]:
    if (story := told.story()) is None:
        return []
    line, head, rows = story
    return [section(told.words["story"], text(line, "verdict"), table(head, rows))]


def _prints(told: Told) -> str:
    """The path of the prints, with the moment of the decision between what was known and what came later."""
    found, w = told.answer.prints, told.words
    known = [one for one in found if one.before]
    if not known:
        return ""
    path = [(float(at), one.price - known[-1].price) for at, one in enumerate(found)]
    names = [(float(at), local_time(one.ts_ns)[11:19]) for at, one in enumerate(found)]
    series = [Line(w["before"], path[:len(known)]), Line(w["after"], path[len(known) - 1:], "dashed")]
    return figure(lines(series, Axes(w["time"], w["from_last"], names), told.numbers), w["path"])
