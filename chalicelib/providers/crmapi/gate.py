"""The crmapi family at the door: our own token in the body, and which of its commands are kept."""

import json
from collections.abc import Mapping
from dataclasses import replace

from chalicelib.gate.form import Unparsable, form_texts, json_value, without_form_fields
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket, same_secret
from chalicelib.gate.tickets import content_ticket, is_id, phone_group
from chalicelib.gate.webhook import Webhook

HISTORY = "history"
TOKEN = "crm_token"  # noqa: S105 -- the name of the field
ANSWERED = "success"


class CrmApi(GateProvider):
    """A form, or a JSON object with the same names; ``cmd`` says what it is about."""

    # To "contact", who is calling, it means: nobody we know.
    accepted = Reply(200, "{}", "application/json")

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the token in the body.

        Raises:
            Forged: ``too-many-fields``, ``no-token`` or ``wrong-token``; always 401, as the platform expects.
        """
        try:
            token = call_fields(webhook.body, "replace").get(TOKEN)
        except Unparsable as error:
            raise Forged(str(error), 401) from None
        if not isinstance(token, str) or not token:
            raise Forged("no-token", 401)
        if not same_secret(token, source.values("token")):
            raise Forged("wrong-token", 401)
        return replace(webhook, body=_without_token(webhook.body))

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep the history of a call only: all else is about one employee's leg of it."""
        del source
        fields = call_fields(webhook.body, "replace")
        command, call = fields.get("cmd"), fields.get("callid")
        if isinstance(command, str) and command and command != HISTORY:
            return None
        if not command or not is_id(call):
            return content_ticket(webhook)
        outcome = "answered" if is_answered(fields.get("status")) else "unanswered"
        return Ticket(f"{outcome}:{call}", phone_group(fields.get("phone")))


def call_fields(body: bytes, undecodable: str = "strict") -> Mapping[str, object]:
    """The fields of a form or of a JSON object, whichever the body is.

    Args:
        body: as it came.
        undecodable: what to do with bytes in a form that are no UTF-8, as for ``bytes.decode``.

    Raises:
        Unparsable: ``too-many-fields`` or ``wrong-encoding``.
    """
    content = _json_object(body)
    return form_texts(body, undecodable) if content is None else content


def is_answered(status: object) -> bool:
    """Whether somebody talked; the platform writes its statuses in any case."""
    return str(status).strip().lower() == ANSWERED


def _json_object(body: bytes) -> dict[str, object] | None:
    if not body.lstrip().startswith(b"{"):
        return None
    try:
        value = json_value(body)
    except Unparsable:
        return None
    return value if isinstance(value, dict) else None


def _without_token(body: bytes) -> bytes:
    """The body without the token; a form stays as it was in every other byte."""
    content = _json_object(body)
    if content is None:
        return without_form_fields(body, frozenset({TOKEN}))
    return json.dumps({name: value for name, value in content.items() if name != TOKEN}).encode()


GATE = CrmApi()
