"""SMS.ru at the door: a hash over up to 100 receipts, and the plain answer ``100``.

Facts: a public copy of SMS.ru's API page.
"""

import re
from collections.abc import Mapping
from hashlib import sha256

from chalicelib.gate.form import Unparsable, form_fields
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket, same_secret
from chalicelib.gate.tickets import fingerprint
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.smsru.entries import CALL_CHECK

ENTRY = re.compile(r"data\[(\d{1,3})\]")


class SmsRu(GateProvider):
    """A form with ``data[0]``, ``data[1]``, … and ``hash``."""

    accepted = Reply(200, "100")

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the hash, which covers the account's ``api_id`` and all entries.

        Raises:
            Forged: ``unsigned``, ``too-many-fields`` or ``wrong-hash``; always 403.
        """
        try:
            fields = form_fields(webhook.body)
        except Unparsable as error:
            raise Forged(str(error)) from None
        given, data = fields.get("hash", b""), entries_of(fields)
        if not given or not data:
            raise Forged("unsigned")
        valid = tuple(signature(data, api_id) for api_id in source.values("api_id"))
        if not same_secret(given.decode("latin-1").lower(), valid):
            raise Forged("wrong-hash")
        return webhook

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """One for all entries of a request, in whatever order. News of messages has no group."""
        del source
        entries = sorted(entry.strip() for entry in entries_of(form_fields(webhook.body)))
        if all(entry.startswith(CALL_CHECK) for entry in entries):
            return None
        return Ticket("receipts:" + fingerprint(*(b"\n".join(entry.split()) for entry in entries)))


def entries_of(fields: Mapping[str, bytes]) -> list[bytes]:
    """The entries in the order of their numbers."""
    numbers = ((ENTRY.fullmatch(name), value) for name, value in fields.items())
    return [value for _, value in sorted((int(match[1]), value) for match, value in numbers if match)]


def signature(entries: list[bytes], api_id: str) -> str:
    """SMS.ru's ``hash``: a plain SHA-256 over the ``api_id`` and each entry as it was sent."""
    return sha256(api_id.encode() + b"".join(entries)).hexdigest()


GATE = SmsRu()
