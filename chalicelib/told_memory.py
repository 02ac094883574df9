"""What we remember of the text messages that a client got about an order, or about none."""

from datetime import datetime

from pydantic import AwareDatetime

from chalicelib.events import ParcelStillAt, Sms
from chalicelib.memory import Memory


class Told(Memory):
    """A message that was sent.

    Attributes:
        template: which text it was.
        parcel: the key of the parcel that it was about; empty if it was about the whole order.
    """

    template: str
    at: AwareDatetime
    parcel: str = ""


class ToldMemory(Memory):
    """The messages about one order, or to one client about none; oldest first."""

    told: tuple[Told, ...] = ()

    @property
    def templates(self) -> tuple[str, ...]:
        """Which texts were sent, oldest first."""
        return tuple(told.template for told in self.told)

    def has(self, sms: Sms) -> bool:
        """Whether the client got this text already, as far as the message minds.

        Two parcels of an order may arrive one after the other; the order itself does so once.
        """
        parcel, since = _parcel(sms), sms.not_if_told_since
        return any(
            told.template == sms.template
            and (since is None or told.at >= since)
            and (not parcel or told.parcel in {"", parcel})
            for told in self.told
        )

    def with_sent(self, sms: Sms, now: datetime) -> "ToldMemory":
        """Once the message is sent."""
        told = Told(template=sms.template, at=now, parcel=_parcel(sms))
        return self.model_copy(update={"told": (*self.told, told)})


def told_about_order(order_id: int) -> str:
    """The document of an order."""
    return f"told:order:{order_id}"


def told_to_customer(customer_id: int) -> str:
    """The document of what a client got about no order."""
    return f"told:customer:{customer_id}"


def _parcel(sms: Sms) -> str:
    return sms.only_if.parcel_key if isinstance(sms.only_if, ParcelStillAt) else ""
