"""What the text messages cost with sample data, and which characters make them dear. Pure."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from chalicelib.sms.segments import Segments, segments
from chalicelib.texts.rendering import Texts
from chalicelib.texts.samples import SMS
from chalicelib.texts.sms_fields import SMS_SAMPLES

PLAIN: Final = {
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "—": "-",
    "–": "-",
    "−": "-",
    "…": "...",
    "№": "No",
    "₽": "RUB",
    "×": "x",
}
"""What does as well, and is in the alphabet of the cheap encoding."""

FIRST_EMOJI = 0x2600


@dataclass(frozen=True, slots=True)
class Priced:
    """One text message with sample data.

    Attributes:
        template: its name, such as ``sms/arrived``.
        sample: ``short`` or ``long``.
        costly: the characters without which it would take fewer segments, or the cheap encoding.
    """

    template: str
    sample: str
    text: str
    segments: Segments
    costly: tuple[str, ...]


def priced(texts: Texts) -> Iterator[Priced]:
    """Every text message, twice.

    Raises:
        ConfigurationError: a template is wrong.
    """
    samples = SMS_SAMPLES[texts.language]
    for name in sorted(texts.names()):
        if name.startswith(SMS):
            for size, fields in (("short", samples.short), ("long", samples.long)):
                text = texts.render(name, **fields.as_mapping())
                yield Priced(name, size, text, segments(text), costly_characters(text))


def costly_characters(text: str) -> tuple[str, ...]:
    """The characters that have a plain form, or need none, if the text would be cheaper with it.

    Nothing in a text that is as dear without them, as most Russian ones are.
    """
    found = tuple(
        dict.fromkeys(character for character in text if character in PLAIN or _is_emoji(character))
    )
    plain = "".join("" if _is_emoji(character) else PLAIN.get(character, character) for character in text)
    return () if segments(plain) == segments(text) else found


def named(character: str) -> str:
    """The character as people can tell it from its neighbours: ``U+2014 EM DASH``."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"


def _is_emoji(character: str) -> bool:
    """Also what only changes the look of one, such as a joiner or a skin colour."""
    is_symbol = ord(character) >= FIRST_EMOJI and unicodedata.category(character) in {"So", "Sk", "Cf", "Mn"}
    return is_symbol or character in "\u200d\ufe0f"
