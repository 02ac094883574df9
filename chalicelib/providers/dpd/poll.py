"""Ask DPD for the states that are new since the last ones that we confirmed."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from chalicelib.errors import Unreachable, Unreadable
from chalicelib.gate.tickets import fingerprint
from chalicelib.providers.couriers import parcel_group, parcel_record
from chalicelib.providers.dpd.read import Settings, State
from chalicelib.providers.polling import FOR_EVER, TIMEOUT, Asking, Record
from chalicelib.providers.reading import LONGEST_IDENTIFIER, plausible_moment
from chalicelib.providers.soap import asked, envelope, text_of

NAMESPACE = "http://dpd.ru/ws/tracing/2011-11-18"
MOST_DOCUMENTS = 50
"""A round: what is left comes with the next one."""

KEPT = (
    "clientOrderNr",
    "dpdOrderNr",
    "dpdParcelNr",
    "isReturn",
    "newState",
    "transitionTime",
    "terminalCity",
    "incidentCode",
    "incidentName",
)
"""Who received a parcel is nothing that we need."""

_NUMBER = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Document:
    """An answer to ``getStatesByClient``.

    Attributes:
        number: by which it is confirmed; empty if there is nothing to confirm.
        is_last: False if there are more states.
        states: the elements of each state.
    """

    number: str
    is_last: bool
    states: Sequence[Mapping[str, str]]


class Dpd:
    """Asks for the states of one contract. Implements ``polling.Poller``."""

    overlap = FOR_EVER

    def __init__(self, settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> None:
        """Ask with this key."""
        self.every = settings.every
        self._zone = zone
        self._url = settings.api_url
        self._auth = (
            f"<auth><clientNumber>{text_of(settings.client_number.get_secret_value())}</clientNumber>"
            f"<clientKey>{text_of(settings.client_key.get_secret_value())}</clientKey></auth>"
        )
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport, follow_redirects=False)

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. Whoever only looks sees the first page: without a word of ours it comes again."""
        for _ in range(MOST_DOCUMENTS):
            document = self._document()
            yield [self._record(state) for state in document.states]
            if not document.states or asking.only_looks:
                return
            # The page is durable now. Confirmed, it does not come again.
            self._confirm(document.number)
            if document.is_last:
                return

    def _document(self) -> Document:
        """The states that are new.

        Raises:
            Unreachable: as ``asked`` raises, or the answer is not what is documented.
            Refused: as ``asked`` raises.
        """
        states: list[Mapping[str, str]] = []
        told: dict[str, str] = {}
        for element in self._asked("getStatesByClient", "", {"states", "docId", "resultComplete"}):
            if element.tag == "states":
                states.append(_texts(element))
            else:
                told[element.tag] = (element.text or "").strip()
        number = told.get("docId", "")
        if "resultComplete" not in told or (states and not _NUMBER.fullmatch(number)):
            raise Unreachable("source-unreachable", "the answer is no list of states")
        return Document(number, told["resultComplete"] in {"true", "1"}, states)

    def _confirm(self, number: str) -> None:
        for _ in self._asked("confirm", f"<docId>{number}</docId>", ()):
            pass

    def _asked(self, operation: str, content: str, names: Collection[str]) -> Iterator[Element]:
        body = f"<ns:{operation}><request>{self._auth}{content}</request></ns:{operation}>"
        return asked(self._http, self._url, envelope(body, ns=NAMESPACE), names)

    def _record(self, told: Mapping[str, str]) -> Record:
        content = json.dumps(told).encode()
        try:
            state = State.model_validate(told)
        except ValidationError:  # It goes to quarantine.
            return Record(f"content:{fingerprint(content)}", "", None, content)
        at: datetime | None = None
        with suppress(Unreadable):  # Likewise.
            at = plausible_moment(state.transition_time, self._zone)
        code = state.code if at else fingerprint(content)
        record = parcel_record(state.dpd_parcel or state.shipment, code, at, content)
        return replace(record, group=parcel_group(state.client_order, state.shipment))


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> Dpd:
    """What asks this source."""
    return Dpd(settings, zone, transport)


def _texts(state: Element) -> dict[str, str]:
    """What we keep of a state. What is too long to be true is refused when it is read."""
    found = {element.tag: (element.text or "").strip() for element in state}
    return {name: found[name][: LONGEST_IDENTIFIER + 1] for name in KEPT if found.get(name)}
