"""What call tracking systems have in common: where a caller came from, and ways to say "nothing"."""

import re

from chalicelib.events import Attribution, CallTracked
from chalicelib.providers.reading import Reading, Secrets, SourceSettings

LONGEST = 2000
"""Characters. An address or a keyword that is longer is cut: no manager reads on."""

NOTHING_TRACKED = "nothing-tracked"
"""The note about a call of which tracking knows nothing."""

_NOTHING = re.compile(
    r".*[{}].*|\(not set\)|\(none\)|\(not provided\)|<не указано>|<не заполнено>|offline|null|undefined",
    re.IGNORECASE | re.DOTALL,
)
"""A macro that nobody filled in, such as ``{keyword}``, and what several systems say for an absent value."""


class TrackingSettings(SourceSettings):
    """What a source can set whose calls come as webhooks.

    Attributes:
        token: our own secret in the URL; a list while it is being replaced.
        tells_calls: whether missed and answered calls come from here; False if telephony tells them itself.
    """

    token: Secrets
    tells_calls: bool = False


def first_filled(*values: str) -> str:
    """The first value that says something; empty if none does."""
    return next((value.strip()[:LONGEST] for value in values if says_something(value)), "")


def says_something(value: str) -> bool:
    """False of an empty text, of a macro that nobody filled in, and of a word for "unknown"."""
    return bool(value.strip()) and _NOTHING.fullmatch(value.strip()) is None


def visitor_ids(**ids: str) -> tuple[tuple[str, str], ...]:
    """The visitor's ids by system, without those that say nothing."""
    return tuple((system, filled) for system, value in ids.items() if (filled := first_filled(value)))


def tracked(call: CallTracked) -> Reading:
    """What is known of the caller; a note if that is nothing."""
    says_something = call.attribution != Attribution() or call.landing_page or call.referrer
    return Reading((call,)) if says_something or call.visitor_ids else Reading(note=NOTHING_TRACKED)
