"""The shop file's tables ``[messages]``: which text message clients get, and when."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from chalicelib.config_types import Duration, Table, written

TRACK_NUMBER = "{track_number}"
TRACKING = {
    "cdek": "https://www.cdek.ru/ru/tracking?order_id={track_number}",
    "russian-post": "https://www.pochta.ru/tracking#{track_number}",
    "russianpost": "https://www.pochta.ru/tracking#{track_number}",
    "boxberry": "https://boxberry.ru/tracking-page?id={track_number}",
}
"""Where clients follow their parcels. Public integrations build these links; no courier documents them."""


def _has_place(link: str) -> str:
    if TRACK_NUMBER not in link:
        raise ValueError(f"write {TRACK_NUMBER} where the number belongs")
    return link


TrackingLink = Annotated[str, AfterValidator(_has_place)]


class MessageSettings(Table):
    """Which text is sent when. Texts are named as their files: ``arrived`` for ``sms/arrived.txt``.

    A courier is named by its source, its provider, or the CRM's code of the way of delivery.

    Attributes:
        order_statuses: the text for each of these order statuses, by the CRM's code.
        pickup_reminders: the text for steps of the ladder ``stalled_pickup``, sent besides the task.
        not_for: the couriers that send the same themselves, by text.
        tracking: where a parcel of this courier can be followed; added to the built-in ones.
        marketing: the texts that need the client's consent.
        urgent: the texts that may be sent in quiet hours.
        max_segments: a text that has more of them with long sample data is a mistake.
        price_per_segment: what one costs; None if ``leadkeeper check`` shall not tell prices.
    """

    order_statuses: Mapping[str, str] = Field(default_factory=dict)
    pickup_reminders: Mapping[Duration, str] = Field(default_factory=dict)
    not_for: Mapping[str, frozenset[str]] = Field(default_factory=dict)
    tracking: Mapping[str, TrackingLink] = Field(default_factory=dict)
    marketing: frozenset[str] = frozenset({"birthday", "promotion", "bonus_expiry"})
    urgent: frozenset[str] = frozenset()
    max_segments: int = Field(default=4, ge=1)
    price_per_segment: Decimal | None = Field(default=None, ge=0)

    def sent_by_themselves(self) -> Iterator[tuple[str, str]]:
        """Each text that is sent without anybody asking for it, with its key in the shop file."""
        for status, text in self.order_statuses.items():
            yield f"messages.order_statuses.{status}", text
        for step, text in self.pickup_reminders.items():
            yield f"messages.pickup_reminders.{written(step)}", text

    def named_texts(self) -> Iterator[tuple[str, str]]:
        """Each text that the tables name, with its key in the shop file."""
        yield from self.sent_by_themselves()
        for key, texts in (
            ("not_for", self.not_for),
            ("marketing", self.marketing),
            ("urgent", self.urgent),
        ):
            for text in texts:
                yield f"messages.{key}", text

    def unknown_steps(self, steps: frozenset[timedelta]) -> list[timedelta]:
        """Steps with a reminder that are on no ladder."""
        return sorted(self.pickup_reminders.keys() - steps)

    def tracking_link(self, couriers: tuple[str, ...], track_number: str) -> str:
        """Where to follow a parcel; empty if it has no number, or nobody knows the courier's page."""
        links = {**TRACKING, **self.tracking}
        link = next((links[name] for name in couriers if name in links), "")
        return link.replace(TRACK_NUMBER, track_number) if track_number else ""

    def is_couriers_own(self, text: str, couriers: tuple[str, ...]) -> bool:
        """Whether the courier tells the client this itself."""
        return not self.not_for.get(text, frozenset()).isdisjoint(couriers)
