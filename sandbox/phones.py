"""Phone numbers as the pretend CRM compares them."""

import re
from collections.abc import Iterator

SIGNIFICANT_DIGITS = 10


def digits(text: object) -> str:
    """The digits alone."""
    return re.sub(r"[^0-9]", "", str(text or ""))


def normalised(phone: object) -> str:
    """What makes two spellings the same client: the last ten digits. Empty for anything shorter."""
    found = digits(phone)
    return found[-SIGNIFICANT_DIGITS:] if len(found) >= SIGNIFICANT_DIGITS else ""


def windows(phone: object) -> Iterator[str]:
    """Each run of ten digits: whoever searches with ten or more digits finds the phone by the first ten."""
    found = digits(phone)
    for start in range(len(found) - SIGNIFICANT_DIGITS + 1):
        yield found[start : start + SIGNIFICANT_DIGITS]


def looks_like_phone(text: str) -> bool:
    """Digits and punctuation, and no letters."""
    return bool(digits(text)) and not any(character.isalpha() for character in text)
