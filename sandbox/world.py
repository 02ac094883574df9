"""The whole pretend world behind one function: request in, answer out."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from sandbox.control import Control
from sandbox.crm_views import crm_view, on_page
from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response
from sandbox.faults import Fault, Faults
from sandbox.geohelper import PATH as GEOHELPER_PATH
from sandbox.geohelper import GeoHelper
from sandbox.max import PATHS as MAX_PATHS
from sandbox.max import Max
from sandbox.moysklad import BASE as MOYSKLAD_BASE
from sandbox.moysklad import MoySklad, an_id
from sandbox.page import SHOWN, View, crm_page, page
from sandbox.production import PATH as PRODUCTION_PATH
from sandbox.production import Production
from sandbox.retailcrm.codes import STORES
from sandbox.retailcrm.crm import Crm
from sandbox.retailcrm.demo import a_good
from sandbox.retailcrm.removing import Removal, remove_order, remove_task
from sandbox.settings import Settings
from sandbox.smsc import PATHS as SMSC_PATHS
from sandbox.smsc import Smsc
from sandbox.smsru import PATHS as SMSRU_PATHS
from sandbox.smsru import SmsRu
from sandbox.storage import Store
from sandbox.tables import Table
from sandbox.telegram import BotApi, Telegram
from sandbox.telegram_bot import TOKEN as TELEGRAM_BOT_TOKEN
from sandbox.telegram_bot import TelegramBot
from sandbox.trouble import faulty
from sandbox.twilio import VERSION as TWILIO_VERSION
from sandbox.twilio import Twilio
from sandbox.vk import PATH as VK_PATH
from sandbox.vk import Vk
from sandbox.whatsapp import PATH as WHATSAPP_PATH
from sandbox.whatsapp import WhatsApp

SETTINGS_KEY = 1
SERVICE_OF_PATH = {
    GEOHELPER_PATH: "geohelper",
    VK_PATH: "vk",
    **dict.fromkeys(SMSRU_PATHS, "smsru"),
    **dict.fromkeys(SMSC_PATHS, "smsc"),
    **dict.fromkeys(MAX_PATHS, "max"),
    PRODUCTION_PATH: "production",
}
SERVICE_OF_FOLDER = {"api": "retailcrm", TWILIO_VERSION: "twilio", f"bot{TELEGRAM_BOT_TOKEN}": "telegram_bot"}

Service = Crm | Twilio | SmsRu | Smsc | BotApi | Max | Vk | WhatsApp | GeoHelper | MoySklad | Production


class Sandbox:
    """A CRM, SMS gateways, messengers, GeoHelper. It never sleeps, and knows the time from its clock alone.

    Attributes:
        settings: how the services behave; change them with ``configure``.
        requests: how many requests came, by ``POST /api/v5/orders/create 201``. Ids in paths read
            ``{id}``; in place of the status stands ``dropped``, ``refused`` or ``hung`` for
            a connection that broke.
        crm: the pretend CRM.
        twilio: a pretend SMS gateway.
        smsru: another one.
        smsc: another one.
        telegram: the pretend messenger, with the bot that tells alerts.
        telegram_bot: the same, with the bot to which clients write.
        max: another messenger.
        vk: another one.
        whatsapp: another one.
        moysklad: a pretend warehouse; it tells nothing by itself.
        production: a pretend production system; it tells nothing by itself.
        replies: what clients were answered in any messenger.
    """

    def __init__(self, clock: Callable[[], datetime], store: Store | None = None) -> None:
        """Begin with what the store has, else with the demo shop. The clock's times have a zone."""
        self._clock = clock
        self._store = store
        self._lock = threading.RLock()
        self.settings = Settings()
        self.requests: Counter[str] = Counter()
        self._control = Control(self)
        self._begin()

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        with self._lock:
            target = _target(request)
            if target is None:
                return self._own(request)
            delay, kind = self._faults.strike(target, request)
            if kind is None or kind == "drop":
                answer = self._services[target].handle(request, self.now())
                response = replace(answer, dropped=kind == "drop")
            else:
                response = faulty(target, kind)
            template = self._services[target].template(request)
            self.requests[f"{request.method} {template} {response.outcome}"] += 1
            return replace(response, delay=delay)

    def now(self) -> datetime:
        """The present time."""
        return self._clock().astimezone(UTC)

    def add_fault(self, fault: Fault) -> None:
        """Switch some trouble on."""
        with self._lock:
            self._faults.add(fault)

    def clear_faults(self) -> None:
        """Switch all trouble off."""
        with self._lock:
            self._faults.clear()

    def faults(self) -> list[Document]:
        """The trouble that is on."""
        with self._lock:
            return self._faults.to_documents()

    def configure(self, values: Mapping[str, object]) -> None:
        """Change some settings.

        Raises:
            ValueError: an unknown name or a value of the wrong kind.
        """
        with self._lock:
            self.settings = self.settings.changed(values)
            if self._store:
                self._store.save("settings", SETTINGS_KEY, self.settings.to_document())

    def add_task_comment(self, task_id: int, creator: int, text: str) -> None:
        """Let a user comment on a task: the API has no method for it, people use the CRM's own pages.

        Raises:
            ValueError: there is no such task.
        """
        with self._lock:
            if task_id not in self.crm.books.tasks:
                raise ValueError("no such task")
            self.crm.tasks.comment(task_id, creator, text, self.now())

    def remove_order(self, order_id: int, removal: Removal) -> None:
        """Let somebody delete an order, or merge it into another one.

        Raises:
            ValueError: there is no such order.
        """
        with self._lock:
            remove_order(self.crm.books, order_id, removal, self.now())

    def remove_task(self, task_id: int, removal: Removal) -> None:
        """Let somebody delete a task.

        Raises:
            ValueError: there is no such task.
        """
        with self._lock:
            remove_task(self.crm.books, task_id, removal, self.now())

    def requests_so_far(self) -> Mapping[str, int]:
        """How many requests came, by kind."""
        with self._lock:
            return dict(self.requests)

    def stock_up(self, offers: int) -> None:
        """Let the CRM and MoySklad have so many offers more; MoySklad has some of each in every store."""
        with self._lock:
            books, now = self.crm.books, self.now()
            for number in range(len(books.offers), len(books.offers) + offers):
                books.offers.add(a_good(number), now)
                for place in range(1, len(STORES) + 1):
                    self.moysklad.put(an_id(place), an_id(number), number % 50, now)

    def reset(self) -> None:
        """Begin anew: the demo shop, default settings, no faults, counters at zero."""
        with self._lock:
            if self._store:
                self._store.clear()
            self._begin()

    def state(self) -> Document:
        """Everything that was recorded, as JSON objects, oldest first."""
        with self._lock:
            return {
                **self.crm.state(),
                "messages": self.twilio.state(),
                "smsru": self.smsru.state(),
                "smsc": self.smsc.state(),
                "telegram": list(self.telegram.messages.all()),
                "replies": list(self.replies.all()),
                "production": list(self.production.answers.all()),
                "requests": dict(self.requests),
                "settings": self.settings.to_document(),
                "faults": self.faults(),
            }

    def arrivals(self) -> list[Document]:
        """The orders with the precise time at which each was made, oldest first."""
        with self._lock:
            return self.crm.arrivals()

    def _begin(self) -> None:
        self.settings = Settings()
        for _, kept in self._store.load("settings") if self._store else ():
            self.settings = self.settings.changed(kept)
        self.requests = Counter()
        self._faults = Faults()
        self.crm = Crm(lambda: self.settings, self._store, self.now())
        self.twilio = Twilio(lambda: self.settings, self._store)
        self.smsru = SmsRu(lambda: self.settings, self._store)
        self.smsc = Smsc(lambda: self.settings, self._store)
        self.telegram = Telegram(self._store)
        self.replies = Table("replies", store=self._store)
        self.telegram_bot = TelegramBot(self.replies, self._store)
        self.max = Max(self.replies, self._store)
        self.vk = Vk(self.replies, self._store)
        self.whatsapp = WhatsApp(self.replies)
        self.moysklad = MoySklad()
        self.production = Production(self._store)
        self._services: Mapping[str, Service] = {
            "retailcrm": self.crm,
            "twilio": self.twilio,
            "smsru": self.smsru,
            "smsc": self.smsc,
            "telegram": self.telegram,
            "telegram_bot": self.telegram_bot,
            "max": self.max,
            "vk": self.vk,
            "whatsapp": self.whatsapp,
            "moysklad": self.moysklad,
            "production": self.production,
            "geohelper": GeoHelper(),
        }

    def _view(self) -> View:
        books, alerts = self.crm.books, self.telegram.messages
        gateways = (self.twilio.messages, self.smsru.messages, self.smsc.messages)
        messages = [message for table in gateways for message in _newest(table)]
        return View(
            orders=[on_page(books, order) for order in _newest(books.orders)],
            tasks=_newest(books.tasks),
            messages=sorted(messages, key=lambda message: str(message["created"]), reverse=True)[:SHOWN],
            replies=_newest(self.replies),
            alerts=_newest(alerts),
            notifications=_newest(books.notifications),
            faults=self._faults.to_documents(),
            counts={
                "orders": len(books.orders),
                "tasks": len(books.tasks),
                "messages": sum(map(len, gateways)),
                "replies": len(self.replies),
                "alerts": len(alerts) + len(books.notifications),
            },
            users={user["id"]: f"{user['firstName']} {user['lastName']}" for user in books.users.all()},
            zone=books.zone,
        )

    def _own(self, request: Request) -> Response:
        """What the sandbox answers for itself."""
        if request.segments[0] == "sandbox":
            return self._control.handle(request)
        if request.path == "/" and request.method in {"GET", "HEAD"}:
            return page(self._view())
        if request.method in {"GET", "HEAD"} and (view := crm_view(self.crm.books, request.segments)):
            return crm_page(view)
        return json_response(404, {"error": "not found"})


def _newest(table: Table) -> list[Document]:
    return list(islice(table.newest_first(), SHOWN))


def _target(request: Request) -> str | None:
    """The service that a path belongs to."""
    first = request.segments[0]
    if request.path in SERVICE_OF_PATH:
        return SERVICE_OF_PATH[request.path]
    if request.segments[: len(MOYSKLAD_BASE)] == MOYSKLAD_BASE:
        return "moysklad"
    if request.segments[:2] == ("file", f"bot{TELEGRAM_BOT_TOKEN}"):
        return "telegram_bot"
    if first in SERVICE_OF_FOLDER:
        return SERVICE_OF_FOLDER[first]
    if WHATSAPP_PATH.fullmatch(request.path):
        return "whatsapp"
    return "telegram" if first.startswith("bot") else None
