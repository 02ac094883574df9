"""Calltouch at the door: our own token in the URL, for Calltouch signs nothing."""

from collections.abc import Mapping

from chalicelib.gate.form import Unparsable, form_texts, json_value
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id, phone_group
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook

ID_NAMES = ("id", "callid", "call_id")
PHONE_NAMES = ("callerphone", "callernumber", "caller_phone")


class Calltouch(UrlTokenProvider):
    """Fields in the query of a GET, or in the form or JSON of a POST, as the shop owner chose."""

    methods = frozenset({"GET", "POST"})

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """A call is told when it begins, when it ends, or both: each of these once."""
        del source
        if not webhook.body and not webhook.query:
            return None  # Somebody has opened the URL.
        try:
            fields = call_fields(webhook, undecodable="replace")
        except Unparsable:
            return content_ticket(webhook)
        call_id = call_id_of(fields)
        if not is_id(call_id):
            return content_ticket(webhook)
        moment = "end" if fields.get("status") else "start"
        return Ticket(f"{moment}:{call_id}", phone_group(_first(fields, PHONE_NAMES)))


def call_fields(webhook: Webhook, undecodable: str = "strict") -> dict[str, object]:
    """The fields by name in lower case, wherever they stand.

    Args:
        webhook: as the gate let it in.
        undecodable: what to do with bytes in a form that are no UTF-8, as for ``bytes.decode``.

    Raises:
        Unparsable: ``wrong-encoding``, ``broken-json``, ``too-many-fields`` or ``unexpected-content``.
    """
    fields = {**webhook.query, **_body_fields(webhook.body, undecodable)}
    return {name.lower(): value for name, value in fields.items()}


def _body_fields(body: bytes, undecodable: str) -> Mapping[str, object]:
    if body.lstrip()[:1] in {b"{", b"["}:
        value = json_value(body)
        if not isinstance(value, Mapping):
            raise Unparsable("unexpected-content")
        return value
    return form_texts(body, undecodable)


def call_id_of(fields: Mapping[str, object]) -> object:
    """The call's id as it was sent; None if there is none."""
    return _first(fields, ID_NAMES)


def _first(fields: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((fields[name] for name in names if is_id(fields.get(name))), None)


GATE = Calltouch()
