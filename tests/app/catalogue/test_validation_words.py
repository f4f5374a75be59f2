from __future__ import annotations

from string import Formatter

import pytest

from qt_app.catalogue.validation import LANGUAGES, sentence, word


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_language_has_every_sentence_and_word_with_the_same_values() -> None:
    one, *others = LANGUAGES.values()
    for other in others:
        assert set(other.WORDS) == set(one.WORDS)
        assert set(other.SENTENCES) == set(one.SENTENCES)
        for code, texts in one.SENTENCES.items():
            assert [fields(text) for text in texts] == [fields(text) for text in other.SENTENCES[code]]


@pytest.mark.parametrize(("language", "shown"), [("en", "R$ 1234.50"), ("pt_BR", "R$ 1234,50")])
def test_numbers_are_written_as_the_language_writes_them(language: str, shown: str) -> None:
    values = {"latency": 250.0, "slippage": 1, "net": 1234.5, "trades": 7}
    assert shown in sentence("earns", True, values, language)


def test_a_sentence_follows_the_outcome() -> None:
    values = {"days": "2026-11-18", "folds": 3}
    assert "No session" in sentence("leak_folds", True, values)
    assert "2026-11-18" in sentence("leak_folds", False, values, "pt_BR")
    assert sentence("leak_walk", True, {"gain": -0.0123}, "pt_BR").endswith("(-0,0123 nats).")
    assert word("deploy", "pt_BR") == "IMPLANTAR"
