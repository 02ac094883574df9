"""The tables ``[[subscriptions]]`` and ``[calendar]`` of the shop file."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    StringConstraints,
    Tag,
    model_validator,
)

from chalicelib.config_types import Url
from chalicelib.ladders import Days

EXPIRES = "expires"
LONGEST_NAME = 200


def _day(value: object) -> object:
    if isinstance(value, str) or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise ValueError("it is no day; write it like 2027-03-01")


def _host_name(text: str) -> str:
    """As the network wants it: a name in Cyrillic has another spelling there."""
    try:
        name = text.strip().rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    if not name or not all(character.isalnum() or character in "-._" for character in name):
        raise ValueError("it is no host name; write it like shop.example, without https:// and path")
    return name


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Day = Annotated[date, BeforeValidator(_day)]
HostName = Annotated[str, AfterValidator(_host_name)]
Secret = Annotated[SecretStr, Field(min_length=1)]
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class Paid(BaseModel):
    """What the shop pays for.

    Attributes:
        name: for people; no two have the same.
        responsible: the name of who sees to it; empty for who is on duty, and for the leads.
        days_left: from how many days before the end on people hear of it; None for the whole ladder.
        price: what it costs, in words.
        note: what else one should know.
        url: where to renew it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[Text, Field(max_length=LONGEST_NAME)]
    responsible: str = ""
    days_left: Days | None = None
    price: str = ""
    note: str = ""
    url: Url = ""


class Dated(Paid):
    """It ends at a day that a person tells.

    Attributes:
        expires: its last day, in the shop's zone.
    """

    expires: Day


class Certificate(Paid):
    """A TLS server's certificate.

    Attributes:
        days_left: a certificate that renews itself is renewed before.
    """

    probe: Literal["certificate"]
    host: HostName
    port: Annotated[int, Field(gt=0, lt=65536)] = 443
    days_left: Days | None = timedelta(days=14)


class Domain(Paid):
    """A domain name.

    Attributes:
        domain: the name as it was registered, without ``www``.
        rdap: the RDAP service to ask; empty for the one that IANA's list names.
    """

    probe: Literal["domain"]
    domain: HostName
    rdap: Url = ""


class Balance(Paid):
    """Money on an account.

    Attributes:
        threshold: below this amount it is urgent; None if no amount is.
        days_left: how long before the money is spent, at its present use; None if that does not matter.
    """

    threshold: Amount | None = None

    @model_validator(mode="after")
    def _knows_when(self) -> "Balance":
        if self.threshold is None and self.days_left is None:
            raise ValueError('say when it is low: threshold = 500, or days_left = "14d", or both')
        return self


class TwilioBalance(Balance):
    """Money at Twilio.

    Attributes:
        api_url: where Twilio answers.
    """

    probe: Literal["twilio-balance"]
    api_url: Url = "https://api.twilio.com"
    account: Text
    token: Secret


class MangoBalance(Balance):
    """Money at Mango Office."""

    probe: Literal["mango-balance"]
    api_key: Secret
    api_salt: Secret


class ZadarmaBalance(Balance):
    """Money at Zadarma."""

    probe: Literal["zadarma-balance"]
    api_key: Secret
    api_secret: Secret


class SmsRuBalance(Balance):
    """Money at SMS.ru."""

    probe: Literal["smsru-balance"]
    api_id: Secret


class SmscBalance(Balance):
    """Money at SMSC."""

    probe: Literal["smsc-balance"]
    login: Text
    password: Secret


Account = TwilioBalance | MangoBalance | ZadarmaBalance | SmsRuBalance | SmscBalance
Probed = Certificate | Domain | Account
PROBES = (
    "certificate",
    "domain",
    "twilio-balance",
    "mango-balance",
    "zadarma-balance",
    "smsru-balance",
    "smsc-balance",
)


def _kind(value: Any) -> str | None:  # noqa: ANN401 -- it comes from a file
    """The tag of the model for a table: it has a date, or one of the probes."""
    if not isinstance(value, Mapping):
        return f"[{getattr(value, 'probe', EXPIRES)}]"
    if (EXPIRES in value) == ("probe" in value):
        return None
    kind = EXPIRES if EXPIRES in value else str(value["probe"])
    return f"[{kind}]" if kind in {EXPIRES, *PROBES} else None


Subscription = Annotated[
    Annotated[Dated, Tag("[expires]")]
    | Annotated[Certificate, Tag("[certificate]")]
    | Annotated[Domain, Tag("[domain]")]
    | Annotated[TwilioBalance, Tag("[twilio-balance]")]
    | Annotated[MangoBalance, Tag("[mango-balance]")]
    | Annotated[ZadarmaBalance, Tag("[zadarma-balance]")]
    | Annotated[SmsRuBalance, Tag("[smsru-balance]")]
    | Annotated[SmscBalance, Tag("[smsc-balance]")],
    Discriminator(
        _kind,
        custom_error_type="kind",
        custom_error_message=f"say either expires = 2027-03-01 or probe = one of {', '.join(PROBES)}",
    ),
]


def _distinct(found: tuple[Subscription, ...]) -> tuple[Subscription, ...]:
    names = [subscription.name for subscription in found]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two of them have the name {name!r}")
    return found


Subscriptions = Annotated[tuple[Subscription, ...], AfterValidator(_distinct)]


class CalendarSettings(BaseModel):
    """Who may read the calendar.

    Attributes:
        token: what stands in its URL; two are valid while one is being replaced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: Annotated[Secret | tuple[Secret, ...], Field(min_length=1)]

    @property
    def tokens(self) -> tuple[str, ...]:
        """All that are valid."""
        tokens = self.token if isinstance(self.token, tuple) else (self.token,)
        return tuple(token.get_secret_value() for token in tokens)
