"""The tickets of Russian Post: what we remember of them, and what is sent to get them and their answers."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

import httpx
from pydantic import AwareDatetime, Field

from chalicelib.errors import Refused, Unreachable
from chalicelib.memory import Memory
from chalicelib.providers.russianpost.read import SOONEST_ANSWER, Settings
from chalicelib.providers.soap import asked, envelope, text_of

NAMESPACES = {
    "pos": "http://fclient.russianpost.org/postserver",
    "fcl": "http://fclient.russianpost.org",
}
LONGEST_TICKET = 200
WAIT = SOONEST_ANSWER + timedelta(minutes=3)
"""Reckoned from the beginning of a round, which takes its time."""

WRONG_PASSWORD = "3"  # noqa: S105 -- the code of an error
NOT_READY = frozenset({"6", "16"})
"""The answer is not ready yet, or they have trouble of their own: either is over some time."""

EXPIRED = "17"
BARCODE = re.compile(r"[0-9]{14}|[A-Z]{2}[0-9]{9}[A-Z]{2}")


class Ticket(Memory):
    """A ticket whose answer we await.

    Attributes:
        given_at: when it was given.
        ask_at: when we may ask for its answer at the earliest.
        parcels: each parcel's order number, by the track number that the CRM has.
    """

    value: str
    given_at: AwareDatetime
    ask_at: AwareDatetime
    parcels: Mapping[str, str]


class Tickets(Memory):
    """What the poller remembers.

    Attributes:
        given_at: when the last one was given; None if none ever was.
        awaited: those without an answer yet.
        in_vain: how many in a row never got one.
    """

    given_at: AwareDatetime | None = None
    awaited: tuple[Ticket, ...] = ()
    in_vain: int = Field(default=0, ge=0)

    def with_new(self, value: str, parcels: Mapping[str, str], now: datetime) -> "Tickets":
        """After one was given."""
        ticket = Ticket(value=value, given_at=now, ask_at=now + WAIT, parcels=parcels)
        return self.model_copy(update={"given_at": now, "awaited": (*self.awaited, ticket)})

    def without(self, ticket: Ticket, in_vain: int) -> "Tickets":
        """After one is done with."""
        left = tuple(other for other in self.awaited if other.value != ticket.value)
        return self.model_copy(update={"awaited": left, "in_vain": in_vain})

    def postponed(self, ticket: Ticket, now: datetime) -> "Tickets":
        """After its answer was not ready."""
        later = ticket.model_copy(update={"ask_at": now + WAIT})
        return self.model_copy(
            update={"awaited": tuple(later if each.value == ticket.value else each for each in self.awaited)}
        )


def barcode_of(track_number: str) -> str:
    """A track number as the Post writes it; empty if it is none of theirs.

    One that is too long would make them refuse the whole ticket.
    """
    barcode = "".join(track_number.split()).upper()
    return barcode if BARCODE.fullmatch(barcode) else ""


class Office:
    """Sends the requests of one source."""

    def __init__(self, settings: Settings, http: httpx.Client) -> None:
        """Ask with this login."""
        self._http = http
        self._url = settings.api_url
        self._access = (
            f"<login>{text_of(settings.login.get_secret_value())}</login>"
            f"<password>{text_of(settings.password.get_secret_value())}</password>"
        )

    def ticket(self, barcodes: Iterable[str]) -> str:
        """A new ticket for these parcels.

        Raises:
            Unreachable: as ``asked`` raises, or the answer is not what is documented.
            Refused: they refuse.
        """
        items = "".join(f'<fcl:Item Barcode="{barcode}"/>' for barcode in barcodes)
        body = (
            f"<pos:ticketRequest><request>{items}</request>{self._access}"
            "<language>RUS</language></pos:ticketRequest>"
        )
        for element in asked(self._http, self._url, envelope(body, **NAMESPACES), {"value", "error"}):
            value = (element.text or "").strip()
            if element.tag == "error":
                raise refusal(element.get("ErrorTypeID", ""))
            if 0 < len(value) <= LONGEST_TICKET:
                return value
        raise Unreachable("source-unreachable", "it answers without a ticket")

    def answer(self, ticket: Ticket) -> Iterator[Element]:
        """The answer to a ticket: an ``Item`` for each parcel, or an ``error``.

        Raises:
            Unreachable: as ``asked`` raises.
            Refused: likewise.
        """
        body = (
            f"<pos:answerByTicketRequest><ticket>{text_of(ticket.value)}</ticket>{self._access}"
            "</pos:answerByTicketRequest>"
        )
        return asked(self._http, self._url, envelope(body, **NAMESPACES), {"Item", "error"})


def refusal(code: str) -> Refused | Unreachable:
    """What an error of theirs means."""
    if code == WRONG_PASSWORD:
        return Refused("source-refused", "it refuses login or password")
    detail = f"it answers error {code[:5]}" if code.isascii() and code.isdecimal() else "it answers an error"
    if code in NOT_READY:
        return Unreachable("source-unreachable", detail)
    return Refused("source-refused", detail)
