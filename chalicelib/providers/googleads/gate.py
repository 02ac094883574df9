"""Google Ads at the door: the key that the shop typed into the form's settings comes back in the body."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.gate.body_secrets import json_secrets
from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import Forged, GateProvider, Source, Ticket, same_secret
from chalicelib.gate.tickets import content_ticket, is_id, phone_group
from chalicelib.gate.webhook import Webhook

PHONES = ("PHONE_NUMBER", "WORK_PHONE")
"""The columns that hold a phone."""


class GoogleAds(GateProvider):
    """JSON, one object for a lead."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the key and take it out; every other byte stays, even if the JSON is broken.

        Raises:
            Forged: ``no-key`` (401) or ``wrong-key`` (403).
        """
        given, body = json_secrets(webhook.body, "google_key")
        if not given:
            raise Forged("no-key", 401)
        valid = source.values("google_key")
        if not any(same_secret(key, valid) for key in given):
            raise Forged("wrong-key")
        # Nothing proves the URL.
        return replace(webhook, path=(), query={}, body=body)

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Each lead once; the client's phone keeps their order."""
        del source
        lead = json_mapping(webhook.body)
        if not is_id(lead.get("lead_id")):
            return content_ticket(webhook)
        kind = "test" if is_test(lead) else "lead"
        return Ticket(f"{kind}:{lead['lead_id']}", phone_group(*_phones(lead)))


def is_test(lead: Mapping[str, object]) -> bool:
    """Whether it is what the button "send test data" sends."""
    return str(lead.get("is_test")).lower() == "true"


def _phones(lead: Mapping[str, object]) -> list[object]:
    columns = lead.get("user_column_data")
    return [
        column.get("string_value")
        for column in (columns if isinstance(columns, list) else ())
        if isinstance(column, Mapping) and column.get("column_id") in PHONES
    ]


GATE = GoogleAds()
