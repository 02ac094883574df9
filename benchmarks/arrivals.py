"""Did each accepted lead become exactly one order? Joined by the id that the lead was sent with."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from benchmarks import leads
from benchmarks.sending import Sent


@dataclass(frozen=True, slots=True)
class Order:
    """One order in the CRM.

    Attributes:
        external_id: tells the lead.
        phone: the client's, in whatever writing; tells the lead, too.
        made_at: when it was made, seconds since 1970.
    """

    external_id: str
    phone: str
    made_at: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of the leads that were sent.

    Attributes:
        sent: how many were sent.
        accepted: how many were answered with 200. The others may have arrived as well, or not.
        lost: numbers of accepted leads without an order.
        doubled: numbers of leads with more than one order.
        seconds: of each accepted lead with an order, from the moment when it was due to be sent.
    """

    sent: int
    accepted: int
    lost: tuple[int, ...]
    doubled: tuple[int, ...]
    seconds: tuple[float, ...]


def join(sent: Sequence[Sent], orders: Iterable[Order]) -> Arrival:
    """Join leads and orders.

    A lead's orders are all those with its external id or its phone: no client sent more than one lead.
    """
    orders = list(orders)
    made_at = {order.external_id: order.made_at for order in orders}
    of_phone = Counter("+" + "".join(filter(str.isdecimal, order.phone)) for order in orders)
    of_id = Counter(order.external_id for order in orders)
    accepted = [each for each in sent if each.status == HTTPStatus.OK]
    due_at = {leads.external_id(each.number): each.sent_at for each in accepted}
    return Arrival(
        sent=len(sent),
        accepted=len(accepted),
        lost=tuple(each.number for each in accepted if leads.external_id(each.number) not in made_at),
        doubled=tuple(
            each.number
            for each in sent
            if max(of_phone[leads.phone(each.number)], of_id[leads.external_id(each.number)]) > 1
        ),
        seconds=tuple(made_at[name] - due for name, due in due_at.items() if name in made_at),
    )
