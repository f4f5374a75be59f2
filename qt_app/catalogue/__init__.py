"""What is said to people, in each language, by alert code: what it means, and what to do about it."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qt_app.catalogue import en, pt_br

Texts = Mapping[str, tuple[str, str]]
LANGUAGES: Mapping[str, Any] = {"pt_BR": pt_br, "en": en}


def meaning(code: str, language: str = "en") -> str:
    """One sentence about an alert's code."""
    return str(LANGUAGES[language].ALERTS[code][0])


def remedy(code: str, language: str = "en") -> str:
    """What to do; empty when there is nothing to do."""
    return str(LANGUAGES[language].ALERTS[code][1])


def word(name: str, language: str) -> str:
    """A word of the messages themselves."""
    return str(LANGUAGES[language].WORDS[name])
