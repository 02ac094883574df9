"""How many paid parts an SMS has."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

Encoding = Literal["GSM-7", "UCS-2"]

# GSM 03.38. One character outside of both tables turns the whole message to UCS-2.
GSM_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")

LAST_ONE_UNIT_CHARACTER = "\uffff"


class Segments(NamedTuple):
    """What a text costs.

    Attributes:
        encoding: how it goes over the air.
        parts: how many parts are paid for; 0 for an empty text.
    """

    encoding: Encoding
    parts: int


def segments(text: str) -> Segments:
    """The encoding of a text as an SMS, and the number of its parts."""
    if all(character in GSM_ALPHABET or character in GSM_EXTENSION for character in text):
        widths = [2 if character in GSM_EXTENSION else 1 for character in text]
        return Segments("GSM-7", _parts(widths, alone=160, joined=153))
    widths = [2 if character > LAST_ONE_UNIT_CHARACTER else 1 for character in text]
    return Segments("UCS-2", _parts(widths, alone=70, joined=67))


def _parts(widths: Sequence[int], *, alone: int, joined: int) -> int:
    """Fill parts one after the other; a character of two units is never cut."""
    if sum(widths) <= alone:
        return 1 if widths else 0
    parts, used = 1, 0
    for width in widths:
        if used + width > joined:
            parts, used = parts + 1, 0
        used += width
    return parts
