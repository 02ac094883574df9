"""The shop file's table ``[alerts]``."""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from chalicelib.alerts.reminders import Reminders
from chalicelib.config_types import Table, Url
from chalicelib.events import Severity
from chalicelib.gate.tickets import fingerprint
from chalicelib.people import EMAIL_ADDRESS
from chalicelib.shopfile import LOOPBACK_HOSTS

ChannelName = Literal["telegram", "smtp", "ses", "slack", "webhook", "pagerduty", "sns", "sms"]


class TelegramSettings(Table):
    """A bot of the shop's own."""

    url: Url = "https://api.telegram.org"
    token: SecretStr


class SmtpSettings(Table):
    """E-mail through any mail server.

    Attributes:
        security: ``starttls`` (port 587) or ``tls`` (port 465); ``none`` on this machine only.
        sender: the address that alerts come from.
    """

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(pattern=EMAIL_ADDRESS, min_length=1)

    @model_validator(mode="after")
    def _is_encrypted(self) -> "SmtpSettings":
        if self.security == "none" and self.host not in LOOPBACK_HOSTS:
            raise ValueError('mail must not travel unencrypted; use security = "starttls" or "tls"')
        return self


class SesSettings(Table):
    """E-mail through Amazon SES.

    Attributes:
        sender: an address or domain that is verified in the region.
        region: empty for the region of the functions.
    """

    sender: str = Field(pattern=EMAIL_ADDRESS, min_length=1)
    region: str = ""


class SlackSettings(Table):
    """An incoming webhook of Slack, or of what takes the same, such as Mattermost."""

    webhook_url: SecretStr

    _encrypted = field_validator("webhook_url")(lambda url: SecretStr(encrypted_url(url.get_secret_value())))


class WebhookSettings(Table):
    """A JSON webhook of the shop's own.

    Attributes:
        secret: signs each request.
    """

    webhook_url: SecretStr
    secret: SecretStr

    _encrypted = field_validator("webhook_url")(lambda url: SecretStr(encrypted_url(url.get_secret_value())))


class PagerDutySettings(Table):
    """A service of PagerDuty with an integration "Events API v2"."""

    url: Url = "https://events.pagerduty.com"
    routing_key: SecretStr = Field(min_length=1)


class SnsSettings(Table):
    """A topic of Amazon SNS, whoever subscribes to it."""

    topic: str = Field(pattern=r"^arn:[^:]+:sns:[^:]+:\d{12}:[A-Za-z0-9_-]+$")


class SmsSettings(Table):
    """Short text messages to people's phones, through the gateway of ``[sms]``."""


class Route(Table):
    """What becomes of alerts of one severity.

    Attributes:
        channels: tried in this order until one delivers; empty for all, in the order of ``ChannelName``.
        people: who hears of what is nobody's in particular; empty for the leads.
    """

    channels: tuple[ChannelName, ...] = ()
    people: tuple[str, ...] = ()


class AlertSettings(Table):
    """Where alerts go. The log has each of them in any case."""

    telegram: TelegramSettings | None = None
    smtp: SmtpSettings | None = None
    ses: SesSettings | None = None
    slack: SlackSettings | None = None
    webhook: WebhookSettings | None = None
    pagerduty: PagerDutySettings | None = None
    sns: SnsSettings | None = None
    sms: SmsSettings | None = None
    routes: Mapping[Severity, Route] = Field(default_factory=dict)
    reminders: Reminders = Reminders()

    @property
    def configured(self) -> Mapping[str, BaseModel]:
        """The channels that there are, in the order in which they are tried, with their settings."""
        return {
            name: getattr(self, name) for name in get_args(ChannelName) if getattr(self, name) is not None
        }

    def people_for(self, severity: Severity) -> tuple[str, ...]:
        """The names on this severity's route."""
        return self.routes.get(severity, Route()).people

    def problems(self, people: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
        """Each key that names a channel or person that there is not, and what is wrong with it.

        Args:
            people: names, with the channels that each prefers.
        """
        lists: dict[str, tuple[str, ...]] = {
            f"people.{name}.channels": channels for name, channels in people.items()
        }
        for severity, route in self.routes.items():
            lists[f"alerts.routes.{severity}.channels"] = route.channels
        for key, channels in lists.items():
            for channel in channels:
                if channel not in self.configured:
                    yield key, f"there is no table [alerts.{channel}]"
        for severity, route in self.routes.items():
            for name in route.people:
                if name not in people:
                    yield f"alerts.routes.{severity}.people", f"there is nobody called {name}"


def settings_fingerprint(settings: BaseModel) -> str:
    """Differs when any setting does, a secret included."""
    values = (
        f"{key}={value.get_secret_value() if isinstance(value, SecretStr) else value}"
        for key, value in settings
    )
    return fingerprint(*values)


def encrypted_url(url: str) -> str:
    """The URL, if what it carries cannot be read on the way.

    Raises:
        ValueError: it is none, or not encrypted.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("it is no https:// URL")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError("alerts must not travel unencrypted; use https://")
    return url
