"""Lead ads of Facebook and Instagram at the door: Meta's signature, and which leads a webhook names.

It names ids only; ``poll.py`` asks for the leads. Facts are from Meta's "Webhooks for Leads".
"""

import re
from collections.abc import Mapping

from chalicelib.gate.form import Unparsable
from chalicelib.gate.meta_signature import MetaProvider, changes, mappings
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, fingerprint
from chalicelib.gate.webhook import Webhook

FIELD = "leadgen"

_ID = re.compile(r"[0-9]{1,40}", re.ASCII)


class Facebook(MetaProvider):
    """Announcements of leads; whatever else happens on a page is forgotten."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Tell announcements apart by the leads that they name."""
        del source
        try:
            ids = sorted(announced(webhook.body))
        except Unparsable:
            return content_ticket(webhook)
        if not ids:
            return None
        return Ticket(f"leadgen:{ids[0]}" if len(ids) == 1 else f"several:{fingerprint(*ids)}")


def announced(body: bytes) -> dict[str, Mapping[str, object]]:
    """What a webhook says of each lead that it names, by the lead's id.

    Raises:
        Unparsable: it is not what Meta documents.
    """
    return {_id(value.get("leadgen_id")): value for value in mappings(changes(body, FIELD))}


def _id(value: object) -> str:
    """An id, which becomes a part of an address."""
    text = str(value)
    if not _ID.fullmatch(text):
        raise Unparsable("unexpected-content")
    return text


GATE = Facebook()
