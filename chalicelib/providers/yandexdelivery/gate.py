"""Yandex Delivery at the door: our own token in the URL, for Yandex signs nothing.

Only express deliveries call. The call names a claim and no status: ``claims.py`` asks for it.
"""

import re
from collections.abc import Mapping

from chalicelib.gate.form import Unparsable, form_texts
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook

CALLS_APART = 600
"""Seconds. A call that does not say when the claim changed is the same within these."""

_CLAIM = re.compile(r"[0-9A-Za-z_-]{1,100}", re.ASCII)


class YandexDelivery(UrlTokenProvider):
    """A POST with ``claim_id`` and ``updated_ts`` in the query."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep each change of a claim once."""
        del source
        try:
            fields = fields_of(webhook)
        except Unparsable:
            return content_ticket(webhook)
        claim_id = claim_of(fields)
        if not claim_id:
            return content_ticket(webhook)
        changed = fields.get("updated_ts") or int(webhook.received_at.timestamp()) // CALLS_APART
        return Ticket(f"announced:{claim_id}:{changed}", f"parcel:{claim_id}")


def fields_of(webhook: Webhook) -> Mapping[str, str]:
    """The query's fields; those of a form, if the query names no claim.

    Raises:
        Unparsable: ``too-many-fields`` or ``wrong-encoding``.
    """
    return webhook.query if "claim_id" in webhook.query else form_texts(webhook.body)


def claim_of(fields: Mapping[str, object]) -> str:
    """The claim's id, which becomes a part of an address; empty if there is none."""
    claim_id = str(fields.get("claim_id", ""))
    return claim_id if _CLAIM.fullmatch(claim_id) else ""


GATE = YandexDelivery()
