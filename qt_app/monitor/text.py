"""Words, figures and times as one language writes them, safe to put into a page."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from qt_app.catalogue import meaning
from qt_app.catalogue.monitor import LINES, WORDS
from qt_app.catalogue.reasons import in_words
from qt_app.monitor.stream import Line
from qt_app.report.numbers import UNKNOWN, Language, Numbers
from qt_app.zone import SAO_PAULO

#: Characters of a log line's data on the page; all of it is in the file.
LONGEST_MORE = 240


def marked(text: str) -> str:
    """Escaped text with commands, between backticks, marked as such."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", text)


class Text:
    """Everything comes back escaped."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.numbers = Numbers(language)
        self._words = WORDS[language]

    def word(self, name: str, **values: object) -> str:
        """Commands in it, between backticks, are marked as such."""
        return marked(escape(self._words[name].format(**values)))

    def known(self, name: str, fallback: str) -> str:
        """A word that a newer engine may have and this page not."""
        return escape(self._words.get(name, fallback))

    def number(self, value: float | None, decimals: int = 0) -> str:
        return self.numbers.number(value, decimals)

    def signed(self, value: float | None, decimals: int = 0) -> str:
        """With its sign, so that colour never has to tell it."""
        shown = self.number(value, decimals)
        return f"+{shown}" if value is not None and value > 0 and shown.strip("0.,") else shown.replace("-", "−")

    def brl(self, value: float | None) -> str:
        shown = self.signed(value, 2)
        return shown if shown == UNKNOWN else f"R$ {shown}"

    def share(self, value: float | None, decimals: int = 0) -> str:
        return self.numbers.share(value, decimals)

    def clock(self, ts_ns: int | None, *, milliseconds: bool = False) -> str:
        """Sao Paulo time of day."""
        if ts_ns is None:
            return UNKNOWN
        time = _local(ts_ns).time()
        return time.isoformat("milliseconds" if milliseconds else "seconds")

    def day(self, ts_ns: int | None) -> str:
        if ts_ns is None:
            return UNKNOWN
        return _local(ts_ns).strftime("%d/%m/%Y" if self.language == "pt_BR" else "%Y-%m-%d")

    def span(self, seconds: float | None) -> str:
        """How long something takes or took, in two units at most."""
        if seconds is None:
            return UNKNOWN
        whole = int(seconds)
        hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
        if hours:
            return f"{hours} h {minutes:02d} min"
        return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"

    def ago(self, seconds: float | None) -> str:
        """The same in one unit."""
        if seconds is None:
            return UNKNOWN
        size, unit = next((size, unit) for size, unit in ((3600, "h"), (60, "min"), (1, "s"))
                          if seconds >= size or unit == "s")
        return f"{int(seconds // size)} {unit}"

    def reason(self, code: str) -> str:
        """A reason's codes in words; what is no code stays as it is."""
        words = in_words(code, self.language)
        return escape(words if self.language == "en" else re.sub(r"(?<=\d)\.(?=\d)", ",", words))

    def meaning(self, code: str) -> str:
        """Of an alert; a newer engine's code stands for itself."""
        try:
            return escape(meaning(code, self.language))
        except KeyError:
            return escape(code)

    def more(self, data: Mapping[str, Any]) -> str:
        """What came with a line of the log, after it; a traceback stays in the file."""
        told = ", ".join(f"{name} {value}" for name, value in data.items() if name != "traceback")
        cut = told if len(told) <= LONGEST_MORE else told[:LONGEST_MORE] + "…"
        return f' <span class="more">· {escape(cut)}</span>' if cut else ""

    def line(self, line: Line, points: float | None) -> str:
        """A line of the stream as a sentence; ``points`` per tick."""
        return LINES[self.language][line.code].format_map(_Values(self, line.data, points))


class _Values(dict[str, str]):
    """The values of a line's sentence, each as its kind is written; unknown is a dash."""

    def __init__(self, text: Text, data: Mapping[str, Any], points: float | None) -> None:
        super().__init__()
        self._text, self._data, self._points = text, data, points

    def __missing__(self, name: str) -> str:
        text, value = self._text, self._data.get(name)
        if name == "meaning":
            return text.meaning(str(self._data["code"]))
        if name == "more":
            return text.more(self._data["data"])
        if value is None:
            return "" if name == "text" else UNKNOWN
        write: dict[str, Callable[[Any], str]] = {
            "side": self._side, "price": self._price, "confidence": lambda share: text.share(share, 1),
            "position": text.signed, "reason": text.reason, "code": text.reason, "purpose": text.reason,
            "status": text.reason, "detail": text.reason}
        return write[name](value) if name in write else escape(str(value))

    def _side(self, side: int) -> str:
        return self._text.word("buy" if side > 0 else "sell")

    def _price(self, ticks: int) -> str:
        if self._points is None:
            return UNKNOWN
        return self._text.number(ticks * self._points, 0 if self._points >= 1.0 else 1)


def _local(ts_ns: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ts_ns // 1_000_000 / 1000, SAO_PAULO)
