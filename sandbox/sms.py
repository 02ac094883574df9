"""How many parts a text message has."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("^{}\\[~]|€\f")


def segments(text: str) -> int:
    """The number of segments: 160 or 153 GSM-7 characters each, else 70 or 67 UTF-16 units."""
    if all(character in _GSM or character in _GSM_DOUBLE for character in text):
        units = sum(2 if character in _GSM_DOUBLE else 1 for character in text)
        return _parts(units, 160, 153)
    return _parts(len(text.encode("utf-16-be")) // 2, 70, 67)


def _parts(units: int, single: int, joined: int) -> int:
    return 1 if units <= single else -(-units // joined)
