"""The scheduled checks of a shop, put together. ``bootstrap`` alone uses this."""

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import httpx

from chalicelib.alerts.incidents import Incidents
from chalicelib.books.check import BooksCheck
from chalicelib.books.parts import PARTS
from chalicelib.books.reading import Books
from chalicelib.checks.doubles import DoublesCheck
from chalicelib.checks.endpoints.check import EndpointsCheck
from chalicelib.checks.endpoints.finished_days import UptimeCheck
from chalicelib.checks.endpoints.prober import Prober as EndpointProber
from chalicelib.checks.late_answers import LateAnswersCheck
from chalicelib.checks.moved_on import MovedOn
from chalicelib.checks.ourselves import Ourselves
from chalicelib.checks.parcels import Parcels, Round
from chalicelib.checks.people import PeopleCheck
from chalicelib.checks.polling import Poll, Rounds
from chalicelib.checks.port import Check
from chalicelib.checks.production_answers import ProductionAnswers
from chalicelib.checks.profit import ProfitCheck
from chalicelib.checks.reconciliation import ReconciliationCheck
from chalicelib.checks.silent_sources import SilentSources
from chalicelib.checks.stalled_pickups import StalledPickups
from chalicelib.checks.stock import StockCheck
from chalicelib.checks.subscriptions.check import SubscriptionsCheck
from chalicelib.checks.subscriptions.probing import Outside
from chalicelib.checks.subscriptions.probing import Prober as SubscriptionProber
from chalicelib.checks.unprocessed_leads import UnprocessedLeads
from chalicelib.checks.waiting_parcels import WaitingParcels
from chalicelib.clock import Clock
from chalicelib.crm.port import CrmReader
from chalicelib.engine.port import Engine
from chalicelib.providers.couriers import Following, FollowsParcels
from chalicelib.providers.polling import PollModule
from chalicelib.providers.stock import StockModule, StockReader
from chalicelib.reconciliation.settings import NEVER
from chalicelib.settings import Shop
from chalicelib.texts import Texts


@dataclass(frozen=True, slots=True)
class Parts:
    """What checks look with.

    Attributes:
        crm: reads on the reserve of requests, so that checks do not slow down the work.
        transport: replaces the network in tests.
        clock: what time it is while a round lasts.
        sleep: waits for some seconds.
    """

    shop: Shop
    crm: CrmReader
    engine: Engine
    incidents: Incidents
    texts: Texts
    transport: httpx.BaseTransport | None
    clock: Clock
    sleep: Callable[[float], None]


def checks_of(parts: Parts) -> list[Check]:
    """All checks; the last one watches the others."""
    checks = [
        *_of_orders(parts),
        *_of_the_world(parts),
        *_of_providers(parts),
        *_of_polled_sources(parts),
        *_of_stock(parts),
        *_of_books(parts),
    ]
    heartbeat = parts.shop.heartbeat
    client = httpx.Client(transport=parts.transport) if heartbeat else None
    url = heartbeat.url.get_secret_value() if heartbeat else ""
    return [*checks, Ourselves(parts.engine, parts.incidents, parts.texts, checks, client, url)]


def _of_books(parts: Parts) -> Iterator[Check]:
    """What is kept for the pages of the console."""
    if parts.shop.console is None:
        return
    shop, journal, documents = parts.shop, parts.engine.journal, parts.engine.documents
    zone = shop.shop.timezone
    yield BooksCheck(journal, documents, PARTS, zone, shop.retention.personal_data)
    yield LateAnswersCheck(shop, parts.crm, documents, Books(documents, journal, zone))


def _of_orders(parts: Parts) -> Iterator[Check]:
    shop, documents = parts.shop, parts.engine.documents
    yield MovedOn(shop, parts.crm, documents)
    if shop.pickup_status and (shop.ladders.stalled_pickup or shop.ladders.couriers):
        yield StalledPickups(shop, parts.crm, documents)
    if shop.pickup_status and shop.console is not None:
        yield WaitingParcels(shop, parts.crm, documents)
    if shop.ladders.unprocessed_lead:
        yield UnprocessedLeads(shop, parts.crm)
    yield DoublesCheck(parts.crm, parts.engine, shop.shop.timezone, parts.clock)
    if shop.reconciliation.at != NEVER:
        yield ReconciliationCheck(shop, parts.crm, parts.engine, parts.texts, parts.clock)
    if shop.hears_production:
        yield ProductionAnswers(parts.crm, documents)
    if shop.profit is not None:
        yield ProfitCheck(shop.profit, parts.crm, documents, shop.shop.timezone)


def _of_the_world(parts: Parts) -> Iterator[Check]:
    shop, engine = parts.shop, parts.engine
    yield PeopleCheck(shop.people, parts.crm, parts.incidents, parts.texts)
    yield SilentSources(
        shop.sources, engine.journal, engine.documents, parts.incidents, parts.texts, shop.shop.timezone
    )
    # Also without endpoints: what was taken out of the shop file while it was in trouble is over.
    yield EndpointsCheck(shop, engine, parts.incidents, parts.texts, EndpointProber())
    yield UptimeCheck(engine.documents, shop.shop.timezone)
    prober = SubscriptionProber(
        engine.documents, parts.incidents, parts.texts, shop.ladders, Outside(parts.transport)
    )
    yield SubscriptionsCheck(shop.subscriptions, shop.ladders, engine.documents, prober, shop.shop.timezone)


def _of_providers(parts: Parts) -> Iterator[Check]:
    """What a source's provider wants to look at; most have nothing."""
    for name, settings in parts.shop.sources.items():
        module = f"chalicelib.providers.{settings.provider}.checks"
        if importlib.util.find_spec(module) is not None:
            provider = importlib.import_module(module)
            yield from provider.checks(name, settings, parts.incidents, parts.texts, parts.transport)


def _of_polled_sources(parts: Parts) -> Iterator[Check]:
    """The sources that do not call us and must be asked."""
    for name, settings in parts.shop.sources.items():
        module = f"chalicelib.providers.{settings.provider}.poll"
        if importlib.util.find_spec(module) is None:
            continue
        provider: PollModule = importlib.import_module(module)
        poller = provider.poller(settings, parts.shop.zone_of(name), parts.transport)
        if poller is not None:
            rounds = _rounds(name, poller.following, parts) if isinstance(poller, FollowsParcels) else None
            yield Poll(name, poller, parts.engine, parts.incidents, parts.texts, rounds)


def _of_stock(parts: Parts) -> Iterator[Check]:
    settings = parts.shop.stock
    if settings is not None:
        readers = dict(_stock_readers(parts))
        yield StockCheck(parts.shop, settings, parts.crm, parts.engine, parts.texts, readers)


def _stock_readers(parts: Parts) -> Iterator[tuple[str, StockReader]]:
    """What reads the sources that can tell all of their stock."""
    for name, settings in parts.shop.sources.items():
        module = f"chalicelib.providers.{settings.provider}.stock"
        if importlib.util.find_spec(module) is not None:
            provider: StockModule = importlib.import_module(module)
            yield name, provider.stock_reader(settings, parts.transport, parts.sleep)


def _rounds(source: str, following: Following, parts: Parts) -> Rounds:
    parcels = Parcels(source, following, parts.shop, parts.crm, parts.engine.documents)
    return partial(Round, parcels, parts.clock, parts.sleep)
