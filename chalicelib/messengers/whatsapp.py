"""Replies by the WhatsApp Cloud API, and clients' files. Facts: Meta on "Messages", "Media", "Error codes".

Nothing there recognises a text that is sent twice. A reply is possible for 24 hours after the client's last
message; later WhatsApp takes only templates that it has approved, and refuses.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import httpx

from chalicelib.errors import LeadkeeperError, OptedOut
from chalicelib.messengers.http import MessengerHttp
from chalicelib.messengers.port import LARGEST_FILE, File
from chalicelib.meta_graph import Fault, GraphError, error_of
from chalicelib.providers.whatsapp.read import Settings

UNWANTED = 131050
"""The client has stopped messages of this number."""


def messenger(settings: Settings, transport: httpx.BaseTransport | None) -> "WhatsApp":
    """The number of a source whose settings have its id and token."""
    return WhatsApp(settings, transport)


EXTENSIONS: Mapping[str, str] = {
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "video/3gpp": ".3gp",
    "video/mp4": ".mp4",
}
"""Of what comes without a name."""


class WhatsApp:
    """Implements ``messengers.port.Messenger`` and ``FileGiver``."""

    knows_repeats = False

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        """Send from the number with these settings."""
        self._api_url = settings.api_url
        self._send_url = f"{settings.api_url}/{settings.phone_number_id}/messages"
        self._headers = {"authorization": f"Bearer {settings.number_token}"}
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
        status, answer = self._http.post(self._send_url, json=message, headers=self._headers)
        error = error_of(status, answer)
        if error is not None:
            raise self._refusal(error)
        message_id = _message_id(answer)
        if message_id is None:
            raise self._http.unreachable("gives an unexpected answer", maybe_done=True)
        return message_id

    def fetch(self, file_id: str) -> File:
        """See the port. The address that Meta tells holds for five minutes, and wants the token."""
        status, answer = self._http.get(f"{self._api_url}/{quote(file_id, safe='')}", self._headers)
        error = error_of(status, answer)
        if error is not None and error.fault is Fault.REFUSED:
            raise self._http.no_file(error.words)
        if error is not None:
            raise self._http.unreachable(error.words)
        if _size(answer) > LARGEST_FILE:
            raise self._http.too_large()
        url = str(answer.get("url", ""))
        if not self._may_have_the_token(url):
            raise self._http.no_file("tells no address with https")
        kind = str(answer.get("mime_type", "")).partition(";")[0].strip()
        return File(self._http.download(url, self._headers), EXTENSIONS.get(kind, ""))

    def _may_have_the_token(self, url: str) -> bool:
        """Whether nobody can read it on the way there. Meta's files are on another host than its API."""
        return url.startswith("https://") or urlsplit(url).netloc == urlsplit(self._api_url).netloc

    def _refusal(self, error: GraphError) -> LeadkeeperError:
        if error.code == UNWANTED:
            return OptedOut(f"WhatsApp answers {error.words}")
        if error.fault is Fault.REFUSED:
            return self._http.refused(error.words)
        return self._http.unreachable(error.words, maybe_done=error.fault is Fault.PASSING)


def _size(answer: Mapping[str, object]) -> int:
    size = answer.get("file_size")
    return size if isinstance(size, int) else 0


def _message_id(answer: Mapping[str, object]) -> str | None:
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    return str(first["id"]) if isinstance(first, Mapping) and "id" in first else None
