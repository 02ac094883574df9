"""What a form of Contact Form 7 says.

Facts are from the source of the plugin "CF7 to Webhook" (mariovalney/cf7-to-zapier).
"""

from zoneinfo import ZoneInfo

from chalicelib.gate.submissions import fields_of
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.forms import WebFormSettings, web_form
from chalicelib.providers.reading import Reading, unreadable_content


class Settings(WebFormSettings):
    """What a source of Contact Form 7 can set."""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a form: one ``LeadSubmitted``.

    Raises:
        Unreadable: ``wrong-content-type``, ``wrong-encoding``, ``broken-json``, ``broken-form``,
            ``too-many-fields``, ``unexpected-content`` or ``empty``.
    """
    del zone  # it sends no times
    with unreadable_content():
        return Reading((web_form(fields_of(webhook), webhook, settings),))
