"""The shop file, validated as a whole into one :class:`Shop`. Errors name the key and the fix."""

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from chalicelib import shopfile
from chalicelib.alerts.settings import AlertSettings
from chalicelib.assignment import settings as assignment_settings
from chalicelib.checks.endpoints import settings as endpoint_settings
from chalicelib.checks.subscriptions.settings import CalendarSettings, Subscriptions
from chalicelib.client_time.settings import ClientTimeSettings
from chalicelib.config_types import Duration, Mode, Table, Url, Zone, written
from chalicelib.errors import ConfigurationError
from chalicelib.events import PARCEL_TROUBLES, ParcelStatus
from chalicelib.hours import WorkingHours
from chalicelib.ladders import Ladders
from chalicelib.messengers.settings import MessengerSettings, RequestForm
from chalicelib.pauses import LONGEST_BACK_OFF
from chalicelib.people import Person
from chalicelib.production.settings import ProductionSettings
from chalicelib.production.source import ProductionSource
from chalicelib.providers.couriers import ParcelSettings
from chalicelib.providers.reading import Identifier, SourceSettings
from chalicelib.reconciliation.settings import ReconciliationSettings
from chalicelib.retention import Retention
from chalicelib.scenario import problems as scenario_problems
from chalicelib.scenario.settings import Scenario
from chalicelib.shopfile import LOOPBACK_HOSTS, ShopFile
from chalicelib.sms.settings import SmsSettings
from chalicelib.stock.settings import StockSettings
from chalicelib.telephony import Telephony
from chalicelib.texts.settings import MessageSettings

RuleName = Literal[
    "call-missed",
    "call-answered",
    "call-tracked",
    "lead-submitted",
    "message-received",
    "parcel-moved",
    "sms-received",
    "pickup-stalled",
    "lead-unprocessed",
    "subscription-expiring",
    "order-status-changed",
    "order-edited",
    "message-wanted",
    "stock-told",
    "lost-in-crm",
    "production-asked",
    "production-commented",
    "production-promised",
    "production-ready",
]
PYDANTIC_WORDS = ("constrained-str", "tuple[", "[")
"""How its words for the branch of a union and for the key of a mapping begin."""

SCENARIO_FILE = "scenario.toml"
"""Likewise beside the shop file."""

EXAMPLE_SCENARIO = "scenario.example.toml"
"""Beside the example shop's."""

TEXTS_FOLDER = "texts"
"""Beside the shop file. On AWS that is our own folder, into which the shop's texts are packaged."""

SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
WORDS = {
    "missing": ("missing", "Add this key"),
    "extra_forbidden": ("there is no such key", "Remove this key, or correct its spelling"),
}
"""What pydantic's types of errors mean for who writes the file, and the fix."""


class Codes(Table):
    """The CRM's symbolic codes that the rules use. Each shop edits its own lists in the CRM.

    Attributes:
        new: the status of the orders that we make.
        unprocessed: the statuses that mean that nobody has looked at an order yet; empty for ``new`` alone.
    """

    missed_call_method: str = "missed-call"
    landing_method: str = "landing-page"
    messenger_method: str = "messenger"
    mail_method: str = "e-mail"
    new: str = "new"
    unprocessed: frozenset[str] = frozenset()


VisitorField = Literal[
    "landing_page",
    "referrer",
    "yandex",
    "google",
    "roistat",
    "calltouch",
    "callibri",
    "mango",
    "uis",
    "vk",
    "yclid",
    "gclid",
    "wbraid",
    "gbraid",
    "rb_clickid",
    "fbclid",
    "ctwa_clid",
]
"""What may be known of a client's visit besides the five values of the order's source."""


