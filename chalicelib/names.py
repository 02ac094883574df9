"""Names of people, as they are compared."""

import re
import unicodedata

FEWEST_WORDS = 2
FEWEST_LETTERS = 2
"""Of a word that counts: an initial could be anybody's."""


def full_name(text: str) -> tuple[str, ...]:
    """What makes two spellings the same name: its words without case, order, ``ё`` and punctuation.

    Empty unless there are at least two words: a first name alone says nothing. Short forms are other names.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    words = sorted(re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", plain))
    is_full = len(words) >= FEWEST_WORDS and all(len(word) >= FEWEST_LETTERS for word in words)
    return tuple(words) if is_full else ()


def same_place(one: str, other: str) -> bool:
    """Whether two cities are known and the same."""
    return bool(one.strip()) and _words(one) == _words(other)


def names_place(address: str, city: str) -> bool:
    """Whether an address in one line names this city."""
    words = _words(city)
    return bool(words) and f" {words} " in f" {_words(address)} "


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold().replace("ё", "е")))
