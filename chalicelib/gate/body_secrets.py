"""Secrets in a body: they are taken out, so that they reach neither storage nor logs."""

import json
import re
from collections.abc import Collection, Mapping
from contextlib import suppress

from chalicelib.gate.form import Unparsable, without_form_fields
from chalicelib.gate.submissions import FORM_TYPE, JSON_TYPE, fields_of, media_type
from chalicelib.gate.webhook import Webhook


def whatever_is_there(webhook: Webhook) -> Mapping[str, object]:
    """The fields, damaged texts included; none if the body cannot be parsed at all."""
    try:
        return fields_of(webhook, "replace")
    except Unparsable:
        return {}


def without_fields(webhook: Webhook, names: frozenset[str], secrets: Collection[str]) -> bytes:
    """The body without these fields; every other byte of a form stays as it was.

    Where no field can be taken out, the secrets themselves are painted over.
    """
    fields = whatever_is_there(webhook)
    if fields and names.isdisjoint(fields):
        return webhook.body
    sent_as = media_type(webhook) if fields else ""
    if sent_as == FORM_TYPE:
        return without_form_fields(webhook.body, names)
    if sent_as == JSON_TYPE:
        with suppress(RecursionError):  # what could be read may be nested too deep to be written again
            return json.dumps({name: value for name, value in fields.items() if name not in names}).encode()
    return _painted_over(webhook.body, secrets)


def json_secrets(body: bytes, name: str) -> tuple[list[str], bytes]:
    """The filled texts of this field wherever it stands in JSON, and the body with each of them empty.

    Every other byte stays as it was, and broken JSON is looked through as well. Within a text, where a client
    may have written anything, a quote is escaped: so nothing there is taken for the field.
    """
    field = re.compile(rb'("%s"\s*:\s*")((?:[^"\\]|\\.)*)(")' % name.encode())
    given = [text for found in field.finditer(body) if (text := _json_text(found[2]))]
    return given, field.sub(rb"\1\3", body)


def _json_text(raw: bytes) -> str:
    """The text that a JSON string stands for; empty if it is none."""
    try:
        text: str = json.loads(b'"' + raw + b'"')
    except ValueError:
        return ""
    return text


def _painted_over(body: bytes, secrets: Collection[str]) -> bytes:
    for secret in secrets:
        body = body.replace(secret.encode(), b"***")
    return body
