"""Figures as a language writes them; unknown is a dash."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import isfinite
from typing import Literal

Language = Literal["pt_BR", "en"]
UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Numbers:
    """``1.234,50`` in Portuguese, ``1,234.50`` in English."""

    language: Language = "pt_BR"

    def number(self, value: float | None, decimals: int = 0) -> str:
        if value is None or not isfinite(value):
            return UNKNOWN
        text = f"{value:,.{decimals}f}"
        text = text[1:] if text.startswith("-") and not text.strip("-0.,") else text     # no minus before a zero
        return text if self.language == "en" else text.translate(str.maketrans(",.", ".,"))

    def money(self, value: float | None) -> str:
        """In BRL."""
        shown = self.number(value, 2)
        return shown if shown == UNKNOWN else f"R$ {shown}"

    def day(self, iso: str) -> str:
        """Of an ISO date: ``02/04/2020`` in Portuguese."""
        return iso if self.language == "en" else f"{dt.date.fromisoformat(iso):%d/%m/%Y}"

    def share(self, value: float | None, decimals: int = 1) -> str:
        """A fraction as per cent."""
        shown = self.number(None if value is None else 100.0 * value, decimals)
        return shown if shown == UNKNOWN else f"{shown} %"
