import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.console.words import LANGUAGES, PLURALS, word, words_of

CHALICELIB = Path(__file__).parents[2] / "chalicelib"
CONSOLE = CHALICELIB / "console"
TEMPLATE = re.compile(r"""\btemplate=["'](\w+)["']""")
"""A message whose text is made without a choice of the shop's."""

USED = re.compile(r"""\btn?\(\s*["']([a-z_0-9]+\.[a-z_0-9]+)["'][),]""")
FORMS = {"ru": 3, "en": 2}


def names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def used() -> Iterator[tuple[str, str]]:
    for file in [*CONSOLE.rglob("*.html"), *CONSOLE.rglob("*.py")]:
        for key in USED.findall(file.read_text("utf-8")):
            yield file.name, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_word_that_a_page_uses_is_there(language: str) -> None:
    assert [(file, key) for file, key in used() if key not in words_of(language)] == []


def test_both_languages_have_the_same_words_with_the_same_names_to_fill_in() -> None:
    russian, english = words_of("ru"), words_of("en")
    assert russian.keys() == english.keys()
    for key, sentence in russian.items():
        other = english[key]
        assert isinstance(sentence, str) == isinstance(other, str), key
        if isinstance(sentence, str) and isinstance(other, str):
            assert names(sentence) == names(other), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_words_have_each_form(language: str) -> None:
    assert language in PLURALS
    for key, forms in words_of(language).items():
        assert isinstance(forms, str) or len(forms) == FORMS[language], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_for_clients_has_a_name_for_people(language: str) -> None:
    texts = {file.stem for file in (CHALICELIB / "texts" / language / "sms").glob("*.txt")}
    made = {name for file in CHALICELIB.rglob("*.py") for name in TEMPLATE.findall(file.read_text("utf-8"))}
    named = {key.removeprefix("texts.") for key in words_of(language) if key.startswith("texts.")}
    assert "status" in made
    assert texts | made == named


def test_a_word_is_filled_in() -> None:
    assert word("en", "base.clock", time="10:00", zone="Asia/Tomsk").startswith("10:00")
