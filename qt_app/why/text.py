"""The answer for a terminal, in English."""
from __future__ import annotations

from qt_app.why.answer import Answer
from qt_app.why.told import Rows, Told


def as_text(answer: Answer) -> str:
    """Sections one under the other: the answer first, the evidence after it."""
    told = Told(answer, "en")
    made = f"  {told.words['synthetic']}" if answer.run["synthetic"] else ""
    parts = [f"{told.title()}{made}", told.lead(), *told.notes(), "",
             f"{told.words['answer'].upper()}", f"  {told.why()}", ""]
    parts += [told.words["different"].upper(), *(f"  - {words}" for words in told.different()), ""]
    parts += [told.words["votes"].upper(), *_table(*told.votes()), f"  {told.weights()}", ""]
    parts += [told.words["risk"].upper(), f"  {told.words['hypothetical' if answer.seen.hypothetical else 'asked']}",
              *_table(*told.checks()), ""]
    if (story := told.story()) is not None:
        line, head, rows = story
        parts += [told.words["story"].upper(), *([f"  {line}"] if line else []), *_table(head, rows), ""]
    parts += [told.words["events"].upper(), f"  {told.market()}", *_table(*told.prints()), ""]
    parts += [told.words["features"].upper(), *_table(*told.values()), ""]
    parts += [told.words["latency"].upper(), *_table(*told.stages()), *(f"  {words}" for words in told.latency_notes())]
    return "\n".join(parts)


def _table(head: list[str], rows: Rows) -> list[str]:
    """Columns as wide as they need; the first and columns of words to the left, figures to the right."""
    widths = [max(len(line[at]) for line in (head, *rows)) for at in range(len(head))]
    left = [at == 0 or any(row[at][:1].isalpha() for row in rows) for at in range(len(head))]
    return ["  " + "  ".join(cell.ljust(width) if to_left else cell.rjust(width)
                             for cell, width, to_left in zip(line, widths, left, strict=True)).rstrip()
            for line in (head, *rows)]
