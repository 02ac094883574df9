"""The link in our own alerts at the door: GET asks, POST acknowledges. The signature stands in the URL."""

from dataclasses import replace
from datetime import datetime

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.acknowledge.link import proven
from chalicelib.providers.acknowledge.page import expired, question, thanks

KIND = "acknowledge"


class Acknowledge(GateProvider):
    """JSON with ``kind``, ``incident``, ``person``, ``told_at`` and ``expires_at``, signed by ourselves."""

    methods = frozenset({"GET", "POST"})
    accepted = thanks()

    def probe(self, webhook: Webhook, source: Source) -> Reply | None:
        """Show the page to whoever opens an authentic link, such as a messenger that makes a preview."""
        content = _proven(webhook, source)
        if content is None:
            return None
        said = json_mapping(content)
        if _is_past(said.get("expires_at"), webhook.received_at):
            return expired()
        if webhook.method == "POST":
            return None
        return question(str(said.get("incident", "")), str(said.get("person", "")))

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the signature, and keep what it covers instead of the path and body that came.

        Raises:
            Forged: ``no-token`` (401) or ``wrong-token`` (403).
        """
        if not any(webhook.path):
            raise Forged("no-token", 401)
        content = _proven(webhook, source)
        if content is None:
            raise Forged("wrong-token", 403)
        return replace(webhook, path=(), query={}, body=content)

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """One link acknowledges once, however often it is clicked."""
        del source
        said = json_mapping(webhook.body)
        kind = said.get("kind")
        if isinstance(kind, str) and kind not in {"", KIND}:
            return None
        identity = (said.get("incident"), said.get("person"), said.get("told_at"))
        if not all(map(is_id, identity)):
            return content_ticket(webhook)
        return Ticket(dedup_id=":".join(map(str, identity)), group=f"incident:{said['incident']}")


def _proven(webhook: Webhook, source: Source) -> bytes | None:
    return proven("/".join(webhook.path), source.values("token"))


def _is_past(moment: object, now: datetime) -> bool:
    try:
        return datetime.fromisoformat(str(moment)) <= now
    except (TypeError, ValueError):
        return False


GATE = Acknowledge()
