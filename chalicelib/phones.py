"""Phone numbers of a Russian shop's clients: from whatever was sent or typed to E.164.

E.164 is a plus, the country code and the number, without anything between: ``+79161234567``.
"""

import re

import phonenumbers

KEYPAD_WORDS = frozenset(
    {
        "266696687",  # ANONYMOUS
        "2562533",  # BLOCKED
        "7378742833",  # RESTRICTED: begins like a Russian number, but is one digit short
        "8656696",  # UNKNOWN
        "86282452253",  # UNAVAILABLE
    }
)
"""What Twilio sends for a hidden caller: a word spelt on the keypad (all but the first unverified)."""

HIDDEN_WORDS = frozenset(
    {"anonymous", "blocked", "null", "private", "restricted", "unavailable", "unknown", "withheld", "скрытый"}
)

HIDDEN_USERS = HIDDEN_WORDS | KEYPAD_WORDS | {"", "0"}
"""Who stands before the ``@`` in the SIP address of a hidden caller."""

SHORTEST, LONGEST = 10, 15
"""How many digits a client's number has with its country code. Fewer is an extension or a short number."""

RUSSIAN_LENGTH = 11
DOUBLED_PREFIX = "78"
"""Some write both: ``+7 8 916 …``."""

FIRST_DIGITS_WITHOUT_COUNTRY = ("3", "4", "8", "9")
INTERNATIONAL_PREFIXES = ("810", "00")

_SCHEME = re.compile(r"(tel|sips?|client):", re.IGNORECASE)
_EXTENSION = re.compile(r"(?<=[0-9])[\s,.()-]*(?:доб|вн|ext|[xх#*])", re.IGNORECASE)
_NAMED_ADDRESS = re.compile(r"[^<>]*<([^<>]+)>[^<>]*")
"""As SIP and Asterisk write who calls: ``"Anna" <sip:79161234567@example.ru>``."""

_NEXT_NUMBER = re.compile(r"[,;/]")


def normalise(text: str, *, typed: bool) -> str | None:
    """The E.164 form of a client's number, or None if the text names no client.

    None stands for hidden callers, staff (SIP addresses with a name), extensions and short numbers,
    and for whatever cannot be a number. Of several numbers the first is taken, and never its extension.

    Args:
        text: as a provider sent it or a person typed it; ``tel:`` and ``sip:`` addresses are fine.
        typed: True for what a person typed: there ``+8 916 …`` means ``+7 916 …``, while a provider
            that sends ``+8…`` means another country.
    """
    address = _address(text)
    if address is None:
        return None
    number = _EXTENSION.split(address)[0]
    return _e164(number, typed=typed) or _e164(_NEXT_NUMBER.split(number)[0], typed=typed)


def is_staff(text: str) -> bool:
    """Whether the text is the SIP address of an employee: a name or an extension, not an outside number."""
    bare = _bare(text)
    scheme = _SCHEME.match(bare)
    if scheme is None or scheme[1].lower() == "tel":
        return False
    user = bare[scheme.end() :].split("@")[0].lower().removeprefix("+")
    return user not in HIDDEN_USERS and normalise(text, typed=False) is None


def readable(e164: str) -> str:
    """The number as people write it, in the international format: ``+7 916 123-45-67``.

    A text that is no number in E.164 comes back unchanged.
    """
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _bare(text: str) -> str:
    """The address alone, without the name that stands before it; an encoded plus is a plus."""
    named = _NAMED_ADDRESS.fullmatch(text)
    return (named[1] if named else text).strip().replace("%2B", "+")


def _address(text: str) -> str | None:
    """The text without scheme, host and parameters; None if it is the address of a person, no number."""
    stripped = _bare(text)
    scheme = _SCHEME.match(stripped)
    if scheme:
        stripped = stripped[scheme.end() :].split(";")[0]
    user, at, _ = stripped.partition("@")
    is_named = (at or (scheme and scheme[1].lower() != "tel")) and not re.fullmatch(r"\+?[0-9]+", user)
    return None if is_named else user


def _e164(number: str, *, typed: bool) -> str | None:
    digits = re.sub(r"[^0-9]", "", number)
    has_plus = re.match(r"[^0-9]*\+", number) is not None
    international = digits if has_plus else _with_country(digits)
    if KEYPAD_WORDS & {digits, international}:
        return None
    if typed:
        international = _as_meant(international)
    return f"+{international}" if _is_possible(international) else None


def _as_meant(international: str) -> str:
    """What a person means who writes +8, or +7 8, for a Russian number."""
    if len(international) == RUSSIAN_LENGTH and international.startswith("8"):
        return "7" + international[1:]
    if len(international) == RUSSIAN_LENGTH + 1 and international.startswith(DOUBLED_PREFIX):
        return "7" + international[2:]
    return international


def _with_country(digits: str) -> str:
    """Put the country code in front of what came without a plus; empty if it names no client."""
    if len(digits) == RUSSIAN_LENGTH and digits.startswith("8"):
        return "7" + digits[1:]
    if len(digits) == RUSSIAN_LENGTH - 1:
        return "7" + digits if digits.startswith(FIRST_DIGITS_WITHOUT_COUNTRY) else ""
    prefix = next((prefix for prefix in INTERNATIONAL_PREFIXES if digits.startswith(prefix)), "")
    return digits.removeprefix(prefix)


def _is_possible(international: str) -> bool:
    if not SHORTEST <= len(international) <= LONGEST:
        return False
    if international.startswith("7") and len(international) != RUSSIAN_LENGTH:
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse("+" + international))
    except phonenumbers.NumberParseException:
        return False
