"""A shop with stores: MoySklad and a push from 1C, against the sandbox's MoySklad and CRM."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Reply, Source
from chalicelib.gate.webhook import Webhook
from chalicelib.settings import Shop
from sandbox.moysklad import TOKEN, an_id
from sandbox.retailcrm.demo import a_good
from tests.world import MORNING, World, example_shop

STORES: Mapping[str, tuple[str, str]] = {
    "main": (an_id(1), "Томск"),
    "workshop": (an_id(2), "Новосибирск"),
    "moscow": (an_id(3), "Москва"),
    "petersburg": (an_id(4), "Санкт-Петербург"),
    "krasnodar": (an_id(5), "Краснодар"),
}
"""By the CRM's code: MoySklad's id, and the city."""

API = "http://moysklad/api/remap/1.2"
MOYSKLAD: Mapping[str, Any] = {
    "provider": "moysklad",
    "token": "moysklad-url-token",
    "api_token": TOKEN,
    "api_url": API,
    "figure": "stock",
    "requests_per_second": 15,
}
ONE_C: Mapping[str, Any] = {"provider": "stockpush", "token": "one-c-token"}
REPORT = f"{API}/report/stock/bystore/current?changedSince=2026-05-14 12:25:00"
LIST = "GET /api/v5/store/inventories 200"
UPLOAD = "POST /api/v5/store/inventories/upload 200"
SHORT_REPORT = "GET /api/remap/1.2/report/stock/bystore/current"


def stock_shop(changes: Mapping[str, Mapping[str, Any]] | None = None, **sources: Mapping[str, Any]) -> Shop:
    """The example shop with its stores and these sources besides, and with other tables changed."""
    stores = [{"code": code, "ids": [store_id], "city": city} for code, (store_id, city) in STORES.items()]
    changed = dict(changes or {})
    stock = {"stores": stores, "offer_id": "xmlId", **changed.pop("stock", {})}
    return example_shop(stock=stock, sources=sources, **changed)


class StockWorld(World):
    """The shop, its offers in the CRM under MoySklad's ids, and what lies where."""

    def __init__(self, folder: Path, offers: int = 3, shop: Shop | None = None) -> None:
        super().__init__(folder, shop or stock_shop(moysklad=MOYSKLAD, stock=ONE_C))
        # The fake clock stands still while a round lasts.
        self.sandbox.moysklad.limited = False
        self.add_offers(offers)

    def start(self) -> None:
        super().start()
        sources = {"moysklad": MOYSKLAD, "stock": ONE_C}
        self.door = Gate(
            {name: Source(name, str(table["provider"]), table) for name, table in sources.items()},
            self.engine.work.put,
        )

    def add_offers(self, count: int) -> None:
        """Offers that the CRM knows; MoySklad's id is their xmlId."""
        books = self.sandbox.crm.books
        for number in range(len(books.offers), len(books.offers) + count):
            books.offers.add(a_good(number), MORNING)

    @property
    def skus(self) -> list[str]:
        """The offers that were added."""
        offers = self.sandbox.crm.books.offers.all()
        return [offer["xmlId"] for offer in offers if offer["externalId"].startswith("offer-")]

    def lies(self, sku: str, store: str, quantity: float | None) -> None:
        """MoySklad has so much of it from now on."""
        self.sandbox.moysklad.put(STORES[store][0], sku, quantity, self.now)

    def hook(self, request_id: str, **changes: Any) -> Reply:
        """MoySklad says that stock changed."""
        self.later(seconds=1)
        body = {"accountId": an_id(9), "stockType": "stock", "reportType": "bystore", "reportUrl": REPORT}
        return self.knock(
            "moysklad",
            json.dumps({**body, **changes}).encode(),
            ("moysklad-url-token",),
            request_id=request_id,
        )

    def push(self, content: object, content_type: str = "application/json") -> Reply:
        """1C pushes rows, as JSON or as the text of a CSV file."""
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        return self.knock("stock", body, ("one-c-token",), content_type)

    def knock(
        self,
        source: str,
        body: bytes,
        path: Sequence[str],
        content_type: str = "application/json",
        request_id: str = "",
    ) -> Reply:
        query = {"requestId": request_id} if request_id else {}
        headers = {"content-type": content_type}
        return self.door.receive(Webhook(source, "POST", tuple(path), query, headers, body, self.now))

    def ask(self) -> None:
        """A minute passes, in which MoySklad is asked if it is time."""
        self.work()
        self.later(minutes=1)
        self.application.checks.run("poll-moysklad")
        self.work()

    def accept(self) -> None:
        """A person lets the check ``stock`` act."""
        self.application.checks.accept("stock")

    def compare(self) -> None:
        """The check ``stock`` has its turn."""
        self.application.checks.run("stock")
        self.work()

    def in_crm(self, sku: str) -> dict[str, float]:
        """What the CRM has of an offer, by store."""
        offers = self.sandbox.crm.books.offers
        (offer,) = offers.found("xmlId", sku)
        return {row["store"]: row["quantity"] for row in offer["stores"]}

    @property
    def uploads(self) -> int:
        """How many requests wrote stock to the CRM."""
        return self.sandbox.requests[UPLOAD]
