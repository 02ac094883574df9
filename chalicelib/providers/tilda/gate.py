"""Tilda at the door: our own token in the URL, the body or a header, for Tilda signs nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chalicelib.gate import submissions
from chalicelib.gate.body_secrets import whatever_is_there, without_fields
from chalicelib.gate.form import Unparsable, json_value
from chalicelib.gate.provider import GateProvider, Reply, Source, Ticket
from chalicelib.gate.submissions import (
    phones_of,
    submission_ticket,
)
from chalicelib.gate.tickets import phone_group
from chalicelib.gate.tokens import bearer, require_token, url_tokens, without_url_tokens
from chalicelib.gate.webhook import Webhook

DEFAULT_TOKEN_PARAMETERS = ("token", "key")


class Tilda(GateProvider):
    """Form fields or a JSON object, as the shop owner chose in Tilda's settings."""

    def probe(self, webhook: Webhook, source: Source) -> Reply | None:
        """Answer the test that Tilda sends while the hook is being connected, with or without a token."""
        del source
        if b"test" not in webhook.body:
            return None
        fields = whatever_is_there(webhook)
        is_submission = fields.get("formid") or fields.get("tranid")
        return Reply() if fields.get("test") == "test" and not is_submission else None

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Look for the token wherever Tilda can be told to put it.

        Raises:
            Forged: ``no-token`` (401) or ``wrong-token`` (403).
        """
        names = frozenset(source.values("token_parameters", DEFAULT_TOKEN_PARAMETERS))
        fields = whatever_is_there(webhook)
        body_tokens = [value for name in names if isinstance(value := fields.get(name), str)]
        require_token([*url_tokens(webhook, names), *body_tokens, bearer(webhook)], source)
        body = without_fields(webhook, names, source.values("token"))
        authentic = without_url_tokens(webhook, names)
        return authentic if body is webhook.body else replace(authentic, body=body)

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Tell submissions apart; the client's phone keeps their order."""
        del source
        fields = whatever_is_there(webhook)
        if not fields:
            return submission_ticket(webhook)
        return Ticket(":".join(submission_id(fields, webhook.received_at)), phone_group(*phones_of(fields)))


def submission_id(fields: Mapping[str, object], received_at: datetime) -> tuple[str, str]:
    """What tells this submission from others: its kind (``tranid``, ``orderid``, ``content``) and id."""
    kind, value = submissions.submission_id(fields, received_at, ("tranid",))
    order_id = _order_id(fields)
    return ("orderid", str(order_id)) if kind == "content" and order_id else (kind, value)


def _order_id(fields: Mapping[str, object]) -> object:
    """The number of a cart order, from each of the three shapes of the payment block."""
    payment = fields.get("payment")
    if isinstance(payment, str):
        try:
            payment = json_value(payment.encode())
        except Unparsable:
            return None
    if isinstance(payment, Mapping):
        return payment.get("orderid")
    return fields.get("payment[orderid]")


GATE = Tilda()
