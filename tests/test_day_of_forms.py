"""A day of one shop with forms of every kind: one visitor meets several of them, and senders repeat."""

import json
import random
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.entry import Status
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from chalicelib.gate.webhook import Webhook
from tests.lead_days import Made, made
from tests.world import FORM, MORNING, World, example_shop

TOKEN = "a-token-of-this-day"
PROVIDERS = {"pages": "tilda", "blog": "contactform7", "site": "elementor", "survey": "yandexforms"}
SOURCES: Mapping[str, Mapping[str, Any]] = {
    name: {"provider": provider, "token": TOKEN} for name, provider in PROVIDERS.items()
}
ANNA, BORIS, VERA = "+79990000001", "+79990000002", "+79990000003"
PAGE = "https://tents.example.ru/boats"
JSON = "application/json"


def webhook(minute: int, source: str, fields: Mapping[str, object], content_type: str = FORM) -> Webhook:
    body = json.dumps(fields) if content_type == JSON else urlencode(fields)
    return Webhook(
        source=source,
        method="POST",
        path=(TOKEN,),
        query={},
        headers={"content-type": content_type},
        body=body.encode(),
        received_at=MORNING + timedelta(minutes=minute),
    )


TILDA = {
    "Name": "Анна",
    "Phone": "8 (999) 000-00-01",
    "tranid": "1:1",
    "formid": "form1",
    "COOKIES": "_ym_uid=1700000000000000001; TILDAUTM=utm_source%3Dyandex%7C%7C%7Cutm_term%3Dтент%7C%7C%7C",
}
BLOG = {"your-name": "Анна", "tel-7": "+7 999 000 00 01", "_url": f"{PAGE}?yclid=17"}
SITE = {
    "form[id]": "a1",
    "form[name]": "Callback",
    "fields[field_1][type]": "tel",
    "fields[field_1][title]": "Куда звонить?",
    "fields[field_1][value]": "9990000002",
    "meta[page_url][value]": f"{PAGE}?utm_source=vk",
}
SURVEY = {
    "jsonrpc": "2.0",
    "method": "Опрос",
    "params": {"answer_id": "7", "Имя": "Вера", "Телефон": VERA, "referrer": "https://forum.example.org/t/5"},
}

DAY = (
    webhook(1, "pages", TILDA),
    webhook(2, "pages", TILDA),
    webhook(3, "pages", {**TILDA, "tranid": "1:2", "Textarea": "И ещё чехол"}),
    webhook(4, "blog", BLOG, JSON),
    webhook(5, "site", SITE),
    webhook(5, "site", SITE),
    webhook(7, "survey", SURVEY, JSON),
    webhook(9, "survey", SURVEY, JSON),
    webhook(9, "blog", {"your-name": " "}, JSON),
)
ORDERS: tuple[Made, ...] = (
    made(ANNA, "Анна", source="yandex", keyword="тент"),
    made(ANNA, "Анна", source="yandex", medium="cpc"),
    made(BORIS, "", source="vk"),
    made(VERA, "Вера", source="forum.example.org", medium="referral"),
)


@pytest.mark.parametrize("seed", [None, *range(8)])
def test_each_form_is_one_order_that_knows_where_its_client_came_from(
    tmp_path: Path, seed: int | None
) -> None:
    world = World(tmp_path, example_shop(sources=SOURCES))
    gate = Gate(
        {name: Source(name, str(table["provider"]), table) for name, table in SOURCES.items()},
        world.engine.work.put,
    )
    day = list(DAY)
    if seed is not None:
        random.Random(seed).shuffle(day)  # noqa: S311 -- no secret, but the same again
    for sent in day:
        world.now = max(world.now, sent.received_at)
        assert gate.receive(sent).status == 200
        if seed is None:
            world.work()
    world.work_for(minutes=2)
    orders = {
        made(
            order.get("phone", ""),
            order.get("firstName", ""),
            **{name: text for name, text in order["source"].items() if text},
        )
        for order in world.orders
    }
    assert len(world.orders) == len(ORDERS)
    assert orders == set(ORDERS)
    assert len(world.tasks) == 1
    assert [entry.reason for entry in world.entries(Status.QUARANTINED)] == ["empty"]
    assert world.entries(Status.OPEN, Status.PARKED) == []
    comments = "\n".join(order["managerComment"] for order in world.orders)
    for known in (
        "yandex: 1700000000000000001",
        "yclid: 17",
        f"Страница: {PAGE}?utm_source=vk",
        "Переход с ",
    ):
        assert known in comments
    world.close()
