"""Where a visitor of a page came from: the parameters of links, click ids, cookies and the referrer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from chalicelib.events import Attribution
from chalicelib.providers.tracking import first_filled

PARAMETERS = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "campaign",
    "utm_term": "keyword",
    "utm_content": "content",
}
"""Our name for each of the parameters that advertisements put into a link."""

CLICK_IDS = {
    "yclid": ("yandex", "cpc"),
    "gclid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "rb_clickid": ("vk", "cpc"),
    "fbclid": ("facebook", "social"),
}
"""Which source and medium a click id means where a link has no parameters. Facebook adds its own to every
link, advertised or not. Parameters of the cabinets' own documentation; ``rb_clickid`` is VK's (unverified).
"""

YANDEX_COOKIE = "_ym_uid"
GOOGLE_COOKIE = "_ga"
SEARCH_ENGINES = {
    "yandex": "yandex",
    "ya": "yandex",
    "google": "google",
    "bing": "bing",
    "duckduckgo": "duckduckgo",
}
"""By a label of the host: ``yandex.ru`` and ``www.yandex.by`` are one. ``go.mail.ru`` is looked at apart."""


class Origin(NamedTuple):
    """Where a visitor came from. The fields are those of :class:`chalicelib.events.LeadSubmitted`."""

    attribution: Attribution = Attribution()
    landing_page: str = ""
    referrer: str = ""
    visitor_ids: tuple[tuple[str, str], ...] = ()


def origin(
    places: Sequence[Mapping[str, str]], *, landing_page: str = "", referrer: str = "", cookies: str = ""
) -> Origin:
    """Read it from the places in their order, else from the page's address and the referrer.

    What a link says wins over a click id, and a click id over the referrer.

    Args:
        places: where parameters may stand, by lower-case name: a form's fields, a page builder's cookie.
        landing_page: the address of the page with the form.
        referrer: from which page the visitor came.
        cookies: the visitor's, as a ``Cookie`` header has them.
    """
    everywhere = (*places, query_of(landing_page))
    ids = _visitor_ids(everywhere, cookies_of(cookies))
    named = {ours: _first(everywhere, parameter) for parameter, ours in PARAMETERS.items()}
    attribution = Attribution(**named)
    if not attribution.source:
        source, medium = _by_click(everywhere) or _by_referrer(referrer, landing_page)
        attribution = attribution.model_copy(
            update={"source": source, "medium": attribution.medium or medium}
        )
    return Origin(attribution, first_filled(landing_page), first_filled(referrer), ids)


def query_of(address: str) -> dict[str, str]:
    """The parameters of an address, by lower-case name."""
    query = address.partition("?")[2].partition("#")[0]
    return {name.lower(): value for name, value in parse_qsl(query, errors="replace")}


def cookies_of(text: str) -> dict[str, str]:
    """The cookies of a ``Cookie`` header, decoded; of a repeated one the first."""
    pairs = [cookie.strip().partition("=") for cookie in text.split(";")]
    return {name: unquote(value) for name, _, value in reversed(pairs) if name}


def _visitor_ids(
    places: Sequence[Mapping[str, str]], cookies: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    ids = {
        "yandex": first_filled(_first(places, YANDEX_COOKIE), cookies.get(YANDEX_COOKIE, "")),
        "google": _google_client(first_filled(_first(places, GOOGLE_COOKIE), cookies.get(GOOGLE_COOKIE, ""))),
        **{name: _first(places, name) for name in CLICK_IDS},
    }
    return tuple((system, value) for system, value in ids.items() if value)


def _google_client(cookie: str) -> str:
    """Google's ``client_id``: the last two parts of ``GA1.1.123.456``."""
    return ".".join(cookie.split(".")[-2:])


def _first(places: Sequence[Mapping[str, str]], name: str) -> str:
    """The first value that says something: a macro that nobody filled in, ``{keyword}``, does not."""
    return first_filled(*(place.get(name, "") for place in places))


def _by_click(places: Sequence[Mapping[str, str]]) -> tuple[str, str] | None:
    return next((meaning for name, meaning in CLICK_IDS.items() if _first(places, name)), None)


def _by_referrer(referrer: str, landing_page: str) -> tuple[str, str]:
    """A search engine, or another site's host; nothing if the visitor came from a page of this very site."""
    host = _host(referrer)
    if not host or host == _host(landing_page):
        return "", ""
    if host == "go.mail.ru":
        return "mail.ru", "organic"
    engine = next((SEARCH_ENGINES[label] for label in host.split(".")[:-1] if label in SEARCH_ENGINES), "")
    return (engine, "organic") if engine else (host, "referral")


def _host(address: str) -> str:
    try:
        return (urlsplit(address.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
