"""What a new world begins with: an example shop that sells protective covers."""

from datetime import datetime, timedelta

from sandbox.documents import Document
from sandbox.moysklad import an_id
from sandbox.retailcrm.books import Books
from sandbox.retailcrm.call import Call
from sandbox.retailcrm.codes import SITE
from sandbox.retailcrm.order_writer import OrderWriter
from sandbox.retailcrm.users import GROUPS

KEY = "demo"
"""Who made the demo objects, in the history: no key that anybody has."""


def fill(books: Books, orders: OrderWriter, now: datetime) -> None:
    """Put the users, the catalogue and one order that is on its way into empty books."""
    placed = now - timedelta(days=3)
    for user in _users(books.local(now - timedelta(days=365))):
        books.users.add(user, placed)
    for offer in _offers():
        books.offers.add(offer, placed)
    call = Call(parameters={}, names={}, now=placed, key=KEY, horizon=None)
    order = orders.create(call, _order(), SITE)
    sent = Call(parameters={}, names={}, now=now - timedelta(days=1), key=KEY, horizon=None)
    orders.edit(sent, order, {"status": "delivering"})


def _users(created_at: str) -> list[Document]:
    common = {"createdAt": created_at, "isAdmin": False, "isManager": True, "online": True, "status": "free"}
    manager, director = ([{key: group[key] for key in ("id", "name", "code")}] for group in GROUPS)
    return [
        {
            **common,
            "active": True,
            "firstName": "Анна",
            "lastName": "Смирнова",
            "email": "anna@tents.example",
            "phone": "+79990000001",
            "position": "Менеджер",
            "groups": manager,
        },
        {
            **common,
            "active": True,
            "isAdmin": True,
            "firstName": "Иван",
            "lastName": "Петров",
            "email": "ivan@tents.example",
            "phone": "+79990000002",
            "position": "Руководитель",
            "groups": director,
        },
        {
            **common,
            "active": False,
            "online": False,
            "firstName": "Пётр",
            "lastName": "Уволенный",
            "email": "petr@tents.example",
            "position": "Менеджер",
            "groups": manager,
        },
    ]


def _offers() -> list[Document]:
    goods = (
        ("tent-3x4", "Тент защитный 3×4 м", 4990, 2100, 12),
        ("tent-4x6", "Тент защитный 4×6 м", 8990, 3900, 7),
        ("car-cover", "Чехол на автомобиль, размер L", 6490, 2700, 4),
    )
    return [
        {
            "externalId": code,
            "xmlId": f"xml-{code}",
            "name": name,
            "price": price,
            "purchasePrice": cost,
            "site": SITE,
            "active": True,
            "stores": [{"store": "main", "quantity": quantity, "purchasePrice": cost}],
        }
        for code, name, price, cost, quantity in goods
    ]


def a_good(number: int) -> Document:
    """One of many offers; its XML id is MoySklad's id of it."""
    return {
        "externalId": f"offer-{number}",
        "xmlId": an_id(number),
        "name": f"Тент {number}",
        "price": 100,
        "purchasePrice": 50,
        "site": SITE,
        "active": True,
        "stores": [],
    }


def _order() -> Document:
    return {
        "externalId": "demo-1001",
        "orderMethod": "landing-page",
        "firstName": "Ольга",
        "phone": "+79161112233",
        "managerId": 1,
        "items": [{"offer": {"externalId": "tent-3x4"}, "quantity": 1}],
        "source": {"source": "yandex", "medium": "cpc", "campaign": "tents"},
        "delivery": {
            "code": "cdek",
            "cost": 0,
            "address": {"city": "Москва", "text": "Москва, пункт выдачи СДЭК, ул. Примерная, 1"},
            "data": {"trackNumber": "10000000011"},
        },
    }
