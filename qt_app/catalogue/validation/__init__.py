"""What `qt validate` says to people: a sentence for each rule's outcome, and the words of its report."""
from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from qt_app.catalogue.validation import en, pt_br

LANGUAGES: Mapping[str, Any] = {"pt_BR": pt_br, "en": en}
_SWAPPED = str.maketrans(".,", ",.")


class _Sentences(Formatter):
    """Figures as the language writes them; a list of actions in its words."""

    def __init__(self, language: str) -> None:
        self._swaps, self._actions = language == "pt_BR", LANGUAGES[language].ACTIONS

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, list):
            return ", ".join(self._actions[action] for action in value)
        text = str(super().format_field(value, format_spec))
        return text.translate(_SWAPPED) if self._swaps and isinstance(value, float) else text


_FORMATTERS: Mapping[str, Formatter] = {language: _Sentences(language) for language in LANGUAGES}


def sentence(code: str, passed: bool | None, values: Mapping[str, Any], language: str = "en") -> str:
    """What a rule says when it passed, failed or could not be examined (None)."""
    fine, wrong, unknown = LANGUAGES[language].SENTENCES[code]
    chosen = fine if passed else unknown if passed is None else wrong
    return _FORMATTERS[language].vformat(chosen, (), values)


def word(name: str, language: str) -> str:
    """A word of the report."""
    return str(LANGUAGES[language].WORDS[name])
