"""Flexbe at the door: our own token in the URL. How Flexbe sends a lead is (unverified), so much is read."""

from chalicelib.gate.form import Unparsable
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.submissions import (
    fields_of,
    flattened,
    phones_of,
    submission_id,
    submission_ticket,
    unpacked,
)
from chalicelib.gate.tickets import phone_group
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook

WRAPPERS = ("data.lead.", "data.", "lead.")
"""What may stand before the name of each field of a lead."""

ID_NAMES = ("id",)


class Flexbe(UrlTokenProvider):
    """JSON or a form; the lead is its whole, or stands under a name of its own."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Each lead once; the client's phone keeps their order."""
        del source
        try:
            texts = lead_texts(webhook, "replace")
            kind, value = submission_id(texts, webhook.received_at, ID_NAMES)
        except (Unparsable, RecursionError):
            return submission_ticket(webhook)
        return Ticket(f"{kind}:{value}", phone_group(*phones_of(texts)))


def lead_texts(webhook: Webhook, undecodable: str = "strict") -> dict[str, str]:
    """The texts of a lead by their dotted names, such as ``client.phone``, however it is sent.

    What stands under a wrapper wins over what stands beside it.

    Raises:
        Unparsable: as ``fields_of``.
    """
    texts = flattened(unpacked(fields_of(webhook, undecodable)))
    bare = [(_without_wrapper(name), name, text) for name, text in texts]
    beside = {name: text for inner, name, text in bare if inner == name}
    within = {inner: text for inner, name, text in bare if inner != name}
    return {**within, **{name: text for name, text in beside.items() if name not in within}}


def _without_wrapper(name: str) -> str:
    wrapper = next((wrapper for wrapper in WRAPPERS if name.startswith(wrapper)), "")
    return name.removeprefix(wrapper)


GATE = Flexbe()
