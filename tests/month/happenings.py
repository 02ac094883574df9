"""What happens around the shop, as plain data: it is played, and it is reckoned what must follow.

Orders are named by the external id that they must get: of a form ``lead-tilda-{id}``, of a missed call
``call-mango-{id}``, of a message ``message-telegram-{id}``; what managers make by hand has one of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens at this moment; of a webhook, the moment at which it is delivered."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Form(Happening):
    """A client sends a form; phone and e-mail address as they typed them."""

    id: str
    form: str
    phone: str
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Missed(Happening):
    """A client (E.164) called and nobody answered."""

    id: str
    phone: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Talked(Happening):
    """Somebody of the shop called a client (E.164) and talked to them for a minute, which is over now."""

    id: str
    phone: str


@dataclass(frozen=True, slots=True)
class Wrote(Happening):
    """A client wrote to the shop's bot."""

    number: int
    chat: int
    name: str
    text: str
    happened_at: datetime

    @property
    def id(self) -> str:
        """As it stands in an external id."""
        return f"{self.chat}:{self.number}"


@dataclass(frozen=True, slots=True)
class Made(Happening):
    """A manager makes an order by hand, as after a call."""

    order: str
    user: int
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CardMade(Happening):
    """A manager makes a card for a client (E.164), who may have one."""

    user: int
    phone: str
    name: str


@dataclass(frozen=True, slots=True)
class Edited(Happening):
    """A manager changes an order in the CRM's own pages; the CRM's trigger may tell us at once."""

    order: str
    user: int
    fields: Mapping[str, Any]
    triggers: int = 0
    """How often the trigger comes."""


@dataclass(frozen=True, slots=True)
class TriggeredLate(Happening):
    """The CRM's trigger tells of a status long after the order got it: nothing must follow."""

    order: str
    status: str


@dataclass(frozen=True, slots=True)
class Told(Happening):
    """CDEK tells what happened to an order's parcel some time before."""

    order: str
    code: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Touched(Happening):
    """A manager does something to our open task of this kind about an order, if there is one.

    Attributes:
        how: ``complete``, ``hand on`` or ``reword``.
    """

    order: str
    kind: str
    user: int
    how: str


@dataclass(frozen=True, slots=True)
class Produced(Happening):
    """The workshop's own system tells something of an order.

    Attributes:
        kind: ``question``, ``comment``, ``promised`` or ``ready``.
        day: by whose end it promises the order.
    """

    order: str
    id: str
    kind: str
    text: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Answered(Happening):
    """A manager answers the workshop: in the order's ``field``, or with the ``task``."""

    order: str
    user: int
    text: str
    way: str


@dataclass(frozen=True, slots=True)
class Outage(Happening):
    """The CRM is away until then."""

    until: datetime
