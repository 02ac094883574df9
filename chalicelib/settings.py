"""The shop file, validated as a whole into one :class:`Shop`. Errors name the key and the fix."""

import importlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from chalicelib.config_types import Duration, Mode, Url, Zone
from chalicelib.errors import ConfigurationError
from chalicelib.events import ParcelStatus
from chalicelib.people import Person
from chalicelib.providers.reading import SourceSettings
from chalicelib.shopfile import ShopFile

RuleName = Literal["call-missed", "lead-submitted", "parcel-moved"]
PYDANTIC_WORDS = frozenset({"constrained-str", "[key]"})


class Table(BaseModel):
    """A table of the shop file. Unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Codes(Table):
    """The CRM's symbolic codes that the rules use. Each shop edits its own lists in the CRM."""

    missed_call_method: str = "missed-call"
    landing_method: str = "landing-page"
    new: str = "new"


class CrmSettings(Table):
    """How to reach the CRM.

    Attributes:
        timezone: the account's zone: the CRM writes local times without offset.
        search_lag: how long the CRM's searches may not show what was just written.
        requests_per_second: the key's limit.
        reserved_per_second: what of it is kept for checks and people.
        finished_groups: the status groups that mean that an order is finished.
        parcel_statuses: which order status a parcel status means; what is left out changes nothing.
    """

    kind: Literal["retailcrm"] = "retailcrm"
    url: Url
    api_key: SecretStr
    timezone: Zone = ZoneInfo("Europe/Moscow")
    search_lag: Duration = timedelta(seconds=60)
    requests_per_second: float = Field(default=10, gt=0, allow_inf_nan=False)
    reserved_per_second: float = Field(default=2, ge=0)
    finished_groups: frozenset[str] = frozenset({"complete", "cancel"})
    codes: Codes = Codes()
    parcel_statuses: Mapping[ParcelStatus, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _leaves_something(self) -> "CrmSettings":
        if self.reserved_per_second >= self.requests_per_second:
            raise ValueError("reserved_per_second leaves nothing of requests_per_second")
        return self


class TwilioSettings(Table):
    """The SMS gateway."""

    kind: Literal["twilio"] = "twilio"
    url: Url = "https://api.twilio.com"
    account: str
    token: SecretStr
    sender: str


class TelegramSettings(Table):
    """The alert channel."""

    url: Url = "https://api.telegram.org"
    token: SecretStr


class AlertSettings(Table):
    """Where alerts go. The log has each of them in any case."""

    telegram: TelegramSettings | None = None


class Rules(Table):
    """Numbers and switches of the rules.

    Attributes:
        known_caller: how long after an order was closed its client is still called back on it.
        call_back_within: how soon a missed call should be called back, in working hours.
        lead_completes_call: how long after a missed call's order a lead completes it.
        repeat_lead: how soon the same form of the same client is a repeat, not a second order.
        sms_valid: how late a text message may still be sent.
        sms: which parcel status sends which template.
        observe: rules that only observe: ``call-missed``, ``lead-submitted``, ``parcel-moved``.
        act: rules that act although the shop observes.
    """

    known_caller: Duration = timedelta(days=30)
    call_back_within: Duration = timedelta(minutes=15)
    lead_completes_call: Duration = timedelta(hours=24)
    repeat_lead: Duration = timedelta(minutes=15)
    sms_valid: Duration = timedelta(days=3)
    sms: Mapping[ParcelStatus, str] = Field(default_factory=lambda: {ParcelStatus.WAITING: "arrived"})
    observe: frozenset[RuleName] = frozenset()
    act: frozenset[RuleName] = frozenset()


class ShopTable(Table):
    """The shop itself."""

    name: str = Field(min_length=1)
    mode: Mode = "observe"
    timezone: Zone
    language: Literal["ru", "en"] = "ru"
    site: str = ""
    own_numbers: frozenset[str] = frozenset()


class Shop(Table):
    """Everything that a shop sets."""

    shop: ShopTable
    crm: CrmSettings
    sms: TwilioSettings | None = None
    alerts: AlertSettings = AlertSettings()
    rules: Rules = Rules()
    people: tuple[Person, ...]
    sources: Mapping[str, SourceSettings] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_performer(self) -> "Shop":
        if not any(person.crm_user for person in self.people):
            # No ValueError, which would not know its key.
            raise ConfigurationError(
                "people", "nobody has a crm_user, and tasks need a performer", "Give one of them a crm_user"
            )
        return self

    def observes(self, source: str, rule: str) -> bool:
        """True if nothing may be written outside for this source's events under this rule.

        What is set for the source or the rule wins over the shop; where both are set, observing wins.
        """
        settings = self.sources.get(source)
        source_mode = settings.mode if settings else None
        rule_mode = "observe" if rule in self.rules.observe else "act" if rule in self.rules.act else None
        modes = {mode for mode in (source_mode, rule_mode) if mode} or {self.shop.mode}
        return "observe" in modes

    def zone_of(self, source: str) -> ZoneInfo:
        """The zone of local times in a source's webhooks."""
        settings = self.sources.get(source)
        return settings.timezone if settings and settings.timezone else self.shop.timezone


def validate(file: ShopFile) -> Shop:
    """Check the whole shop file.

    Raises:
        ConfigurationError: names the first wrong key and the fix.
    """
    if file.missing:
        raise ConfigurationError(
            ", ".join(file.missing), "not set in the environment", f"{file.path.name} refers to it: set it"
        )
    if file.demo and not file.is_sandbox:
        raise ConfigurationError(
            ", ".join(file.demo),
            "the example's published demo secrets must not meet a real CRM",
            "Set these variables to your own values, or write a shop.toml with the sources that you have",
        )
    content = dict(file.content)
    sources = {name: _source(name, table) for name, table in dict(content.get("sources", {})).items()}
    try:
        return Shop.model_validate({**content, "sources": sources})
    except ValidationError as error:
        raise _configuration_error("", error) from None


def _source(name: str, table: Any) -> SourceSettings:  # noqa: ANN401 -- it comes from a file
    key = f"sources.{name}"
    provider = table.get("provider") if isinstance(table, Mapping) else None
    if not isinstance(provider, str) or not provider.isidentifier():
        raise ConfigurationError(f"{key}.provider", "missing", 'Name the provider, such as "mango"')
    try:
        reader = importlib.import_module(f"chalicelib.providers.{provider}.read")
    except ModuleNotFoundError:
        raise ConfigurationError(
            f"{key}.provider", f"there is no provider {provider!r}", "See the folder chalicelib/providers"
        ) from None
    settings_model: type[SourceSettings] = reader.Settings
    try:
        return settings_model.model_validate(dict(table))
    except ValidationError as error:
        raise _configuration_error(f"{key}.", error) from None


def _configuration_error(prefix: str, error: ValidationError) -> ConfigurationError:
    """The first problem, with its key. Values are not repeated: they may be secrets."""
    first = error.errors(include_url=False, include_input=False)[0]
    # Pydantic names the branch of a union, and the key of a mapping, in words of its own.
    key = prefix + ".".join(str(part) for part in first["loc"] if part not in PYDANTIC_WORDS)
    fixes = {
        "missing": "Add this key",
        "extra_forbidden": "Remove this key, or correct its spelling",
    }
    message = first["msg"].removeprefix("Value error, ")
    return ConfigurationError(key or "shop file", message, fixes.get(first["type"], "Correct this value"))
