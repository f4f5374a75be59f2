"""A value that never prints itself."""
from __future__ import annotations

from qt_app.redact import HIDDEN, KNOWN


class Secret:
    """A password or key. ``str``, ``repr`` and formatting give ``***``; only ``reveal`` gives the text.

    Deliberately not a ``str``: encoders, joins and f-strings cannot leak it by accident. What third parties make of its
    text is caught by redaction, which knows every secret there is.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        KNOWN.learn(text)

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is never serialised")
