"""Where a visitor of a Tilda page came from."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from chalicelib.events import Attribution

PARAMETERS = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "campaign",
    "utm_term": "keyword",
    "utm_content": "content",
}
"""Our name for each of the parameters that advertisements put into a link."""

FIRST_VISIT_COOKIE = "TILDAUTM"
PAIR_SEPARATOR = "|||"

_UNFILLED = re.compile(r"\{+[^{}]*\}+|\(not set\)|<не указано>", re.IGNORECASE)


def attribution(fields: Mapping[str, str]) -> Attribution:
    """Read it from hidden fields of the form, else from Tilda's cookie, else from the page's address.

    Args:
        fields: by lower-case name.
    """
    places = (fields, _first_visit(fields.get("cookies", "")), _address_query(fields.get("referer", "")))
    return Attribution(**{ours: _first_filled(places, parameter) for parameter, ours in PARAMETERS.items()})


def _first_filled(places: tuple[Mapping[str, str], ...], parameter: str) -> str:
    """The first usable value. A macro that no advertisement filled in, ``{keyword}``, is none."""
    values = (place.get(parameter, "").strip() for place in places)
    return next((value for value in values if value and not _UNFILLED.fullmatch(value)), "")


def _first_visit(cookies: str) -> dict[str, str]:
    """The query of the visitor's first page, which Tilda's script keeps in a cookie for 30 days.

    The pairs are joined by three bars. A value may hold a single one, as Yandex Direct fills in.
    """
    pairs = (cookie.strip().partition("=") for cookie in cookies.split(";"))
    packed = next((value for name, _, value in pairs if name == FIRST_VISIT_COOKIE), "")
    parameters = (parameter.partition("=") for parameter in unquote(packed).split(PAIR_SEPARATOR))
    return {name.lower(): value for name, _, value in parameters}


def _address_query(address: str) -> dict[str, str]:
    query = address.partition("?")[2].partition("#")[0]
    return {name.lower(): value for name, value in parse_qsl(query)}
