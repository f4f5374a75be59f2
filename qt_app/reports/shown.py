"""Figures, days and times as a language writes them, and the words of the reports."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from qt_app.catalogue.reasons import in_words
from qt_app.catalogue.reports import FAULTS, WEEKDAYS, WORDS
from qt_app.report.numbers import UNKNOWN, Numbers
from qt_app.zone import SAO_PAULO


@dataclass(frozen=True, slots=True)
class Shown(Numbers):
    """Days as ``Numbers.day`` has them, times such as ``10:30:02``."""

    def word(self, name: str) -> str:
        """Raises KeyError for a word that the catalogue lacks."""
        return WORDS[self.language][name]

    def known(self, name: str | None) -> str:
        """A word of the program's own vocabulary, or itself where people use it as it is."""
        return UNKNOWN if name is None else WORDS[self.language].get(name, name)

    def reason(self, code: str | None) -> str:
        """Why an order left or was refused, as people say it."""
        return UNKNOWN if code is None else in_words(code, self.language)

    def fault(self, code: str, text: str) -> str:
        """What is odd about a recording; ``text`` says it in English, with its figure."""
        return FAULTS[self.language].get(code, text)

    def words(self, *names: str) -> list[str]:
        return [self.word(name) for name in names]

    def short_day(self, day: dt.date) -> str:
        return f"{day:%d/%m}" if self.language == "pt_BR" else f"{day:%m-%d}"

    def weekday(self, day: dt.date) -> str:
        return WEEKDAYS[self.language][day.weekday()]

    def time(self, ts_ns: int | None) -> str:
        """In Sao Paulo, to the second."""
        return UNKNOWN if ts_ns is None else f"{dt.datetime.fromtimestamp(ts_ns // 1_000_000_000, SAO_PAULO):%H:%M:%S}"

