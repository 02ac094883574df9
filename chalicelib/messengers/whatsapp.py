"""Replies by the WhatsApp Cloud API. Facts: Meta's pages "Messages" and "Error codes".

Nothing there recognises a text that is sent twice. A reply is possible for 24 hours after the client's last
message; later WhatsApp takes only templates that it has approved, and refuses.
"""

from collections.abc import Mapping

import httpx

from chalicelib.errors import LeadkeeperError, OptedOut
from chalicelib.messengers.http import MessengerHttp
from chalicelib.meta_graph import Fault, GraphError, error_of
from chalicelib.providers.whatsapp.read import Settings

UNWANTED = 131050
"""The client has stopped messages of this number."""


def messenger(settings: Settings, transport: httpx.BaseTransport | None) -> "WhatsApp":
    """The number of a source whose settings have its id and token."""
    url = f"{settings.api_url}/{settings.phone_number_id}/messages"
    return WhatsApp(url, settings.number_token, transport)


class WhatsApp:
    """Implements ``messengers.port.Messenger``."""

    knows_repeats = False

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        """Send to this address with this token."""
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"}
        self._http = MessengerHttp("WhatsApp", transport)

    def send(self, chat: str, text: str, once: str) -> str:
        """See the port."""
        del once
        message = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": chat,
            "type": "text",
            "text": {"preview_url": False, "body": text},
        }
        status, answer = self._http.post(self._url, json=message, headers=self._headers)
        error = error_of(status, answer)
        if error is not None:
            raise self._refusal(error)
        message_id = _message_id(answer)
        if message_id is None:
            raise self._http.unreachable("gives an unexpected answer", maybe_done=True)
        return message_id

    def _refusal(self, error: GraphError) -> LeadkeeperError:
        if error.code == UNWANTED:
            return OptedOut(f"WhatsApp answers {error.words}")
        if error.fault is Fault.REFUSED:
            return self._http.refused(error.words)
        return self._http.unreachable(error.words, maybe_done=error.fault is Fault.PASSING)


def _message_id(answer: Mapping[str, object]) -> str | None:
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    return str(first["id"]) if isinstance(first, Mapping) and "id" in first else None
