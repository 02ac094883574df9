"""Senders of forms that sign nothing, at the door: a token of our own in the URL or in a header."""

from collections.abc import Collection, Mapping

from chalicelib.gate.provider import GateProvider, Source, Ticket
from chalicelib.gate.submissions import submission_ticket
from chalicelib.gate.tokens import TOKEN_PARAMETERS, bearer, require_token, url_tokens, without_url_tokens
from chalicelib.gate.webhook import Webhook

TOKEN_HEADERS = ("x-leadkeeper-token",)


class FormProvider(GateProvider):
    """The gate of most of them.

    Attributes:
        id_names: the flattened names of fields that hold the submission's id, the best one first.
    """

    id_names: Collection[str] = ()

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Look for the token in the URL and in the headers, one of which the shop may name itself.

        Raises:
            Forged: ``no-token`` (401) or ``wrong-token`` (403).
        """
        names = source.values("token_header", TOKEN_HEADERS)
        in_headers = [webhook.headers.get(name.lower(), "") for name in names]
        require_token([*url_tokens(webhook, TOKEN_PARAMETERS), *in_headers, bearer(webhook)], source)
        return without_url_tokens(webhook, TOKEN_PARAMETERS)

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Tell submissions apart by their id or content; the client's phone keeps their order."""
        return submission_ticket(webhook, self.id_names, mapped_names(source, "phone"))


def mapped_names(source: Source, ours: str) -> tuple[str, ...]:
    """The sender's names that the shop's table says to be this, in its order."""
    table = source.settings.get("fields")
    pairs = table.items() if isinstance(table, Mapping) else ()
    return tuple(str(name) for name, meaning in pairs if meaning == ours)
