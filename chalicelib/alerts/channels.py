"""The channels of a shop, made of its settings."""

from collections.abc import Sequence

import httpx
from pydantic import BaseModel

from chalicelib.alerts import aws
from chalicelib.alerts.delivery import ConfiguredChannel
from chalicelib.alerts.pagerduty import PagerDutyChannel
from chalicelib.alerts.port import AlertChannel
from chalicelib.alerts.ses import SesChannel
from chalicelib.alerts.settings import (
    PagerDutySettings,
    SesSettings,
    SlackSettings,
    SmsSettings,
    SmtpSettings,
    SnsSettings,
    TelegramSettings,
    WebhookSettings,
    settings_fingerprint,
)
from chalicelib.alerts.slack import SlackChannel
from chalicelib.alerts.sms import SmsChannel
from chalicelib.alerts.smtp import SmtpChannel
from chalicelib.alerts.sns import SnsChannel
from chalicelib.alerts.telegram import TelegramChannel
from chalicelib.alerts.webhook import WebhookChannel
from chalicelib.clock import Clock
from chalicelib.engine.port import Documents
from chalicelib.settings import Shop
from chalicelib.sms.port import SmsGateway

REGION_OF_ARN = 3


class Channels:
    """Makes them."""

    def __init__(
        self,
        shop: Shop,
        documents: Documents,
        sms: Sequence[SmsGateway],
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Make them for this shop, of these parts."""
        self._shop = shop
        self._documents = documents
        self._sms = sms
        self._clock = clock
        self._transport = transport

    def all(self) -> list[ConfiguredChannel]:
        """Each channel of the shop file, in the order in which they are tried.

        Raises:
            ConfigurationError: one cannot work on this machine.
        """
        return [
            ConfiguredChannel(name, settings_fingerprint(settings), self._channel(settings))
            for name, settings in self._shop.alerts.configured.items()
        ]

    def _channel(self, settings: BaseModel) -> AlertChannel:
        shop, transport = self._shop.shop.name, self._transport
        match settings:
            case TelegramSettings():
                token = settings.token.get_secret_value()
                return TelegramChannel(token, settings.url, self._documents, transport)
            case SmtpSettings():
                return SmtpChannel(settings, shop)
            case SesSettings():
                return SesChannel(aws.client("sesv2", settings.region, "alerts.ses"), settings.sender, shop)
            case SlackSettings():
                return SlackChannel(settings.webhook_url.get_secret_value(), transport)
            case WebhookSettings():
                url, secret = settings.webhook_url.get_secret_value(), settings.secret.get_secret_value()
                return WebhookChannel(url, secret, shop, self._clock, transport)
            case PagerDutySettings():
                return PagerDutyChannel(
                    settings.routing_key.get_secret_value(), shop, settings.url, transport
                )
            case SnsSettings():
                region = settings.topic.split(":")[REGION_OF_ARN]
                return SnsChannel(aws.client("sns", region, "alerts.sns"), settings.topic, shop)
            case SmsSettings() if self._sms:
                return SmsChannel(self._sms)
        raise TypeError(f"{type(settings).__name__} is no channel")
