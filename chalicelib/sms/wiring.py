"""The gateways of a shop, made of its settings."""

from collections.abc import Iterable, Mapping

import httpx

from chalicelib.providers.reading import SourceSettings
from chalicelib.providers.twilio_sms.read import Settings as TwilioSource
from chalicelib.sms.port import SmsGateway
from chalicelib.sms.settings import GatewayName, SmsSettings
from chalicelib.sms.smsc import Smsc
from chalicelib.sms.smsru import SmsRu
from chalicelib.sms.twilio import TwilioSms


def gateways_of(
    settings: SmsSettings | None,
    sources: Iterable[SourceSettings],
    transport: httpx.BaseTransport | None = None,
) -> Mapping[str, SmsGateway]:
    """The gateways by name, the first one first."""
    if settings is None:
        return {}
    return {name: _gateway(name, settings, _callback(sources), transport) for name in settings.gateways}


def _gateway(
    name: GatewayName, settings: SmsSettings, callback: str, transport: httpx.BaseTransport | None
) -> SmsGateway:
    if name == "twilio" and (twilio := settings.twilio):
        token = twilio.token.get_secret_value()
        return TwilioSms(twilio.account, token, twilio.sender, twilio.url, transport, callback)
    if name == "smsru" and (smsru := settings.smsru):
        return SmsRu(smsru.api_id.get_secret_value(), smsru.sender, smsru.url, transport)
    if name == "smsc" and (smsc := settings.smsc):
        return Smsc(smsc.login, smsc.password.get_secret_value(), smsc.sender, smsc.url, transport)
    raise TypeError(f"{name} has no settings")


def _callback(sources: Iterable[SourceSettings]) -> str:
    """Where Twilio's receipts are taken, if the shop has a source for them."""
    for source in sources:
        if isinstance(source, TwilioSource):
            return source.url if isinstance(source.url, str) else source.url[0]
    return ""
