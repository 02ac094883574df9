"""Ask Russian Post about thousands of parcels at once: a ticket for a list of them, its answer later."""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from chalicelib.errors import Unreachable, Unreadable
from chalicelib.gate.tickets import fingerprint
from chalicelib.providers.couriers import Following, parcel_record
from chalicelib.providers.polling import TIMEOUT, Asking, Followed, Record
from chalicelib.providers.reading import LONGEST_IDENTIFIER
from chalicelib.providers.russianpost.history import Step, steps_of
from chalicelib.providers.russianpost.read import Settings, Told
from chalicelib.providers.russianpost.tickets import (
    EXPIRED,
    NOT_READY,
    Office,
    Ticket,
    Tickets,
    barcode_of,
    refusal,
)

PARCELS_A_TICKET = 3000
PARCELS_A_PAGE = 100
PATIENCE = timedelta(hours=4)
"""A ticket that has no answer by then is given up, and its parcels are asked about anew."""


class RussianPost:
    """Asks about the parcels of one source. Implements ``couriers.FollowsParcels``."""

    overlap = timedelta()

    def __init__(self, settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> None:
        """Ask with this login."""
        self.every = settings.every
        self.following = Following.by(settings, PARCELS_A_TICKET)
        self._zone = zone
        self._ticket_every = settings.ticket_every
        http = httpx.Client(timeout=TIMEOUT, transport=transport, follow_redirects=False)
        self._office = Office(settings, http)

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. The answers to earlier tickets first; a new ticket when none is awaited."""
        now = asking.until
        tickets = Tickets.model_validate(asking.recall())
        for ticket in tickets.awaited:
            if ticket.ask_at <= now:
                error = yield from self._told(ticket)
                tickets = _after(tickets, ticket, error, now)
                asking.remember(tickets.content())
        if not tickets.awaited and (tickets.given_at is None or now - tickets.given_at >= self._ticket_every):
            for parcels in asking.parcels():
                barcodes = {barcode_of(parcel.track_number): parcel for parcel in parcels}
                barcodes.pop("", None)
                if barcodes:
                    value = self._office.ticket(barcodes)
                    tickets = tickets.with_new(value, _by_track_number(barcodes), now)
                    asking.remember(tickets.content())
        if tickets.in_vain:
            raise Unreachable("source-unreachable", f"{tickets.in_vain} tickets got no answer for hours")

    def _told(self, ticket: Ticket) -> Generator[list[Record], None, str]:
        """The operations of a ticket's parcels, those of one parcel on one page; returns an error's code."""
        parcels = {barcode_of(track): (track, number) for track, number in ticket.parcels.items()}
        page: list[Record] = []
        items = 0
        for element in self._office.answer(ticket):
            if element.tag == "error":
                return element.get("ErrorTypeID", "")
            barcode = barcode_of(element.get("Barcode", ""))
            track_number, order_number = parcels.get(barcode, (barcode, ""))
            if track_number:
                steps = steps_of(_operations(element), self._zone)
                page += [self._record(track_number, order_number, step) for step in steps]
            items += 1
            if items % PARCELS_A_PAGE == 0:
                yield page
                page = []
        if not items:
            raise Unreachable("source-unreachable", "the answer to a ticket tells of no parcel")
        yield page
        return ""

    def _record(self, track_number: str, order_number: str, step: Step) -> Record:
        told = {
            "track_number": track_number,
            "order_number": order_number,
            "operation": step.operation,
            "place": step.place,
            "after": step.after,
        }
        content = json.dumps(told).encode()
        code: str = fingerprint(content)
        at: datetime | None = None
        with suppress(ValidationError, Unreadable):  # It goes to quarantine.
            read = Told.model_validate(told)
            code, at = f"{read.code}:{read.operation.index}", read.at(self._zone)
        return parcel_record(track_number, code, at, content, order_number)


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> RussianPost:
    """What asks this source."""
    return RussianPost(settings, zone, transport)


def _after(tickets: Tickets, ticket: Ticket, error: str, now: datetime) -> Tickets:
    """What we remember when a ticket was asked about.

    Raises:
        Refused: an error that does not go away.
    """
    if not error:
        return tickets.without(ticket, in_vain=0)
    if error == EXPIRED:
        return tickets.without(ticket, tickets.in_vain)
    if error not in NOT_READY:
        raise refusal(error)
    if now - ticket.given_at >= PATIENCE:
        return tickets.without(ticket, tickets.in_vain + 1)
    return tickets.postponed(ticket, now)


def _by_track_number(barcodes: Mapping[str, Followed]) -> dict[str, str]:
    return {parcel.track_number: parcel.order_number for parcel in barcodes.values()}


def _operations(item: Element) -> list[Mapping[str, str]]:
    return [
        {name: value[: LONGEST_IDENTIFIER + 1] for name, value in operation.attrib.items()}
        for operation in item.iter("Operation")
    ]
