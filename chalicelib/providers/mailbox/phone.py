"""The phone that a letter names."""

import re
from collections.abc import Collection

from phonenumbers import Leniency, PhoneNumberMatcher

from chalicelib.phones import normalise

REGION = "RU"
LOOKED_AT = 20
"""Characters before a number that tell what it is."""

_NO_PHONE = re.compile(
    r"(?:инн|кпп|огрн|огрнип|бик|окпо|снилс|сч[её]т|р/с|к/с|заказ\w*|договор\w*|артикул\w*|№)[\s:№#/.-]*\Z",
    re.IGNORECASE,
)


def only_phone(text: str, own: Collection[str]) -> str | None:
    """The only phone in a text that is not one of ``own`` (E.164); None if there is none, or several."""
    found = {
        phone
        for match in PhoneNumberMatcher(text, REGION, leniency=Leniency.VALID)
        if not _NO_PHONE.search(text[max(0, match.start - LOOKED_AT) : match.start])
        and (phone := normalise(match.raw_string, typed=True))
    }
    found -= set(own)
    return found.pop() if len(found) == 1 else None
