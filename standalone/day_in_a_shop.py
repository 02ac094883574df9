"""A short day in a shop: real webhooks in, a table of what became of them out."""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from urllib.parse import unquote_plus, urlencode

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.bootstrap import Application
from chalicelib.engine.port import Journal
from chalicelib.entry import Entry, Result

PATIENCE_SECONDS = 20
POLL_SECONDS = 0.05
RECENT = 200
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MANAGER = "user-1"
"""The sandbox's key of somebody who works in the CRM's own pages."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A webhook that was sent, and what it became.

    Attributes:
        title: what happened.
        entry: None if it is still at work.
        messages: the entries of the text messages that it asked for.
    """

    title: str
    entry: Entry | None
    messages: tuple[Entry, ...] = ()


class Day:
    """Sends webhooks one after another, as third parties would, and waits for what becomes of each."""

    def __init__(self, url: str, application: Application) -> None:
        """Send to this Leadkeeper, which works in this process."""
        self._http = httpx.Client(base_url=url, timeout=10, trust_env=False)
        self._application = application
        self._run = secrets.token_hex(4)
        self._caller = f"7999{secrets.randbelow(10**7):07}"
        self._buyer = f"7998{secrets.randbelow(10**7):07}"
        self._visitor = f"7997{secrets.randbelow(10**7):07}"
        self._sent: list[Sent] = []

    def live(self) -> list[Sent]:
        """Send the day's webhooks."""
        self._call("Mango: missed call of a new client", self._caller, "first")
        self._call("Mango: the same client calls again", self._caller, "second")
        self._lead("Tilda: the caller fills in the form", self._caller, "form", Comment="Нужен тент 3×6")
        order_id = self._made().reference.removeprefix("order ")
        self._step("CRM: a manager has reached the caller", order_id, "contact")
        self._step("CRM: and sets the next status too soon", order_id, "client-confirmed")
        self._form("Any form: fields that nobody has named yet")
        self._message("Telegram: a client writes", "Здравствуйте! Нужен тент на катер Прогресс-4")
        self._lead("Tilda: cart of another new client", self._buyer, "cart", payment=_cart(self._run))
        number = self._made().note.removeprefix("number ")
        self._parcel("CDEK: the parcel is on its way", number, "SENT_TO_RECIPIENT_CITY", "09:00:00")
        self._parcel("CDEK: it waits at the pickup point", number, "ACCEPTED_AT_PICK_UP_POINT", "10:00:00")
        self._parcel("CDEK: old news comes late", number, "TAKEN_BY_COURIER", "08:00:00")
        return self._sent

    def _call(self, title: str, phone: str, call: str) -> None:
        now = int(time.time())
        summary = {
            "entry_id": f"{self._run}-{call}",
            "call_direction": 1,
            "from": {"number": phone},
            "to": {"extension": "101"},
            "line_number": "74950000001",
            "create_time": now - 40,
            "talk_time": 0,
            "end_time": now,
            "entry_result": 0,
            "disconnect_reason": 1111,
        }
        text = json.dumps(summary)
        sign = hashlib.sha256(f"demo-key{text}demo-salt".encode()).hexdigest()
        body = urlencode({"vpbx_api_key": "demo-key", "sign": sign, "json": text})
        self._post(title, "/hooks/mango/events/summary", body, FORM, f"{self._run}-{call}")

    def _lead(self, title: str, phone: str, lead: str, **fields: str) -> None:
        form = {
            "Name": "Мария",
            "Phone": f"+{phone}",
            "tranid": f"{self._run}:{lead}",
            "formid": f"form-{lead}",
            "formname": "Заявка" if lead == "form" else "Cart",
            "utm_source": "yandex",
            "utm_medium": "cpc",
            "utm_campaign": "tents",
            **fields,
        }
        self._post(title, "/hooks/tilda/demo-token", urlencode(form), FORM, f"{self._run}:{lead}")

    def _form(self, title: str) -> None:
        form = {
            "anketa": {"nomer": self._run, "kak_zovut": "Пётр", "telefon": f"+{self._visitor}"},
            "pozhelaniya": "Позвоните после 18",
            "stranica": "https://tents.example/?utm_source=vk",
        }
        self._post(title, "/hooks/any-form/demo-token", json.dumps(form), JSON, self._run, "anketa")

    def _message(self, title: str, text: str) -> None:
        chat = secrets.randbelow(10**9)
        person = {"id": chat, "is_bot": False, "first_name": "Ольга", "language_code": "ru"}
        message = {
            "message_id": 1,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "Ольга"},
            "from": person,
            "text": text,
        }
        update = {"update_id": int(self._run, 16), "message": message}
        proof = {"x-telegram-bot-api-secret-token": "demo-token"}
        self._post(
            title, "/hooks/telegram", json.dumps(update), JSON, f'"chat": {{"id": {chat}', headers=proof
        )

    def _parcel(self, title: str, number: str, code: str, hour: str) -> None:
        moment = f"{datetime.now(UTC):%Y-%m-%d}T{hour}+0000"
        event = {
            "type": "ORDER_STATUS",
            "date_time": moment,
            "uuid": f"{self._run}-0000-4000-8000-000000000001",
            "attributes": {
                "is_return": False,
                "is_reverse": False,
                "is_client_return": False,
                "cdek_number": f"10{int(self._run, 16)}",
                "number": number,
                "code": code,
                "status_code": "1",
                "status_date_time": moment,
                "city_name": "Томск",
                "deleted": False,
            },
        }
        self._post(title, "/hooks/cdek/demo-token", json.dumps(event), JSON, self._run, code)

    def _step(self, title: str, order_id: str, status: str) -> None:
        """A person sets the status in the CRM, whose trigger tells of it."""
        crm = self._application.shop.crm
        by_hand = {"by": "id", "order": json.dumps({"status": status})}
        edit = f"{crm.url}/api/v5/orders/{order_id}/edit"
        httpx.post(
            edit, data=by_hand, headers={"x-api-key": MANAGER}, trust_env=False, timeout=10
        ).raise_for_status()
        told = urlencode({"order_id": order_id, "status": status})
        self._post(title, "/hooks/crm-main/demo-token", told, FORM, told)

    def _made(self) -> Result:
        """What the last webhook made first; nothing if it is still at work."""
        entry = self._sent[-1].entry
        return entry.results[0] if entry and entry.results else Result(state="skipped", at=datetime.now(UTC))

    def _post(
        self,
        title: str,
        path: str,
        body: str,
        content_type: str,
        *marks: str,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        journal = self._application.engine.journal
        answer = self._http.post(
            path, content=body.encode(), headers={"content-type": content_type, **headers}
        )
        answer.raise_for_status()
        entry = _wait(partial(_entry_of, journal, marks))
        self._sent.append(Sent(title, entry, _messages(journal, entry)))


def print_day(sent: list[Sent], console: Console) -> None:
    """Print the table webhook → events → actions → CRM ids."""
    table = Table(title="A day in a shop", title_justify="left", expand=False)
    for heading in ("webhook", "event", "actions → what they made"):
        table.add_column(heading, overflow="fold")
    for item in sent:
        if item.entry is None:
            table.add_row(item.title, "", Text("still at work", style="yellow"))
            continue
        events = "\n".join(event.kind for event in item.entry.events)
        table.add_row(item.title, events, _outcome(item.entry, item.messages))
    console.print(table)


def _outcome(entry: Entry, messages: Sequence[Entry]) -> Text:
    if not entry.plan:
        return Text(f"nothing to do: {entry.reason}", style="dim")
    lines = [
        f"{action.kind} → {' '.join(filter(None, (result.reference, result.note)))}"
        for whole in (entry, *messages)
        for action, result in zip(whole.plan, whole.results, strict=False)
        if action.kind != "request-sms"
    ]
    return Text("\n".join(lines), style="green")


def _messages(journal: Journal, entry: Entry | None) -> tuple[Entry, ...]:
    """The entries on the queue ``notify`` that this entry made, once they are closed."""
    results = zip(entry.plan, entry.results, strict=False) if entry else ()
    ids = [result.reference.split()[-1] for action, result in results if action.kind == "request-sms"]
    found = [_wait(partial(_closed, journal, prefix)) for prefix in ids]
    return tuple(message for message in found if message is not None)


def _closed(journal: Journal, prefix: str) -> Entry | None:
    return next((entry for entry in journal.find(prefix) if not entry.is_open), None)


def _entry_of(journal: Journal, marks: Sequence[str]) -> Entry | None:
    """The closed entry whose content holds all these marks: other webhooks may come in meanwhile."""
    for entry in journal.latest(limit=RECENT):
        envelope = None if entry.is_open else journal.envelope(entry.id)
        content = unquote_plus(envelope.webhook.body.decode("utf-8", "replace")) if envelope else ""
        if all(mark in content for mark in marks):
            return entry
    return None


def _wait(find: Callable[[], Entry | None]) -> Entry | None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = find()
        if found is not None:
            return found
        time.sleep(POLL_SECONDS)
    return None


def _cart(order: str) -> str:
    return json.dumps(
        {
            "sys": "none",
            "systranid": "0",
            "orderid": order,
            "products": [{"name": "Тент 4×6", "quantity": 1, "price": "4990", "amount": 4990, "sku": "T-46"}],
            "amount": "5290",
            "subtotal": "4990",
            "delivery": "СДЭК, пункт выдачи",
            "delivery_price": 300,
            "delivery_address": "Томск, пр. Ленина, 1",
        },
        ensure_ascii=False,
    )
