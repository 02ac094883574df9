"""The only place where real things are chosen and wired together."""

import importlib
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import httpx

from chalicelib import shopfile
from chalicelib.alerts.log import LogChannel
from chalicelib.alerts.port import AlertChannel
from chalicelib.alerts.telegram import TelegramChannel
from chalicelib.clock import Clock, system_clock
from chalicelib.crm.port import Crm
from chalicelib.crm.retailcrm.adapter import RetailCrm
from chalicelib.crm.retailcrm.client import RetailCrmClient
from chalicelib.engine.port import Engine
from chalicelib.engine.sqlite.database import Database
from chalicelib.engine.sqlite.documents import SqliteDocuments
from chalicelib.engine.sqlite.journal import SqliteJournal
from chalicelib.engine.sqlite.queue import SqliteQueue
from chalicelib.errors import Unreadable
from chalicelib.gate.envelope import Envelope
from chalicelib.messages import OWN_SOURCE, read_own
from chalicelib.pace import Pace
from chalicelib.perform import Performer
from chalicelib.pipeline import Pipeline
from chalicelib.providers.reading import Reader, Reading
from chalicelib.settings import Shop, validate
from chalicelib.sms.port import SmsGateway
from chalicelib.sms.twilio import TwilioSms
from chalicelib.texts import Texts

VISIBILITY = timedelta(minutes=2)
"""How long a worker has for a message before another one gets it."""

DATA_FILE = "leadkeeper.sqlite3"


@dataclass(frozen=True, slots=True)
class Application:
    """Everything wired together."""

    shop: Shop
    engine: Engine
    pipeline: Pipeline
    clock: Clock


@cache
def application() -> Application:
    """The application of this process, as its environment wants it.

    Raises:
        ConfigurationError: the shop file or the environment is wrong.
    """
    quiet_libraries()
    shop = validate(shopfile.load())
    return wire(shop, sqlite_engine(data_folder(os.environ)), system_clock)


def data_folder(environment: Mapping[str, str]) -> Path:
    """Where one machine keeps its data: ``DATA``, else ``data`` in the working folder."""
    return Path(environment.get("DATA") or "data")


def sqlite_engine(folder: Path, clock: Clock = system_clock) -> Engine:
    """The engine of one machine."""
    database = Database(folder / DATA_FILE)
    return Engine(
        work=SqliteQueue(database, "work", VISIBILITY, clock),
        notify=SqliteQueue(database, "notify", VISIBILITY, clock),
        journal=SqliteJournal(database),
        documents=SqliteDocuments(database),
        close=database.close,
    )


def wire(
    shop: Shop,
    engine: Engine,
    clock: Clock,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Application:
    """Put the parts together; ``transport`` and ``sleep`` replace network and waiting in tests."""
    texts = Texts(shop.shop.language, shop.shop.timezone)
    crm = _crm(shop, transport, sleep)
    performer = Performer(
        crm=crm,
        sms=_sms(shop, transport),
        alerts=_alerts(shop, transport),
        people=shop.people,
        documents=engine.documents,
        notify=engine.notify,
    )
    pipeline = Pipeline(
        engine=engine,
        shop=shop,
        crm=crm,
        performer=performer,
        texts=texts,
        read=lambda envelope: read(envelope, shop),
        clock=clock,
    )
    return Application(shop, engine, pipeline, clock)


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


def quiet_libraries() -> None:
    """Keep libraries from logging URLs: they may hold a client's phone, or a bot's token."""
    for name in ("httpx", "httpcore", "twilio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _crm(shop: Shop, transport: httpx.BaseTransport | None, sleep: Callable[[float], None]) -> Crm:
    settings = shop.crm
    pace = Pace(settings.requests_per_second - settings.reserved_per_second, sleep=sleep)
    client = RetailCrmClient(settings.url, settings.api_key.get_secret_value(), pace, transport, sleep)
    return RetailCrm(
        client, site=shop.shop.site, zone=settings.timezone, finished_groups=settings.finished_groups
    )


def _sms(shop: Shop, transport: httpx.BaseTransport | None) -> SmsGateway | None:
    settings = shop.sms
    if settings is None:
        return None
    return TwilioSms(
        settings.account, settings.token.get_secret_value(), settings.sender, settings.url, transport
    )


def _alerts(shop: Shop, transport: httpx.BaseTransport | None) -> list[AlertChannel]:
    telegram = shop.alerts.telegram
    if telegram is None:
        return [LogChannel()]
    return [
        LogChannel(),
        TelegramChannel(telegram.token.get_secret_value(), telegram.url, transport),
    ]
