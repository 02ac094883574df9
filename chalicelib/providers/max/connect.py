"""Tells MAX where to tell what clients write."""

from collections.abc import Mapping
from contextlib import closing

import httpx

from chalicelib.messengers.http import MessengerHttp
from chalicelib.providers.max.gate import CREATED, STARTED
from chalicelib.providers.max.read import Settings


def connect(
    settings: Settings, url: str, transport: httpx.BaseTransport | None = None
) -> Mapping[str, object]:
    """Subscribe; the bot's subscriptions afterwards, other programs' among them.

    Raises:
        Refused: MAX does not want it.
        Unreachable: it does not answer.
    """
    subscriptions = f"{settings.api_url}/subscriptions"
    wanted = {"url": url, "secret": settings.new_secret, "update_types": (CREATED, STARTED)}
    with closing(MessengerHttp("MAX", transport)) as http:
        _require_success(http, *http.post(subscriptions, json=wanted, headers=settings.authorization))
        status, answer = http.get(subscriptions, settings.authorization)
        _require_success(http, status, answer)
    return answer


def _require_success(http: MessengerHttp, status: int, answer: Mapping[str, object]) -> None:
    """A refusal may come with status 200."""
    if not httpx.codes.is_success(status) or answer.get("success") is False:
        raise http.refused(f"answers {status}: {answer.get('message', '')}")
