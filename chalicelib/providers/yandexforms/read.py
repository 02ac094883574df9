"""What an answer to a form of Yandex says.

Facts are from Yandex Forms' help, "Отправить HTTP-запрос" (yandex.ru/support/forms/ru/send-request). What
stands in the body is the shop's own design.
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from chalicelib.gate.submissions import fields_of
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.forms import WebFormSettings, web_form
from chalicelib.providers.reading import Reading, unreadable_content
from chalicelib.providers.yandexforms.gate import ID_NAMES

JSON_RPC = "jsonrpc"


class Settings(WebFormSettings):
    """What a source of Yandex Forms can set."""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read an answer: one ``LeadSubmitted``.

    Raises:
        Unreadable: ``wrong-content-type``, ``wrong-encoding``, ``broken-json``, ``broken-form``,
            ``too-many-fields``, ``unexpected-content`` or ``empty``.
    """
    del zone  # the body has the times that the shop put into it, as texts
    with unreadable_content():
        sent = fields_of(webhook)
        return Reading((web_form(_parameters(sent), webhook, settings, ID_NAMES),))


def _parameters(sent: Mapping[str, object]) -> Mapping[str, object]:
    """The parameters of a JSON-RPC call, whose method is the form's name; any other body as it is."""
    if JSON_RPC not in sent:
        return sent
    parameters = sent.get("params")
    named = parameters if isinstance(parameters, Mapping) else {"params": parameters}
    return {"form_name": sent.get("method"), **named}
