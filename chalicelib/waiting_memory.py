"""The list of parcels that wait at a pickup point, as the check ``waiting-parcels`` saw them last.

It is kept in documents of its own, so that who looks at it asks the CRM for nothing. There are neither phones
nor names in it.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from pydantic import AwareDatetime

from chalicelib.changing import replace_document
from chalicelib.engine.port import Documents
from chalicelib.memory import Memory

HEAD = "waiting-parcels"
"""The document of :class:`WaitingHead`."""

MOST_IN_A_PAGE = 400
"""About 110 KB. DynamoDB takes 400 KB, and a page in which nothing has changed is not written again."""

LONGEST_TEXT = 60
"""Characters of what people or couriers write."""


class WaitingParcel(Memory):
    """An order whose parcel waits at its pickup point.

    Attributes:
        since: since when it waits.
        is_couriers_time: True if the courier told that, False if it is that of the order's status.
        courier: the source that told of it, else the CRM's code of the way of delivery; empty if unknown.
        city: where it is delivered; empty if unknown.
        manager_id: the order's manager in the CRM.
        step: the highest step of its ladder that is due; None for none yet.
        told: the highest step for which a manager has a task of ours; zero for none.
        next_at: when the next step is due; None after the last one.
        keep_until: until when it is kept there, if known.
        is_estimate: True if that is reckoned from the shop's own word, not the courier's.
        to_pay: what the client still has to pay.
    """

    order_id: int
    order_number: str
    since: AwareDatetime
    is_couriers_time: bool = False
    courier: str = ""
    city: str = ""
    manager_id: int | None = None
    step: timedelta | None = None
    told: timedelta = timedelta()
    next_at: AwareDatetime | None = None
    keep_until: AwareDatetime | None = None
    is_estimate: bool = False
    to_pay: Decimal = Decimal(0)


class WaitingHead(Memory):
    """How much waits.

    Attributes:
        looked_at: when the check saw it; None before its first look.
        pages: how many documents the list has.
        stalled: how many have waited for a step of their ladder.
    """

    looked_at: AwareDatetime | None = None
    pages: int = 0
    count: int = 0
    stalled: int = 0


class _Page(Memory):
    """A part of the list."""

    parcels: tuple[WaitingParcel, ...] = ()


def keep_waiting(documents: Documents, parcels: Sequence[WaitingParcel], looked_at: AwareDatetime) -> None:
    """Keep the list, who waits longest first, in the place of the one before.

    A page is written only if it has changed. The head comes last: after a crash in between, the list is mixed
    of both until the next look.
    """
    ordered = sorted(parcels, key=lambda parcel: (parcel.since, parcel.order_id))
    pages = [ordered[first : first + MOST_IN_A_PAGE] for first in range(0, len(ordered), MOST_IN_A_PAGE)]
    before = read_head(documents)
    for number in range(max(len(pages), before.pages)):
        page = _Page(parcels=tuple(pages[number]) if number < len(pages) else ())
        replace_document(documents, _page_key(number), page.content())
    head = WaitingHead(
        looked_at=looked_at,
        pages=len(pages),
        count=len(ordered),
        stalled=sum(parcel.step is not None for parcel in ordered),
    )
    replace_document(documents, HEAD, head.content())


def read_head(documents: Documents) -> WaitingHead:
    """How much waits: one read."""
    return WaitingHead.model_validate(documents.get(HEAD).content)


def read_waiting(documents: Documents, head: WaitingHead) -> list[WaitingParcel]:
    """The list, who waits longest first: one read for each 100 pages, which is 40,000 parcels."""
    keys = [_page_key(number) for number in range(head.pages)]
    found = documents.get_many(keys) if keys else {}
    return [parcel for key in keys for parcel in _Page.model_validate(found[key].content).parcels]


def _page_key(number: int) -> str:
    return f"{HEAD}:{number}"
