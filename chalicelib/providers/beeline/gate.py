"""Beeline's cloud PBX at the door: our own token in the URL, for Beeline signs nothing."""

from collections.abc import Mapping

from chalicelib.gate.form import Unparsable
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, phone_group
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.beeline.xsi import event_fields, local

ANSWERED, RELEASED = "CallAnsweredEvent", "CallReleasedEvent"


class Beeline(UrlTokenProvider):
    """XML of BroadSoft's XSI: one event for each subscriber whose phone rings."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep answers and ends, and whatever does not say what it is."""
        del source
        try:
            fields = event_fields(webhook.body)
        except Unparsable:
            return content_ticket(webhook)
        kind = kind_of(fields)
        if kind and kind not in {ANSWERED, RELEASED}:
            return None
        call, leg = fields.get("extTrackingId"), fields.get("callId")
        if not (kind and call and leg):
            return content_ticket(webhook)
        # Each phone of a group tells its own end. The event's own id is another in each subscription of ours.
        client = remote_address(fields).partition("@")[0]
        return Ticket(dedup_id=f"{call}:{leg}:{kind}", group=phone_group(client))


def kind_of(fields: Mapping[str, str]) -> str:
    """What an event is, such as ``CallReleasedEvent``; empty if it does not say so."""
    return local(fields.get("eventData@type") or fields.get("Event@type", ""))


def remote_address(fields: Mapping[str, str]) -> str:
    """The other side's address, such as ``tel:+79161234567``; empty if it is hidden."""
    return fields.get("remoteParty/address") or fields.get("remoteAddress", "")


GATE = Beeline()
