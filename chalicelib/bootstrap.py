"""The only place where real things are chosen and wired together."""

import importlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

import httpx

from chalicelib import shopfile
from chalicelib.alerts.channels import Channels
from chalicelib.alerts.delivery import AddLink, ConfiguredChannel, Delivery
from chalicelib.alerts.incidents import Incidents
from chalicelib.alerts.raising import AlertRaiser
from chalicelib.checks.running import CheckRunner
from chalicelib.checks.wiring import Parts, checks_of
from chalicelib.client_time.geohelper import GeoHelper
from chalicelib.client_time.ranges import PhoneRanges
from chalicelib.client_time.zones import ClientZones
from chalicelib.clock import Clock, system_clock
from chalicelib.crm.account import CrmAccount
from chalicelib.crm.port import Crm, CrmReader
from chalicelib.crm.retailcrm.account import RetailCrmAccount
from chalicelib.crm.retailcrm.adapter import RetailCrm
from chalicelib.crm.retailcrm.client import RetailCrmClient
from chalicelib.deciding import Decider
from chalicelib.engine.port import Engine, NothingStored
from chalicelib.engine.sqlite.database import Database
from chalicelib.engine.sqlite.documents import SqliteDocuments
from chalicelib.engine.sqlite.expiry import expire
from chalicelib.engine.sqlite.journal import SqliteJournal
from chalicelib.engine.sqlite.queue import SqliteQueue
from chalicelib.engine.sqlite.timers import SqliteTimers
from chalicelib.errors import ConfigurationError, Unreadable
from chalicelib.gate.aws import SSM, AwsClient, AwsError, read_parameter
from chalicelib.gate.envelope import OWN_SOURCE, Envelope
from chalicelib.messages import read_own
from chalicelib.messengers.files import FileAttacher
from chalicelib.messengers.sending import ReplySender
from chalicelib.messengers.wiring import messengers_of
from chalicelib.metrics import SILENT, Metrics, metrics_of
from chalicelib.outages import Outages
from chalicelib.pace import Pace
from chalicelib.perform import Performer
from chalicelib.pipeline import Pipeline
from chalicelib.production.sending import AnswerSender
from chalicelib.providers.acknowledge.links import Links
from chalicelib.providers.acknowledge.read import Settings as AcknowledgeSettings
from chalicelib.providers.reading import Reader, Reading
from chalicelib.retention import Retention
from chalicelib.secret_store import SecretStore
from chalicelib.secrets import LOCKED
from chalicelib.settings import Shop
from chalicelib.sms.port import SmsGateway
from chalicelib.sms.sending import SmsSender
from chalicelib.sms.wiring import gateways_of
from chalicelib.sources import Sources
from chalicelib.stock.keeping import StockKeeper
from chalicelib.texts import Texts
from chalicelib.validation import retention_of, validate

VISIBILITY = timedelta(minutes=5)
"""How long a worker has for a message before another one gets it."""

AWS_VISIBILITY = timedelta(minutes=10)
"""As ``infra/stack.json`` makes the queues: six times a worker's time-out."""

LIBRARIES = ("httpx", "httpcore", "twilio", "botocore", "urllib3")
DATA_FILE = "leadkeeper.sqlite3"
TABLE = "LEADKEEPER_TABLE"
DEFAULT_RETENTION = Retention()


@dataclass(frozen=True, slots=True)
class Application:
    """Everything wired together.

    Attributes:
        crm: to read, on the reserve of requests that is kept for checks and people.
    """

    shop: Shop
    engine: Engine
    crm: CrmReader
    decider: Decider
    pipeline: Pipeline
    checks: CheckRunner
    incidents: Incidents
    delivery: Delivery
    clock: Clock


def application() -> Application:
    """The application of this process, as its environment wants it.

    Raises:
        ConfigurationError: the shop file or the environment is wrong.
    """
    return _aws_host().application() if TABLE in os.environ else one_machine()


