"""Replies of a community in VK. Facts: dev.vk.com, "messages.send" and "API errors".

``random_id`` keeps a message from being sent again: by VK's page of 2019 in all of a conversation's history,
by others for an hour (unverified). What is repeated here, is repeated within minutes.
"""

from collections.abc import Mapping
from hashlib import sha256

import httpx

from chalicelib.errors import LeadkeeperError, OptedOut
from chalicelib.messengers.http import MessengerHttp
from chalicelib.providers.vk.read import Settings

VERSION = "5.199"
LARGEST_ID = 2**63 - 1

COME_LATER = frozenset({6, 9, 14, 29})
"""Too many requests or texts, or VK wants to see a person first."""

NO_ACCESS = frozenset({5, 7, 15, 17, 27, 28})
"""The token is wrong, or has no right to messages."""

TROUBLE = frozenset({1, 10})
"""VK's own."""

UNWANTED = frozenset({900, 901, 902})
"""The client is on a black list, has not allowed messages, or keeps strangers away."""


def messenger(settings: Settings, transport: httpx.BaseTransport | None) -> "Vk":
    """The community of a source whose settings have its token."""
    return Vk(f"{settings.api_url}/method/messages.send", settings.community_token, transport)


class Vk:
    """Implements ``messengers.port.Messenger``."""

    knows_repeats = True

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        """Send to this address with this token."""
        self._url = url
        self._token = token
        self._http = MessengerHttp("VK", transport)

    def send(self, chat: str, text: str, once: str) -> str:
        """See the port. The token goes in the body: URLs stand in logs."""
        form = {
            "peer_id": chat,
            "message": text,
            "random_id": str(random_id(once)),
            "access_token": self._token,
            "v": VERSION,
        }
        status, answer = self._http.post(self._url, form=form)
        error = answer.get("error")
        if isinstance(error, Mapping):
            raise self._refusal(error)
        if not httpx.codes.is_success(status):
            raise self._http.refused(f"answers {status}")
        if not isinstance(answer.get("response"), int):
            raise self._http.unreachable("gives an unexpected answer", maybe_done=True)
        return str(answer["response"])

    def _refusal(self, error: Mapping[str, object]) -> LeadkeeperError:
        code, words = (
            error.get("error_code"),
            f"answers {error.get('error_code')}: {error.get('error_msg', '')}",
        )
        if code in UNWANTED:
            return OptedOut(f"VK {words}")
        if code in COME_LATER or code in NO_ACCESS:
            return self._http.unreachable(words)
        return (
            self._http.unreachable(words, maybe_done=True) if code in TROUBLE else self._http.refused(words)
        )


def random_id(once: str) -> int:
    """The same for each attempt, between 1 and the largest that VK takes; 0 would be no id."""
    return int(sha256(once.encode()).hexdigest(), 16) % LARGEST_ID + 1
