"""The table ``[sms]`` of the shop file."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator

from chalicelib.config_types import Duration, Table, Url

GatewayName = Literal["twilio", "smsru", "smsc"]
KEYS_OF_ONE = frozenset({"url", "account", "token", "sender"})
"""What stood in ``[sms]`` itself when Twilio was the only gateway."""

SHORTEST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=10)


class TwilioSettings(Table):
    """The gateway Twilio.

    Attributes:
        sender: a number in E.164, a name, or a messaging service (``MG…``).
    """

    url: Url = "https://api.twilio.com"
    account: str
    token: SecretStr
    sender: str


class SmsRuSettings(Table):
    """The gateway SMS.ru.

    Attributes:
        sender: a name that SMS.ru has approved; empty for the account's own one.
    """

    url: Url = "https://sms.ru"
    api_id: SecretStr
    sender: str = ""


class SmscSettings(Table):
    """The gateway SMSC.

    Attributes:
        sender: a name that SMSC has approved; empty for the account's own one.
    """

    url: Url = "https://smsc.ru"
    login: str
    password: SecretStr
    sender: str = ""


class SmsSettings(Table):
    """The gateways, and what is said to clients who write to them.

    Attributes:
        order: the gateways, the first one first; the others step in for it. May be left out for one.
        delivered_within: after this time without delivery the next gateway sends it, and after the last one
            a manager gets a task; None to hear only what gateways tell by themselves.
        status_replies: how often a day a client who asks for it hears how the order stands.
        status_words: what to call an order's status to its client, by the CRM's code.
    """

    order: tuple[GatewayName, ...] = ()
    delivered_within: Annotated[Duration, Field(ge=SHORTEST_WAIT, le=LONGEST_WAIT)] | None = None
    status_replies: int = Field(default=5, ge=0)
    status_words: Mapping[str, str] = Field(default_factory=dict)
    twilio: TwilioSettings | None = None
    smsru: SmsRuSettings | None = None
    smsc: SmscSettings | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_gateway_alone(cls, value: Any) -> Any:  # noqa: ANN401 -- it comes from a file
        """Read the form of older shop files, too: Twilio's keys in ``[sms]`` itself, ``kind`` or none."""
        if not isinstance(value, Mapping) or value.keys().isdisjoint({"kind", *KEYS_OF_ONE}):
            return value
        if value.get("kind", "twilio") != "twilio":
            raise ValueError("kind is 'twilio' only; others have tables of their own, such as [sms.smsru]")
        twilio = {key: item for key, item in value.items() if key in KEYS_OF_ONE}
        others = {key: item for key, item in value.items() if key not in KEYS_OF_ONE | {"kind"}}
        return {"twilio": twilio, **others}

    @model_validator(mode="after")
    def _has_an_order(self) -> "SmsSettings":
        known = {name for name in ("twilio", "smsru", "smsc") if getattr(self, name) is not None}
        if not known:
            raise ValueError("there is no gateway; add [sms.twilio], [sms.smsru] or [sms.smsc]")
        if not self.order and len(known) > 1:
            raise ValueError(f"say which one serves first: order = [{_quoted(sorted(known))}]")
        if self.order and (set(self.order) != known or len(self.order) != len(known)):
            raise ValueError(f"order must name each gateway once: {_quoted(sorted(known))}")
        return self

    @property
    def gateways(self) -> tuple[GatewayName, ...]:
        """The gateways, the first one first."""
        names: tuple[GatewayName, ...] = ("twilio", "smsru", "smsc")
        return self.order or tuple(name for name in names if getattr(self, name) is not None)


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