def engine() -> Engine:
    """The queues and stores of this process; on AWS they need no secrets.

    Raises:
        ConfigurationError: the environment is wrong, or on one machine the shop file.
    """
    return _aws_engine() if TABLE in os.environ else one_machine().engine


@cache
def one_machine() -> Application:
    """The application of the only process on this machine.

    Raises:
        ConfigurationError: the shop file or the environment is wrong.
    """
    quiet_libraries()
    shop = validate(shopfile.load())
    folder = data_folder(os.environ)
    engine = sqlite_engine(folder, system_clock, shop.retention)
    with_disk = replace(engine, free_bytes=lambda: shutil.disk_usage(folder).free)
    return wire(shop, with_disk, system_clock)


@cache
def _aws_host() -> "AwsHost":
    quiet_libraries()
    ssm = AwsClient(SSM, os.environ, system_clock)
    secrets = SecretStore(os.environ, partial(_read_secrets, ssm), system_clock)
    return AwsHost(secrets, _aws_engine(), system_clock)


def _read_secrets(ssm: AwsClient, name: str) -> str:
    try:
        return read_parameter(ssm, name)
    except AwsError as error:
        raise ConfigurationError(
            name, str(error), "Store it with leadkeeper secrets put; check credentials and region"
        ) from error


@cache
def _aws_engine() -> Engine:
    return aws_engine_of(os.environ, retention_of(shopfile.load()))


class AwsHost:
    """A worker on AWS: takes rotated secrets into use while the function is warm."""

    def __init__(self, secrets: SecretStore, engine: Engine, clock: Clock) -> None:
        """Work with this engine."""
        self._secrets = secrets
        self._engine = engine
        self._clock = clock
        self._environment: Mapping[str, str] | None = None
        self._application: Application | None = None

    def application(self) -> Application:
        """Everything wired with the secrets of now.

        Raises:
            ConfigurationError: the shop file or the secrets are wrong.
        """
        environment = self._secrets.current()
        if self._application is None or environment is not self._environment:
            shop = validate(shopfile.load(_with_locked_console(environment)))
            workers = int(environment.get("LEADKEEPER_WORKERS", "1"))
            metrics = metrics_of(environment, self._clock)
            self._application = wire(shop, self._engine, self._clock, processes=workers, metrics=metrics)
            self._environment = environment
        return self._application


