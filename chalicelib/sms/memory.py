"""What we remember of each text message that a gateway has: for whom it was sent, and what became of it."""

from datetime import datetime

from pydantic import AwareDatetime

from chalicelib.events import MessageStatus, Price
from chalicelib.memory import Memory
from chalicelib.sms.port import Standing


class SmsMemory(Memory):
    """One message. Its send and its receipts may become known in any order.

    Attributes:
        entry_id: the journal entry that sent it; empty as long as only a receipt came.
        status: the furthest that we heard of; None before anything was heard.
        code: the gateway's code of what went wrong.
        is_number_wrong: whether no gateway can reach the number.
        is_opted_out: whether its owner wants no messages of ours.
        at: when it got this status.
        price: what the gateway takes for it; None if it has not told.
    """

    entry_id: str = ""
    status: MessageStatus | None = None
    code: str = ""
    is_number_wrong: bool = False
    is_opted_out: bool = False
    at: AwareDatetime | None = None
    price: Price | None = None

    def sent_for(self, entry_id: str, price: Price | None) -> "SmsMemory":
        """Once the gateway has taken it."""
        return self.model_copy(update={"entry_id": entry_id, "price": price or self.price})

    def heard(self, standing: Standing, at: datetime) -> "SmsMemory":
        """With what a gateway told; of something that we knew already, the price alone can be news."""
        price = standing.price or self.price
        if self.status is not None and standing.status.rank <= self.status.rank:
            return self.model_copy(update={"price": price})
        return self.model_copy(
            update={
                "price": price,
                "status": standing.status,
                "code": standing.code,
                "is_number_wrong": standing.is_number_wrong,
                "is_opted_out": standing.is_opted_out,
                "at": at,
            }
        )

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to be expected."""
        return self.status is not None and self.status.is_final

    @property
    def fails_everywhere(self) -> bool:
        """Whether no other gateway is of use, or may be used."""
        return self.is_number_wrong or self.is_opted_out

    @property
    def has_failed(self) -> bool:
        """Whether the client surely does not have it, and won't."""
        return self.status is not None and self.status.is_failure


def sms_key(gateway: str, message_id: str) -> str:
    """The document of a message."""
    return f"sms:{gateway}:{message_id}"
