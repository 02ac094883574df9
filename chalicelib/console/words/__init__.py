"""The console's words by language: ``words/{language}/{page}.toml``, used as ``page.key``.

A value is a sentence with ``{names}`` to fill in, or a list of its plural forms: Russian has three (1, 2, 5),
English two (1, 2); each may use ``{count}``.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from chalicelib.texts.filters import plural_english, plural_russian

FOLDER = Path(__file__).parent
LANGUAGES: Mapping[str, str] = {"ru": "Русский", "en": "English"}
"""Each language, as it calls itself."""

PLURALS: Mapping[str, Callable[..., str]] = {"ru": plural_russian, "en": plural_english}

Words = Mapping[str, str | Sequence[str]]


@cache
def words_of(language: str) -> Words:
    """All words of a language by ``page.key``."""
    return {
        f"{file.stem}.{key}": value
        for file in sorted((FOLDER / language).glob("*.toml"))
        for key, value in tomllib.loads(file.read_text("utf-8")).items()
    }


def word(language: str, key: str, /, **values: object) -> str:
    """A sentence in a language.

    Raises:
        KeyError: there is no such key, or a value is missing.
    """
    sentence = words_of(language)[key]
    if not isinstance(sentence, str):
        raise KeyError(f"{key} has plural forms")
    return sentence.format(**values)


def counted(language: str, key: str, count: int, /, **values: object) -> str:
    """A sentence in the plural form that a count wants.

    Raises:
        KeyError: there is no such key, or a value is missing.
    """
    forms = words_of(language)[key]
    if isinstance(forms, str):
        raise KeyError(f"{key} has no plural forms")
    return PLURALS[language](count, *forms).format(count=count, **values)