def _with_locked_console(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Let nobody in where the console's secrets are not known, as the workers need not know them."""
    names = shopfile.load(environment).of_console_alone()
    return {**environment, **{name: environment.get(name) or LOCKED for name in names}}


def aws_engine_of(environment: Mapping[str, str], retention: Retention) -> Engine:
    """The engine of AWS that the environment names.

    Raises:
        ConfigurationError: a variable is missing, or boto3.
    """
    try:
        # Lambda's own copy of boto3; one machine has none.
        import boto3  # noqa: PLC0415
    except ModuleNotFoundError:
        raise ConfigurationError(
            TABLE, "it leads to AWS, and boto3 is not installed", "Run make install-dev"
        ) from None

    from chalicelib.engine.aws.build import aws_engine  # noqa: PLC0415

    return aws_engine(
        sqs=boto3.client("sqs"),
        dynamodb=boto3.client("dynamodb"),
        work_url=_variable(environment, "LEADKEEPER_WORK_QUEUE_URL"),
        notify_url=_variable(environment, "LEADKEEPER_NOTIFY_QUEUE_URL"),
        table=_variable(environment, TABLE),
        visibility=AWS_VISIBILITY,
        retention=retention,
        clock=system_clock,
    )


def _variable(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise ConfigurationError(name, "not set in the environment", "The infra stack's outputs hold it")
    return value


def data_folder(environment: Mapping[str, str]) -> Path:
    """Where one machine keeps its data: ``DATA``, else ``data`` in the working folder."""
    return Path(environment.get("DATA") or "data")


def sqlite_engine(
    folder: Path, clock: Clock = system_clock, retention: Retention = DEFAULT_RETENTION
) -> Engine:
    """The engine of one machine."""
    return engine_on(Database(folder / DATA_FILE), clock, retention)


def engine_on(database: Database, clock: Clock, retention: Retention = DEFAULT_RETENTION) -> Engine:
    """The engine that keeps everything in this file."""
    return Engine(
        work=SqliteQueue(database, "work", VISIBILITY, clock),
        notify=SqliteQueue(database, "notify", VISIBILITY, clock),
        timers=SqliteTimers(database),
        journal=SqliteJournal(database),
        documents=SqliteDocuments(database, clock),
        expire=partial(expire, database, retention),
        trouble=database.trouble,
        close=database.close,
    )


def wire(
    shop: Shop,
    engine: Engine,
    clock: Clock,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    processes: int = 1,
    metrics: Metrics = SILENT,
) -> Application:
    """Put the parts together.

    Args:
        shop: the shop.
        engine: the host's queues and stores.
        clock: what time it is.
        transport: replaces the network in tests.
        sleep: replaces waiting in tests.
        processes: how many processes share the CRM's limit of requests.
        metrics: where metrics go.
    """
    texts = texts_of(shop)
    pace = Pace((shop.crm.requests_per_second - shop.crm.reserved_per_second) / processes, sleep=sleep)
    crm = _crm(shop, pace, transport, sleep, metrics)
    reserve = Pace(shop.crm.reserved_per_second, sleep=sleep) if shop.crm.reserved_per_second else pace
    reader = _crm(shop, reserve, transport, sleep, metrics)
    sms = gateways_of(shop.sms, shop.sources.values(), transport)
    messengers = messengers_of(shop.sources, transport)
    alerts = AlertRaiser(engine.notify, clock)
    delivery = _delivery(shop, engine, sms, alerts, texts, clock, transport)
    incidents = Incidents(engine.documents, engine.notify, clock, shop.alerts.reminders)
    performer = Performer(
        crm=crm,
        sms=SmsSender(
            sms, engine, shop.shop.timezone, shop.sms.delivered_within if shop.sms is not None else None
        ),
        replies=ReplySender(messengers, engine.notify),
        files=FileAttacher(messengers, crm, engine.documents, engine.notify),
        answers=AnswerSender(shop.sources, engine.notify, transport),
        stock=StockKeeper(crm, engine.documents, shop.stock.offer_id if shop.stock else ""),
        alerts=delivery,
        incidents=incidents,
        people=shop.people,
        documents=engine.documents,
        timers=engine.timers,
        notify=engine.notify,
    )
    zones = _zones(shop, engine, clock, transport)
    decider = Decider(engine=engine, shop=shop, crm=crm, zones=zones, texts=texts, clock=clock)
    pipeline = Pipeline(
        work=engine.work,
        journal=engine.journal,
        timers=engine.timers,
        read=lambda envelope: read(envelope, shop),
        decider=decider,
        performer=performer,
        alerts=alerts,
        outages=Outages(engine.documents, incidents, texts, clock),
        sources=Sources(engine.documents),
        search_lag=shop.crm.search_lag,
        clock=clock,
        metrics=metrics,
    )
    parts = Parts(shop, reader, engine, incidents, texts, transport, clock, sleep)
    checks = CheckRunner(checks_of(parts), engine, clock, metrics)
    return Application(shop, engine, reader, decider, pipeline, checks, incidents, delivery, clock)


def texts_of(shop: Shop) -> Texts:
    """The shop's texts.

    Raises:
        ConfigurationError: the shop file names a text that there is not.
    """
    texts = Texts(shop.shop.language, shop.shop.timezone, shop.own_texts)
    names = texts.names()
    by_parcel = ((f"rules.sms.{status}", template) for status, template in shop.sms_templates.items())
    for key, template in (*by_parcel, *shop.messages.named_texts()):
        if f"sms/{template}" not in names:
            raise ConfigurationError(key, f"there is no text sms/{template}", "Correct its name")
    return texts


def read(envelope: Envelope, shop: Shop) -> Reading:
    """Turn an envelope into events by its source's provider.

    Raises:
        Unreadable: the provider cannot read it, or the source is no longer in the shop file.
    """
    webhook = envelope.webhook
    if webhook.source == OWN_SOURCE:
        return read_own(webhook)
    settings = shop.sources.get(webhook.source)
    if settings is None:
        raise Unreadable("unknown-source", f"there is no source {webhook.source} in the shop file")
    reader: Reader = importlib.import_module(f"chalicelib.providers.{settings.provider}.read")
    return reader.read(webhook, settings, shop.zone_of(webhook.source))


def crm_of(shop: Shop) -> Crm:
    """The CRM for who sets it up by hand, on the reserve of requests that is kept for people."""
    pace = Pace(shop.crm.reserved_per_second or shop.crm.requests_per_second)
    return _crm(shop, pace, None, time.sleep, SILENT)


def crm_account_of(shop: Shop, logo: str = "", *, alone: bool = False) -> CrmAccount:
    """The CRM's account, for who sets it up.

    Args:
        shop: whose account.
        logo: the address of a picture for our entry among the CRM's integrations; empty for none.
        alone: True as long as nothing else uses the key: then all its requests may be used.
    """
    reserved = 0 if alone else shop.crm.reserved_per_second
    pace = Pace(reserved or shop.crm.requests_per_second)
    return RetailCrmAccount(_crm_client(shop, pace, None, time.sleep, SILENT), shop.crm.url, logo)


def direct_channels(shop: Shop) -> list[ConfiguredChannel]:
    """The alert channels for when nothing can be stored."""
    gateways = tuple(gateways_of(shop.sms, shop.sources.values()).values())
    return Channels(shop, NothingStored(), gateways, system_clock).all()


def quiet_libraries() -> None:
    """Keep libraries from logging URLs and requests: they hold clients' phones, or a bot's token."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def _crm(
    shop: Shop,
    pace: Pace,
    transport: httpx.BaseTransport | None,
    sleep: Callable[[float], None],
    metrics: Metrics,
) -> Crm:
    settings = shop.crm
    client = _crm_client(shop, pace, transport, sleep, metrics)
    return RetailCrm(
        client, site=shop.shop.site, zone=settings.timezone, finished_groups=settings.finished_groups
    )


def _crm_client(
    shop: Shop,
    pace: Pace,
    transport: httpx.BaseTransport | None,
    sleep: Callable[[float], None],
    metrics: Metrics,
) -> RetailCrmClient:
    key = shop.crm.api_key.get_secret_value()
    return RetailCrmClient(shop.crm.url, key, pace, transport, sleep, metrics=metrics)


def _zones(shop: Shop, engine: Engine, clock: Clock, transport: httpx.BaseTransport | None) -> ClientZones:
    settings = shop.client_time.geohelper
    ranges: PhoneRanges | None = None
    if settings is not None:
        geohelper = GeoHelper(settings.url, settings.api_key.get_secret_value(), transport)
        ranges = PhoneRanges(geohelper, engine.documents, clock)
    return ClientZones(shop.shop.timezone, ranges)


def _delivery(
    shop: Shop,
    engine: Engine,
    sms: Mapping[str, SmsGateway],
    raiser: AlertRaiser,
    texts: Texts,
    clock: Clock,
    transport: httpx.BaseTransport | None,
) -> Delivery:
    return Delivery(
        channels=Channels(shop, engine.documents, tuple(sms.values()), clock, transport).all(),
        routes={severity: route.channels for severity, route in shop.alerts.routes.items()},
        documents=engine.documents,
        raiser=raiser,
        clock=clock,
        add_link=_add_link(shop, texts, clock),
    )


def _add_link(shop: Shop, texts: Texts, clock: Clock) -> AddLink:
    """What adds the link to acknowledge, if the shop file has a source for it."""
    for name, settings in shop.sources.items():
        if isinstance(settings, AcknowledgeSettings):
            return Links(name, settings, texts.render("alert/acknowledge"), clock).add
    return lambda alert, _reader: alert
