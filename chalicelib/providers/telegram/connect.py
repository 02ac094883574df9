"""Tells Telegram where to tell what clients write."""

from collections.abc import Mapping
from contextlib import closing

import httpx

from chalicelib.messengers.http import MessengerHttp
from chalicelib.providers.telegram.gate import MESSAGES
from chalicelib.providers.telegram.read import Settings


def connect(
    settings: Settings, url: str, transport: httpx.BaseTransport | None = None
) -> Mapping[str, object]:
    """Set the webhook; what ``getWebhookInfo`` says of it afterwards.

    Raises:
        Refused: Telegram does not want it.
        Unreachable: it does not answer.
    """
    webhook = {"url": url, "secret_token": settings.new_secret, "allowed_updates": MESSAGES}
    with closing(MessengerHttp("Telegram", transport)) as http:
        _result(http, settings.method_url("setWebhook"), webhook)
        info = _result(http, settings.method_url("getWebhookInfo"), {})
    return info if isinstance(info, Mapping) else {}


def _result(http: MessengerHttp, url: str, parameters: Mapping[str, object]) -> object:
    status, answer = http.post(url, json=parameters)
    if answer.get("ok") is not True:
        raise http.refused(f"answers {status}: {answer.get('description', '')}")
    return answer.get("result")
