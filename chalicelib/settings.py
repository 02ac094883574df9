"""Everything that a shop sets: the shop file as one :class:`Shop`. ``validation`` makes it of the file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from chalicelib.alerts.settings import AlertSettings
from chalicelib.assignment import settings as assignment_settings
from chalicelib.checks.endpoints import settings as endpoint_settings
from chalicelib.checks.subscriptions.settings import CalendarSettings, Subscriptions
from chalicelib.client_time.settings import ClientTimeSettings
from chalicelib.config_types import Mode, Table, Zone
from chalicelib.console.settings import ConsoleSettings
from chalicelib.crm.settings import CrmSettings
from chalicelib.events import ParcelStatus
from chalicelib.hours import WorkingHours
from chalicelib.ladders import Ladders
from chalicelib.messengers.settings import MessengerSettings, RequestForm
from chalicelib.people import Person
from chalicelib.production.settings import ProductionSettings
from chalicelib.production.source import ProductionSource
from chalicelib.profit.settings import ProfitSettings
from chalicelib.providers.couriers import ParcelSettings
from chalicelib.providers.reading import SourceSettings
from chalicelib.reconciliation.settings import ReconciliationSettings
from chalicelib.retention import Retention
from chalicelib.rules import Rules
from chalicelib.scenario.settings import Scenario
from chalicelib.sms.settings import SmsSettings
from chalicelib.stock.settings import StockSettings
from chalicelib.telephony import Telephony
from chalicelib.texts.settings import MessageSettings


class HeartbeatSettings(Table):
    """A dead man's switch outside: it raises the alarm when it has not heard of us."""

    url: SecretStr


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
    profit: ProfitSettings | None = None
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    scenario: Scenario | None = None
    production: ProductionSettings = ProductionSettings()
    console: ConsoleSettings | None = None
    own_texts: Path | None = None

    @property
    def watched(self) -> tuple[endpoint_settings.Watched, ...]:
        """What is probed: endpoints and test leads."""
        return (*self.endpoints, *self.test_leads)

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
