"""The part ``messages``: the text messages to clients by text, gateway and state, and what they cost."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.actions import RequestSms, SendSms
from chalicelib.books.part import Part
from chalicelib.entry import Entry, Result, Status
from chalicelib.events import Delivery, MessageStatus, Sms, SmsDue
from chalicelib.sms.segments import segments

CODE = re.compile(r"[a-z][a-z-]{0,40}")
"""How the reasons begin that we write ourselves."""


class MessageState(StrEnum):
    """What became of a text message."""

    DELIVERED = "delivered"
    SENT = "sent"
    """A gateway has it, and nobody has told more."""
    UNDELIVERED = "undelivered"
    """A gateway had it, and the client surely does not have it."""
    WAITING = "waiting"
    """For the client's morning, for later news, or for the gateway."""
    REFUSED = "refused"
    """A gateway would not take it; the next one was asked."""
    NOT_SENT = "not-sent"
    """It was no longer true, or the client does not want it."""
    SET_ASIDE = "set-aside"
    """It could not be sent, or nobody can tell; a person was told."""
    DISCARDED = "discarded"
    """A person decided that it is not sent any more."""
    OBSERVED = "observed"
    """It would have been sent."""


COSTS = frozenset({MessageState.DELIVERED, MessageState.SENT, MessageState.UNDELIVERED})
"""A gateway has taken these, and they are paid for."""


class MessageTally(BaseModel):
    """The messages that have all of this in common.

    Attributes:
        template: the text's name.
        gateway: which one has it; empty if none does.
        reason: the code of why it was not sent; empty if it was.
        count: how many.
        unpriced: the segments of those whose gateway told no price; of what was only observed, too.
        prices: what gateways told, by currency; of one that they do not name by an empty text.
    """

    model_config = ConfigDict(frozen=True)

    template: str
    gateway: str = ""
    state: MessageState
    reason: str = ""
    count: int = 1
    unpriced: int = 0
    prices: Mapping[str, Decimal] = Field(default_factory=dict)

    @property
    def kind(self) -> tuple[str, str, str, str]:
        """What its messages have in common."""
        return self.template, self.gateway, self.state, self.reason

    def plus(self, other: "MessageTally") -> "MessageTally":
        """Both together; they are of one kind."""
        currencies = sorted({*self.prices, *other.prices})
        return self.model_copy(
            update={
                "count": self.count + other.count,
                "unpriced": self.unpriced + other.unpriced,
                "prices": {
                    currency: self.prices.get(currency, Decimal()) + other.prices.get(currency, Decimal())
                    for currency in currencies
                },
            }
        )


class Messages(Part):
    """Each attempt of a gateway counts: a message that one refused and the next one delivered is there twice.

    Attributes:
        tallies: one a kind, in the order of their kinds.
    """

    name: ClassVar[str] = "messages"
    tallies: tuple[MessageTally, ...] = ()

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """See :class:`Part`."""
        return cls(tallies=_together([*_due(entry), *_observed(entry)]))

    def merged(self, other: Self) -> Self:
        """See :class:`Part`."""
        if not self.tallies or not other.tallies:
            return self if self.tallies else other
        return type(self)(tallies=_together([*self.tallies, *other.tallies]))


def _together(tallies: Iterable[MessageTally]) -> tuple[MessageTally, ...]:
    found: dict[tuple[str, str, str, str], MessageTally] = {}
    for tally in tallies:
        found[tally.kind] = found[tally.kind].plus(tally) if tally.kind in found else tally
    return tuple(found[kind] for kind in sorted(found))


def _due(entry: Entry) -> Iterator[MessageTally]:
    """The message that an entry of our own was made for."""
    for event in entry.events:
        if isinstance(event, SmsDue):
            action = next((action for action in entry.plan if isinstance(action, SendSms)), None)
            result = entry.results[0] if action and entry.results else None
            yield _tally(event.sms, entry, action.gateway if action else "", result)


def _observed(entry: Entry) -> Iterator[MessageTally]:
    """What would have been asked for."""
    if entry.status is not Status.OBSERVED:
        return
    for action in entry.plan[len(entry.results) :]:
        if isinstance(action, RequestSms):
            yield _would_cost(action.due.sms)


def _tally(sms: Sms, entry: Entry, gateway: str, result: Result | None) -> MessageTally:
    if result is not None and result.state == "done":
        return _taken(sms, result.delivery or Delivery(gateway=gateway))
    if result is not None:
        was_passed_on = result.reference.startswith("entry ")
        state = MessageState.REFUSED if was_passed_on else MessageState.NOT_SENT
        reason = "" if was_passed_on else _code(result.note)
        return MessageTally(template=sms.template, gateway=gateway, state=state, reason=reason)
    match entry.status:
        case Status.OPEN:
            return MessageTally(template=sms.template, state=MessageState.WAITING)
        case Status.OBSERVED:
            return _would_cost(sms)
        case Status.DISCARDED:
            state = MessageState.DISCARDED
        case Status.PARKED | Status.QUARANTINED:
            state = MessageState.SET_ASIDE
        case _:
            state = MessageState.NOT_SENT
    return MessageTally(template=sms.template, gateway=gateway, state=state, reason=_code(entry.reason))


def _taken(sms: Sms, delivery: Delivery) -> MessageTally:
    """A gateway has it."""
    price = delivery.price
    return MessageTally(
        template=sms.template,
        gateway=delivery.gateway,
        state=_state(delivery.status),
        unpriced=0 if price else segments(sms.text).parts,
        prices={price.currency: price.amount} if price else {},
    )


def _would_cost(sms: Sms) -> MessageTally:
    parts = segments(sms.text).parts
    return MessageTally(template=sms.template, state=MessageState.OBSERVED, unpriced=parts)


def _state(status: MessageStatus | None) -> MessageState:
    if status is None or not status.is_final:
        return MessageState.SENT
    return MessageState.UNDELIVERED if status.is_failure else MessageState.DELIVERED


def _code(reason: str) -> str:
    """The reason without what is said of this very message: there are few of them."""
    found = CODE.match(reason)
    return found[0] if found else "other"
