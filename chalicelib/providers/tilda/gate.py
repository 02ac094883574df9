"""Tilda at the door: our own token in the URL, the body or a header, for Tilda signs nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chalicelib.gate.form import Unparsable, form_texts, json_value, without_form_fields
from chalicelib.gate.provider import GateProvider, Reply, Source, Ticket
from chalicelib.gate.tickets import fingerprint, phone_group
from chalicelib.gate.tokens import require_token, url_tokens, without_url_tokens
from chalicelib.gate.webhook import Webhook

FORM_TYPE = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"
DEFAULT_TOKEN_PARAMETERS = ("token", "key")
SAME_SUBMISSION_SECONDS = 600


class Tilda(GateProvider):
    """Form fields or a JSON object, as the shop owner chose in Tilda's settings."""

    def probe(self, webhook: Webhook, source: Source) -> Reply | None:
        """Answer the test that Tilda sends while the hook is being connected, with or without a token."""
        del source
        if b"test" not in webhook.body:
            return None
        fields = _whatever_is_there(webhook)
        is_submission = fields.get("formid") or fields.get("tranid")
        return Reply() if fields.get("test") == "test" and not is_submission else None

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Look for the token wherever Tilda can be told to put it.

        Raises:
            Forged: ``no-token`` (401) or ``wrong-token`` (403).
        """
        names = frozenset(source.values("token_parameters", DEFAULT_TOKEN_PARAMETERS))
        fields = _whatever_is_there(webhook)
        body_tokens = [value for name in names if isinstance(value := fields.get(name), str)]
        require_token([*url_tokens(webhook, names), *body_tokens, _bearer(webhook)], source)
        body = webhook.body
        if not fields or not names.isdisjoint(fields):
            body = _without_tokens(webhook, names, source.values("token"))
        return replace(without_url_tokens(webhook, names), body=body)

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Tell submissions apart; the client's phone keeps their order."""
        del source
        fields = _whatever_is_there(webhook)
        if not fields:
            return Ticket(f"content:{_content_id(webhook.body, webhook.received_at)}")
        phones = (value for name, value in fields.items() if name.lower() == "phone")
        return Ticket(":".join(submission_id(fields, webhook.received_at)), phone_group(*phones))


def read_fields(webhook: Webhook, undecodable: str = "strict") -> dict[str, object]:
    """The fields of a submission: texts from a form, any JSON values from a JSON object.

    Args:
        webhook: as it came, or as the gate let it in.
        undecodable: what to do with bytes in a form that are no UTF-8, as for ``bytes.decode``.

    Raises:
        Unparsable: ``wrong-content-type``, ``wrong-encoding``, ``broken-json``, ``too-many-fields``
            or ``unexpected-content`` (JSON, but no object).
    """
    content_type = _content_type(webhook)
    if content_type == JSON_TYPE:
        value = json_value(webhook.body)
        if not isinstance(value, dict):
            raise Unparsable("unexpected-content")
        return value
    if content_type != FORM_TYPE:
        raise Unparsable("wrong-content-type")
    return {**form_texts(webhook.body, undecodable)}


def submission_id(fields: Mapping[str, object], received_at: datetime) -> tuple[str, str]:
    """What tells this submission from others: its kind (``tranid``, ``orderid``, ``content``) and id."""
    for kind, value in (("tranid", fields.get("tranid")), ("orderid", _order_id(fields))):
        if value:
            return kind, str(value)
    return "content", _content_id(json.dumps(fields, sort_keys=True).encode(), received_at)


def _content_id(content: bytes, received_at: datetime) -> str:
    # Without an id of Tilda's, equal content is the same submission only for a short time: a failed
    # delivery is repeated twice, one a minute, but the same form sent next month is a new lead. A repeat
    # that falls beyond the end of its ten minutes gets through as a second lead; the playbook's rule for
    # a repeated form is there for it.
    window = int(received_at.timestamp()) // SAME_SUBMISSION_SECONDS
    return fingerprint(content, str(window))


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


def _content_type(webhook: Webhook) -> str:
    """The declared media type; if none is declared, the one that the body looks like."""
    looks_like = JSON_TYPE if webhook.body.lstrip().startswith(b"{") else FORM_TYPE
    return webhook.content_type or looks_like


def _whatever_is_there(webhook: Webhook) -> dict[str, object]:
    """The fields, damaged texts included; none if the body cannot be parsed at all."""
    try:
        return read_fields(webhook, undecodable="replace")
    except Unparsable:
        return {}


def _bearer(webhook: Webhook) -> str:
    scheme, _, token = webhook.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _without_tokens(webhook: Webhook, names: frozenset[str], tokens: tuple[str, ...]) -> bytes:
    """The body without its token fields; a form stays as it was in every other byte."""
    try:
        fields = read_fields(webhook, undecodable="replace")
        if _content_type(webhook) == FORM_TYPE:
            return without_form_fields(webhook.body, names)
        kept = {name: value for name, value in fields.items() if name not in names}
        return webhook.body if len(kept) == len(fields) else json.dumps(kept).encode()
    except (Unparsable, RecursionError):
        return _blackened(webhook.body, tokens)


def _blackened(body: bytes, tokens: tuple[str, ...]) -> bytes:
    """A body that has no fields to take out: the tokens themselves are painted over."""
    for token in tokens:
        body = body.replace(token.encode(), b"***")
    return body


GATE = Tilda()
