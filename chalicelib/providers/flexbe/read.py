"""What a lead of a Flexbe page says.

The fields are those of Flexbe's API, by which leads can be fetched. That the webhook has the same ones, and
what stands in ``form_data`` and ``products``, is (unverified): what is not understood becomes an answer.
"""

import re
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from chalicelib.events import LeadItem
from chalicelib.gate.submissions import submission_id
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.flexbe.gate import ID_NAMES, lead_texts
from chalicelib.providers.forms import ANSWER, DROPPED, Field, FormSettings, amount, lead
from chalicelib.providers.origin import GOOGLE_COOKIE, YANDEX_COOKIE, query_of
from chalicelib.providers.reading import Reading, told_moment, unreadable_content

OWN_NAMES = {
    "client.name": "name",
    "client.phone": "phone",
    "client.email": "email",
    "num": "number",
    "form_name": "form_name",
    "page.url": "landing_page",
    "note": ANSWER,
    "id": DROPPED,
    "event": DROPPED,
    "time": DROPPED,
    "status": DROPPED,
    "status.code": DROPPED,
    "page.name": DROPPED,
    "utm.ip": DROPPED,
    "utm.url": DROPPED,
    "utm.ym_client_id": DROPPED,
    "utm.ga_client_id": DROPPED,
    "pay.id": DROPPED,
    "pay.summ": DROPPED,
    "pay.status": DROPPED,
    "pay.status.code": DROPPED,
    "pay.desc": DROPPED,
    "pay.time_create": DROPPED,
    "pay.time_done": DROPPED,
}
"""What Flexbe's own fields are. What is dropped has another place, or tells a manager nothing."""

PAID = "2"
LARGEST = 1_000_000_000

QUESTIONS = ("title", "label", "name", "question")
ANSWERS = ("value", "answer", "text")
TITLES = ("title", "name")
QUANTITIES = ("count", "quantity")
PRICES = ("price", "cost")
ARTICLES = ("sku", "article", "vendor_code")

_PART = re.compile(r"((?:form_data|products)\.\d+)\.\w+")


class Settings(FormSettings):
    """What a Flexbe source can set."""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a lead: one ``LeadSubmitted``, however little of it we understand.

    Raises:
        Unreadable: ``wrong-content-type``, ``wrong-encoding``, ``broken-json``, ``broken-form``,
            ``too-many-fields``, ``unexpected-content`` or ``empty``.
    """
    with unreadable_content():
        texts = lead_texts(webhook)
        kind, value = submission_id(texts, webhook.received_at, ID_NAMES)
    items = {part: item for part, product in _parts(texts, "products").items() if (item := _item(product))}
    event = lead(
        _fields(texts, items),
        lead_id=value if kind in ID_NAMES else f"{kind}-{value}",
        form=texts.get("form_name", ""),
        submitted_at=told_moment(texts.get("time", ""), zone, webhook.received_at),
        mapping={**OWN_NAMES, **settings.fields},
        places=[_visit(texts)],
        items=tuple(items.values()),
        total=amount(texts.get("pay.summ", "")) or None,
        is_paid=PAID in {texts.get("pay.status.code"), texts.get("pay.status")},
        payment=texts.get("pay.desc", ""),
    )
    return Reading((event,))


def _fields(texts: Mapping[str, str], items: Mapping[str, LeadItem]) -> Iterator[Field]:
    """The fields but those of the items; a question of the form stands under its own name."""
    asked = {part: field for part, pair in _parts(texts, "form_data").items() if (field := _asked(pair))}
    known = asked.keys() | items.keys()
    for name, text in texts.items():
        if _part_of(name) not in known:
            yield Field(name, text)
    yield from asked.values()


def _asked(pair: Mapping[str, str]) -> Field | None:
    """A question and its answer; None if it is not what we expect of one."""
    question = _first(pair, QUESTIONS)
    is_asked = question and any(name in pair for name in ANSWERS)
    return Field(question, _first(pair, ANSWERS), question) if is_asked else None


def _item(product: Mapping[str, str]) -> LeadItem | None:
    """A line of the cart; None if it is not what we expect of one."""
    title = _first(product, TITLES)
    quantity, price = amount(_first(product, QUANTITIES) or "1"), amount(_first(product, PRICES) or "0")
    if not title or not quantity or price is None or max(quantity, price) > LARGEST:
        return None
    return LeadItem(name=title, quantity=quantity, price=price, sku=_first(product, ARTICLES))


def _parts(texts: Mapping[str, str], of: str) -> dict[str, dict[str, str]]:
    """The elements of a list, by their dotted names such as ``products.0``."""
    parts: dict[str, dict[str, str]] = {}
    for name, text in texts.items():
        part, _, inner = name.rpartition(".")
        if part.startswith(f"{of}.") and part == _part_of(name):
            parts.setdefault(part, {})[inner.lower()] = text
    return parts


def _part_of(name: str) -> str:
    match = _PART.fullmatch(name)
    return match[1] if match else ""


def _visit(texts: Mapping[str, str]) -> dict[str, str]:
    """The parameters of the page's address as the visitor opened it, and their ids."""
    ids = {YANDEX_COOKIE: "utm.ym_client_id", GOOGLE_COOKIE: "utm.ga_client_id"}
    return {
        **query_of(texts.get("utm.url", "")),
        **{cookie: texts[name] for cookie, name in ids.items() if texts.get(name)},
    }


def _first(texts: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((texts[name].strip() for name in names if texts.get(name, "").strip()), "")
