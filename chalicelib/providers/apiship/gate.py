"""ApiShip at the door: our own token in the URL, for ApiShip signs nothing.

So a webhook is a hint only: ``poll.py`` asks ApiShip for the status before it counts.
"""

from collections.abc import Mapping

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook

HINTS_APART = 600
"""Seconds. A webhook that names an order without its status, as far as we know, is the same within these."""


class ApiShip(UrlTokenProvider):
    """JSON with ``orderInfo`` and, presumably, ``status``."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep each announcement once."""
        del source
        message = json_mapping(webhook.body)
        order_id = order_of(message)
        if order_id is None:
            return content_ticket(webhook)
        told = status_id(message) or f"{order_id}:{int(webhook.received_at.timestamp()) // HINTS_APART}"
        return Ticket(f"announced:{told}", group_of(message))


def order_of(message: object) -> int | None:
    """ApiShip's number of the order that a message is about; None if it names none."""
    number = str(_part(message, "orderInfo").get("orderId"))
    is_number = number.isascii() and number.isdecimal() and len(number) <= len(str(2**63))
    return int(number) if is_number else None


def status_id(message: object) -> str:
    """What makes two statuses the same: order, key and moment; empty if one of them is missing."""
    status = _part(message, "status")
    identity = order_of(message), status.get("key"), status.get("createdProvider") or status.get("created")
    return ":".join(map(str, identity)) if all(map(is_id, identity)) else ""


def group_of(message: object) -> str:
    """Whose order a status keeps: the shop's, else ApiShip's."""
    number = _part(message, "orderInfo").get("clientNumber")
    return f"order:{number}" if number else f"parcel:{order_of(message)}"


def _part(message: object, name: str) -> Mapping[str, object]:
    part = message.get(name) if isinstance(message, Mapping) else None
    return part if isinstance(part, Mapping) else {}


GATE = ApiShip()