class CrmSettings(Table):
    """How to reach the CRM.

    Attributes:
        timezone: the account's zone: the CRM writes local times without offset.
        search_lag: how long the CRM's searches may not show what was just written.
        requests_per_second: the key's limit.
        reserved_per_second: what of it is kept for checks and people.
        finished_groups: the status groups that mean that an order is finished.
        visitor_fields: the code of the order's custom field for what is known of a client's visit; what is
            left out stands in the manager comment alone.
        parcel_statuses: which order status a parcel status means; what is left out changes nothing.
    """

    kind: Literal["retailcrm"] = "retailcrm"
    url: Url
    api_key: SecretStr
    timezone: Zone = ZoneInfo("Europe/Moscow")
    search_lag: Duration = Field(default=timedelta(seconds=60), le=LONGEST_BACK_OFF)
    requests_per_second: float = Field(default=10, gt=0, allow_inf_nan=False)
    reserved_per_second: float = Field(default=2, ge=0)
    finished_groups: frozenset[str] = frozenset({"complete", "cancel"})
    codes: Codes = Codes()
    visitor_fields: Mapping[VisitorField, Identifier] = Field(default_factory=dict)
    parcel_statuses: Mapping[ParcelStatus, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _leaves_something(self) -> "CrmSettings":
        if self.reserved_per_second >= self.requests_per_second:
            raise ValueError("reserved_per_second leaves nothing of requests_per_second")
        return self

    @field_validator("url")
    @classmethod
    def _is_encrypted(cls, url: str) -> str:
        """The key goes in a header of each request."""
        if not url.startswith("https://") and urlsplit(url).hostname not in LOOPBACK_HOSTS:
            raise ValueError("the key must not travel unencrypted; use https://")
        return url


class HeartbeatSettings(Table):
    """A dead man's switch outside: it raises the alarm when it has not heard of us."""

    url: SecretStr


class Rules(Table):
    """Numbers and switches of the rules.

    Attributes:
        known_caller: how long after an order was closed its client is still called back on it.
        call_back_within: how soon a missed call should be called back, in working hours.
        lead_completes_call: how long after a missed call's order a lead completes it.
        repeat_lead: how soon the same form of the same client is a repeat, not a second order.
        sms_valid: how long after its webhook a text message may still be sent.
        parcel_tasks: of which parcel statuses the order's manager gets a task.
        sms: which parcel status sends which template; the arrival its own, unless told otherwise.
        observe: rules that only observe: ``call-missed``, ``call-answered``, ``call-tracked``,
            ``lead-submitted``, ``message-received``, ``parcel-moved``, ``sms-received``, ``pickup-stalled``,
            ``lead-unprocessed``, ``subscription-expiring``, ``order-status-changed``, ``order-edited``,
            ``message-wanted``, ``stock-told``, ``lost-in-crm``.
            ``message-wanted``, ``stock-told``, ``production-asked``, ``production-commented``,
            ``production-promised``, ``production-ready``.
        act: rules that act although the shop observes.
    """

    known_caller: Duration = timedelta(days=30)
    call_back_within: Duration = timedelta(minutes=15)
    lead_completes_call: Duration = timedelta(hours=24)
    repeat_lead: Duration = timedelta(minutes=15)
    sms_valid: Duration = timedelta(days=3)
    parcel_tasks: frozenset[ParcelStatus] = PARCEL_TROUBLES
    sms: Mapping[ParcelStatus, str] | None = None
    observe: frozenset[RuleName] = frozenset()
    act: frozenset[RuleName] = frozenset()

    @field_validator("parcel_tasks")
    @classmethod
    def _is_trouble(cls, statuses: frozenset[ParcelStatus]) -> frozenset[ParcelStatus]:
        if not statuses <= PARCEL_TROUBLES:
            raise ValueError(f"there are tasks about {', '.join(sorted(PARCEL_TROUBLES))} alone")
        return statuses


class ShopTable(Table):
    """The shop itself.

    Attributes:
        hours: when somebody should look at new orders.
    """

    name: str = Field(min_length=1)
    mode: Mode = "observe"
    timezone: Zone
    language: Literal["ru", "en"] = "ru"
    site: str = ""
    own_numbers: frozenset[str] = frozenset()
    hours: WorkingHours = WorkingHours.parse("Mon-Sun 09:00-20:00")


class Shop(Table):
    """Everything that a shop sets.

    Attributes:
        scenario: the file of this name, beside the shop file; None if there is none.
        own_texts: the folder with the shop's own texts, beside its file; None if there is none.
    """

    shop: ShopTable
    crm: CrmSettings
    sms: SmsSettings | None = None
    alerts: AlertSettings = AlertSettings()
    heartbeat: HeartbeatSettings | None = None
    rules: Rules = Rules()
    retention: Retention = Retention()
    ladders: Ladders = Ladders()
    telephony: Telephony = Telephony()
    people: tuple[Person, ...]
    duty: assignment_settings.Duty | None = None
    assignment: assignment_settings.Assignment = assignment_settings.Assignment()
    endpoints: tuple[endpoint_settings.Endpoint, ...] = ()
    test_leads: tuple[endpoint_settings.TestLead, ...] = ()
    control_probe: endpoint_settings.ControlProbe = endpoint_settings.ControlProbe()
    sources: Mapping[str, SourceSettings] = Field(default_factory=dict)
    subscriptions: Subscriptions = ()
    calendar: CalendarSettings | None = None
    client_time: ClientTimeSettings = ClientTimeSettings()
    messages: MessageSettings = MessageSettings()
    messengers: MessengerSettings = MessengerSettings()
    request_form: RequestForm | None = None
    stock: StockSettings | None = None
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    scenario: Scenario | None = None
    production: ProductionSettings = ProductionSettings()
    own_texts: Path | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "Shop":
        problems = [_source_name(name) for name in self.sources if not SOURCE_NAME.fullmatch(name)]
        if not any(person.crm_user for person in self.people):
            problems.append(
                ConfigurationError(
                    "people",
                    "nobody has a crm_user, and tasks need a performer",
                    "Give one of them a crm_user",
                )
            )
        names = {person.name for person in self.people if person.crm_user}
        problems += [
            ConfigurationError(
                f"people.{number}.boss",
                f"there is no {person.boss} with a crm_user",
                "Write the name as it stands at that person, and give them a crm_user",
            )
            for number, person in enumerate(self.people)
            if person.boss and person.boss not in names
        ]
        for table, sends in (
            ("rules.sms", self.rules.sms),
            ("messages", list(self.messages.sent_by_themselves())),
        ):
            if sends and self.sms is None:
                problem = f"there is no gateway, but [{table}] sends messages"
                problems.append(ConfigurationError("sms", problem, "Add [sms], or empty that"))
        problems += assignment_settings.problems(self.duty, self.assignment, self.people)
        problems += self._unknown_steps()
        problems += self._marketing_without_asking()
        people = {person.name for person in self.people}
        problems += endpoint_settings.problems(self.endpoints, self.test_leads, people, self.sources)
        problems += self._unknown_responsible()
        problems += self._asked_in_vain()
        problems += self._alert_problems()
        problems += self._scenario_problems()
        quiet = self.client_time.quiet
        if self.sms is not None and quiet is not None and quiet.longest >= self.rules.sms_valid:
            problems.append(
                ConfigurationError(
                    "rules.sms_valid",
                    "shorter than the quiet hours: what an evening brings would be too late in the morning",
                    "Make it longer, or client_time.quiet shorter",
                )
            )
        if problems:
            # No ValueError, which would not know its key.
            raise _all_of(problems)
        return self

    def _alert_problems(self) -> list[ConfigurationError]:
        preferences = {person.name: person.channels for person in self.people}
        problems = [
            ConfigurationError(key, problem, "Correct this name, or add what it names")
            for key, problem in self.alerts.problems(preferences)
        ]
        if self.alerts.sms is not None and self.sms is None:
            problems.append(
                ConfigurationError("alerts.sms", "there is no gateway for messages", "Add the table [sms]")
            )
        return problems

    def _scenario_problems(self) -> list[ConfigurationError]:
        if self.scenario is None:
            return []
        codes = self.crm.codes
        problems = scenario_problems.problems(self.scenario)
        if codes.new in self.scenario.statuses and codes.new not in self.scenario.begin:
            problems.append(
                ConfigurationError(
                    "scenario.begin",
                    f"without {codes.new}, in which we make orders (crm.codes.new)",
                    "Add it",
                )
            )
        uses = [
            ("crm.codes.new", codes.new),
            *(("crm.codes.unprocessed", status) for status in sorted(codes.unprocessed)),
            *((f"crm.parcel_statuses.{key}", status) for key, status in self.crm.parcel_statuses.items()),
            *((f"messages.order_statuses.{status}", status) for status in self.messages.order_statuses),
            *self.production.statuses,
        ]
        return problems + scenario_problems.unknown_uses(self.scenario, uses)

    def _marketing_without_asking(self) -> list[ConfigurationError]:
        by_parcel = ((f"rules.sms.{status}", text) for status, text in self.sms_templates.items())
        return [
            ConfigurationError(
                key,
                f"{text} is marketing, and goes out by hand or by a trigger alone",
                "Name another text, or take it off messages.marketing",
            )
            for key, text in (*by_parcel, *self.messages.sent_by_themselves())
            if text in self.messages.marketing
        ]

    def _unknown_steps(self) -> list[ConfigurationError]:
        ladders = (self.ladders.stalled_pickup, *self.ladders.couriers.values())
        steps = frozenset(step for ladder in ladders for step in ladder)
        return [
            ConfigurationError(
                f"messages.pickup_reminders.{written(step)}",
                "there is no such step on [ladders] stalled_pickup, nor on any courier's",
                "Write one of the steps",
            )
            for step in self.messages.unknown_steps(steps)
        ]

    def _unknown_responsible(self) -> list[ConfigurationError]:
        names = {"", *(person.name for person in self.people)}
        return [
            ConfigurationError(
                f"subscriptions.{number}.responsible",
                f"there is nobody with the name {subscription.responsible!r}",
                "Write a name as [[people]] has it",
            )
            for number, subscription in enumerate(self.subscriptions)
            if subscription.responsible not in names
        ]

    def _asked_in_vain(self) -> list[ConfigurationError]:
        return [
            ConfigurationError(
                "request_form.sources",
                f"{name} cannot reply" if name in self.sources else f"there is no source {name}",
                "Name messengers that have a token to reply with",
            )
            for name in sorted(self.request_form.sources if self.request_form else ())
            if name not in self.sources or not self.sources[name].can_reply
        ]

    @property
    def sms_templates(self) -> Mapping[ParcelStatus, str]:
        """Which parcel status sends which template."""
        if self.sms is None:
            return {}
        return {ParcelStatus.WAITING: "arrived"} if self.rules.sms is None else self.rules.sms

    def order_status_for(self, status: ParcelStatus) -> str | None:
        """Which order status a parcel status means; None if it changes nothing."""
        statuses = self.crm.parcel_statuses
        if status is ParcelStatus.IN_CITY and status not in statuses:
            status = ParcelStatus.IN_TRANSIT
        return statuses.get(status)

    def request_form_for(self, source: str) -> RequestForm | None:
        """What clients are asked for in this source's conversations; None for nothing."""
        form, settings = self.request_form, self.sources.get(source)
        if form is None or settings is None or not settings.can_reply:
            return None
        return form if not form.sources or source in form.sources else None

    def wants_files_of(self, source: str) -> bool:
        """True if files of this source's conversations are put into the CRM, where no link opens them."""
        settings = self.sources.get(source)
        return self.messengers.files and settings is not None and settings.can_reply

    @property
    def follows_orders(self) -> bool:
        """True if each change of an order is looked at, not only those that clients are told of."""
        return self.scenario is not None or self.has_production

    @property
    def has_production(self) -> bool:
        """True if production asks or tells something, or an order's way through it is watched."""
        return self.hears_production or self.production.watches_orders

    @property
    def hears_production(self) -> bool:
        """True if production may ask something."""
        asks = self.production.question_field or self.production.question_status
        return bool(asks) or any(isinstance(source, ProductionSource) for source in self.sources.values())

    @property
    def pickup_status(self) -> str:
        """The order status that means that the parcel waits at a pickup point; empty if there is none."""
        return self.crm.parcel_statuses.get(ParcelStatus.WAITING, "")

    @property
    def unprocessed_statuses(self) -> frozenset[str]:
        """The order statuses that mean that nobody has looked at an order yet."""
        return self.crm.codes.unprocessed or frozenset({self.crm.codes.new})

    @property
    def never_acts(self) -> bool:
        """True if nothing may be written outside for any source's events under any rule."""
        acts = any(settings.mode == "act" for settings in self.sources.values()) or self.rules.act
        return self.shop.mode == "observe" and not acts

    def observes(self, source: str, rule: str) -> bool:
        """True if nothing may be written outside for this source's events under this rule.

        What is set for the source or the rule wins over the shop; where both are set, observing wins.
        """
        settings = self.sources.get(source)
        source_mode = settings.mode if settings else None
        rule_mode = "observe" if rule in self.rules.observe else "act" if rule in self.rules.act else None
        modes = {mode for mode in (source_mode, rule_mode) if mode} or {self.shop.mode}
        return "observe" in modes

    def storage_days(self, source: str) -> int | None:
        """How long a parcel of this source waits where the courier does not tell; None if unknown."""
        settings = self.sources.get(source)
        return settings.storage_days if isinstance(settings, ParcelSettings) else None

    def zone_of(self, source: str) -> ZoneInfo:
        """The zone of local times in a source's webhooks."""
        settings = self.sources.get(source)
        return settings.timezone if settings and settings.timezone else self.shop.timezone


def validate(file: ShopFile) -> Shop:
    """Check the whole shop file.

    Raises:
        ConfigurationError: names each wrong key and the fix.
    """
    if file.missing:
        raise ConfigurationError(
            ", ".join(file.missing), "not set in the environment", f"{file.path.name} refers to it: set it"
        )
    problems = [*_secret_problems(file)]
    sources: dict[str, SourceSettings] = {}
    for name, table in dict(file.content.get("sources", {})).items():
        try:
            sources[name] = _source(name, table)
        except ConfigurationError as error:
            problems.append(error)
    try:
        own_texts = file.path.parent / TEXTS_FOLDER
        folder = own_texts if own_texts.is_dir() else None
        beside = {"sources": sources, "own_texts": folder, **_scenario(file)}
        shop = Shop.model_validate({**file.content, **beside})
    except ValidationError as error:
        problems += _problems("", error)
    except ConfigurationError as error:
        problems.append(error)
    if problems:
        raise _all_of(problems)
    return shop


def scenario_file(shop_file: Path) -> Path:
    """Where the scenario of the shop with this file stands, if it has one."""
    is_example = shop_file.name == shopfile.EXAMPLE
    return shop_file.with_name(EXAMPLE_SCENARIO if is_example else SCENARIO_FILE)


def scenario_of(path: Path) -> Scenario:
    """A scenario by itself, without the shop that it is for.

    Raises:
        ConfigurationError: names each wrong key and the fix.
    """
    try:
        scenario = Scenario.model_validate(shopfile.parse(path))
    except ValidationError as error:
        raise _all_of(_problems("scenario.", error)) from None
    problems = scenario_problems.problems(scenario)
    if problems:
        raise _all_of(problems)
    return scenario


def _scenario(file: ShopFile) -> Mapping[str, object]:
    path = scenario_file(file.path)
    return {"scenario": shopfile.parse(path)} if path.is_file() else {}


def retention_of(file: ShopFile) -> Retention:
    """The table ``[retention]`` alone: who looks after the data needs no secrets.

    Raises:
        ConfigurationError: names each wrong key and the fix.
    """
    try:
        return Retention.model_validate(file.content.get("retention", {}))
    except ValidationError as error:
        raise _all_of(_problems("retention.", error)) from None


def _secret_problems(file: ShopFile) -> Iterator[ConfigurationError]:
    if file.is_sandbox:
        return
    for key in file.literal:
        yield ConfigurationError(
            key, "a secret stands in the file", 'Put it into the environment, and write "env:NAME" here'
        )
    if file.published:
        yield ConfigurationError(
            ", ".join(file.published),
            "the example's published demo secrets must not meet a real CRM",
            "Set these to your own values, or write a shop.toml with the sources that you have",
        )


def _all_of(problems: Sequence[ConfigurationError]) -> ConfigurationError:
    first, *others = problems
    return ConfigurationError(first.key, first.problem, first.fix, others) if others else first


def _source_name(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"sources.{name}", "the name stands in a URL", "Use lower-case letters, digits and hyphens"
    )


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
        raise _all_of(_problems(f"{key}.", error)) from None


def _problems(prefix: str, error: ValidationError) -> list[ConfigurationError]:
    """A problem for each key. Values are not repeated: they may be secrets."""
    problems: list[ConfigurationError] = []
    for details in error.errors(include_url=False, include_input=False):
        problem = _problem(prefix, details)
        # Pydantic complains once for each way in which a value could be right.
        if not any(f"{problem.key}.".startswith(f"{told.key}.") for told in problems):
            problems.append(problem)
    return problems


def _problem(prefix: str, details: ErrorDetails) -> ConfigurationError:
    # Pydantic names the branch of a union, and the key of a mapping, in words of its own.
    parts = (str(part) for part in details["loc"] if not str(part).startswith(PYDANTIC_WORDS))
    key = (prefix + ".".join(parts)).rstrip(".")
    problem, fix = WORDS.get(
        details["type"], (details["msg"].removeprefix("Value error, "), "Correct this value")
    )
    return ConfigurationError(key or "shop file", problem, fix)
