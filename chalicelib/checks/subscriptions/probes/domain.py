"""When a domain's registration ends, by RDAP: RFC 9082 (queries), 9083 (answers), 9224 (whom to ask).

Not each registry is in IANA's list, and not each one tells the date; .ru was not in it in February 2026
(unverified). Then ``rdap`` names the service, or ``expires`` the day.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from chalicelib.checks.subscriptions.probes.port import End, ask
from chalicelib.checks.subscriptions.settings import Domain
from chalicelib.errors import Refused

SERVICES = "https://data.iana.org/rdap/dns.json"
HEADERS = {"accept": "application/rdap+json, application/json"}
EXPIRATIONS = frozenset({"expiration", "registrar expiration"})
"""By the registry's books, and by the registrar's. A registry may renew by itself what nobody has paid."""


def look(subscription: Domain, http: httpx.Client) -> End:
    """Ask the registry.

    Raises:
        Unreachable: it does not answer.
        Refused: nobody knows whom to ask, it does not know the domain, or does not tell the date.
    """
    base = subscription.rdap or _service(subscription.domain, http)
    url = f"{base.rstrip('/')}/domain/{subscription.domain}"
    answer = ask(http, "GET", url, headers=HEADERS, follow_redirects=True)
    ends = list(_expirations(answer))
    if not ends:
        raise Refused("probe-refused", "the registry does not tell when it ends; write expires instead")
    return End(min(ends))


def _service(domain: str, http: httpx.Client) -> str:
    """The base URL for the longest part of the name that IANA's list has."""
    answer = ask(http, "GET", SERVICES, headers=HEADERS, follow_redirects=True)
    services = {str(name).lower(): urls for names, urls in _pairs(answer.get("services")) for name in names}
    labels = domain.split(".")
    for first in range(len(labels)):
        secure = [
            url for url in services.get(".".join(labels[first:]), ()) if str(url).startswith("https://")
        ]
        if secure:
            return str(secure[0])
    raise Refused("probe-refused", f"IANA's list has no RDAP service for .{labels[-1]}; set rdap or expires")


def _pairs(services: object) -> Iterator[tuple[list[Any], list[Any]]]:
    for service in services if isinstance(services, list) else ():
        match service:
            case [list(names), list(urls), *_]:
                yield names, urls


def _expirations(answer: Mapping[str, Any]) -> Iterator[datetime]:
    events = answer.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, Mapping) and str(event.get("eventAction")).lower() in EXPIRATIONS:
            moment = _moment(str(event.get("eventDate")))
            if moment is not None:
                yield moment


def _moment(text: str) -> datetime | None:
    """RFC 3339; one without offset is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
