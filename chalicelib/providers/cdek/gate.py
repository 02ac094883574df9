"""CDEK at the door: our own token in the URL, for CDEK signs nothing."""

from collections.abc import Mapping

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook

ORDER_STATUS = "ORDER_STATUS"
DELIV_PROBLEM = "DELIV_PROBLEM"
MOMENTS = {ORDER_STATUS: "status_date_time", DELIV_PROBLEM: "create_date"}
"""What we keep, and which of its attributes tells when it was."""

TRUE = frozenset({"true", "1"})


class Cdek(UrlTokenProvider):
    """JSON with ``type``, ``uuid`` and ``attributes``.

    Whatever is authentic gets exactly 200: CDEK deletes a subscription after 24 hours of other answers.
    """

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep statuses and problems only, and whatever does not say what it is."""
        del source
        message = json_mapping(webhook.body)
        kind = message.get("type")
        if not isinstance(kind, str) or not kind:
            return content_ticket(webhook)
        if kind not in MOMENTS:
            return None
        return ticket_of(message) or content_ticket(webhook)


def ticket_of(message: Mapping[str, object]) -> Ticket | None:
    """The ticket of a status or a problem, None if a part of its identity is missing. It has no event id."""
    kind, attributes = message.get("type"), message.get("attributes")
    if not isinstance(attributes, Mapping):
        return None
    identity = (message.get("uuid"), attributes.get("code"), attributes.get(MOMENTS[str(kind)]))
    if not all(map(is_id, identity)):
        return None
    withdrawn = str(attributes.get("deleted")).lower() in TRUE
    return Ticket(
        dedup_id=":".join((str(kind), *map(str, identity), "withdrawn" if withdrawn else "set")),
        group=_parcel_group(attributes),
    )


def _parcel_group(attributes: Mapping[str, object]) -> str:
    if attributes.get("number"):
        return f"order:{attributes['number']}"
    if attributes.get("cdek_number"):
        return f"parcel:{attributes['cdek_number']}"
    return ""


GATE = Cdek()
