"""A page to look at while trying things out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from html import escape

from sandbox.documents import Document
from sandbox.exchange import Response, html_response
from sandbox.page_style import STYLE
from sandbox.retailcrm.codes import SITE_NAME

SHOWN = 50
"""How many of each are shown, the newest."""

REFRESH_SECONDS = 3


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows, the newest first.

    Attributes:
        orders: each with the names of its ``files``, and of its status (with ``status_group``) and method.
        counts: how many there are of each, by the name of the list.
        users: names by id.
        zone: of the times of messages and alerts; all others are local already.
    """

    orders: list[Document]
    tasks: list[Document]
    counts: Mapping[str, int]
    users: Mapping[int, str]
    zone: tzinfo
    messages: list[Document] = field(default_factory=list)
    replies: list[Document] = field(default_factory=list)
    alerts: list[Document] = field(default_factory=list)
    notifications: list[Document] = field(default_factory=list)
    faults: list[Document] = field(default_factory=list)


def page(view: View) -> Response:
    """The page."""
    orders, tasks = _orders(view), _tasks(view)
    messages = [_message(message, view.zone) for message in view.messages]
    replies = [_reply(reply, view.zone) for reply in view.replies]
    alerts = [_alert(alert, view.zone) for alert in view.alerts]
    alerts += [_notification(notification) for notification in view.notifications]
    columns = (
        orders,
        tasks + _section("alerts", "Оповещения", "Alerts", alerts, view.counts["alerts"]),
        _section("messages", "СМС клиентам", "Text messages", messages, view.counts["messages"])
        + _section("replies", "Ответы клиентам", "Replies", replies, view.counts["replies"]),
    )
    return _framed(columns, _faults(view.faults))


def crm_page(view: View) -> Response:
    """What people see in the CRM at the address of one order or client."""
    return _framed((_orders(view), _tasks(view)), "")


def _framed(columns: Iterable[str], faults: str) -> Response:
    return html_response(
        200,
        '<!doctype html><html lang="ru"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">'
        f"<title>Песочница · {_text(SITE_NAME)}</title><style>{STYLE}</style></head><body>"
        f"<header><div><h1>{_text(SITE_NAME)}</h1>"
        "<p>Песочница: ненастоящие retailCRM, Twilio и Telegram"
        ' <span lang="en">A pretend CRM, SMS gateway and messengers</span></p></div></header>'
        f"{faults}<main>{''.join(map(_column, columns))}</main></body></html>",
    )


def _orders(view: View) -> str:
    cards = [_order(order) for order in view.orders]
    return _section("orders", "Заказы", "Orders", cards, view.counts["orders"])


def _tasks(view: View) -> str:
    cards = [_task(task, view.users) for task in view.tasks]
    return _section("tasks", "Задачи", "Tasks", cards, view.counts["tasks"])


def _column(sections: str) -> str:
    return f"<div>{sections}</div>"


def _section(name: str, title: str, english: str, cards: Iterable[str], count: int) -> str:
    content = "".join(cards) or '<p class="empty">Пока ничего <span lang="en">Nothing yet</span></p>'
    rest = f'<p class="empty">Показаны последние {SHOWN}</p>' if count > SHOWN else ""
    return (
        f'<section id="{name}"><h2>{title} <span lang="en">{english}</span><b class="count">{count}</b></h2>'
        f"{content}{rest}</section>"
    )


def _order(order: Document) -> str:
    client = " ".join(
        str(order.get(name) or order["customer"].get(name) or "") for name in ("firstName", "lastName")
    )
    return _card(
        head=f"<strong>№ {_text(order['number'])}</strong>"
        + _pill(order["status_name"], order["status_group"])
        + _time(order["createdAt"]),
        lines=(
            _line(
                "Клиент", " · ".join(filter(None, (client.strip(), order.get("phone"), order.get("email"))))
            ),
            _line("Состав", _items(order)),
            _line("Сумма", _sum(order)),
            _line("Способ", order["method_name"]),
            _line("Источник", " / ".join(str(value) for value in order.get("source", {}).values() if value)),
            _line("Клиент пишет", order.get("customerComment")),
            _line("Файлы", ", ".join(order["files"])),
            _line("Менеджеру", order.get("managerComment")),
            _line("Код", order.get("externalId"), mono=True),
        ),
    )


def _items(order: Document) -> str:
    return ", ".join(
        f"{item.get('productName') or item['offer'].get('displayName') or 'товар'} × {item['quantity']}"
        for item in order["items"]
    )


def _sum(order: Document) -> str:
    total, due = order["totalSumm"], order["totalSumm"] - order["prepaySum"]
    if not total:
        return ""
    return f"{_roubles(total)} · " + (f"к оплате {_roubles(due)}" if due > 0 else "оплачен")


def _task(task: Document, users: Mapping[int, str]) -> str:
    state = ("Выполнена", "complete") if task["complete"] else ("В работе", "delivery")
    return _card(
        head=f"<strong>{_text(task['text'])}</strong>" + _pill(*state) + _time(task["createdAt"]),
        lines=(
            _line("Комментарий", task.get("commentary")),
            _line("Заказ", task.get("order", {}).get("number")),
            _line("Телефон", task.get("phone")),
            _line("Исполнитель", users.get(task["performer"], str(task["performer"]))),
            _line("Срок", task.get("datetime")),
        ),
    )


def _message(message: Document, zone: tzinfo) -> str:
    return _card(
        head=f"<strong>{_text(message['to'])}</strong>" + _time(_local(message["created"], zone)),
        lines=(
            f'<p class="bubble">{_text(message["body"])}</p>',
            _line("Частей", message["num_segments"]),
            _line("От", message["from"] or message.get("messaging_service_sid")),
        ),
    )


def _reply(reply: Document, zone: tzinfo) -> str:
    return _card(
        head=f"<strong>{_text(reply['messenger'])} → {_text(reply['chat'])}</strong>"
        + _time(_local(reply["sent_at"], zone)),
        lines=(f'<p class="bubble">{_text(reply["text"])}</p>',),
    )


def _alert(alert: Document, zone: tzinfo) -> str:
    return _card(
        head=f"<strong>Telegram → {_text(alert['chat_id'])}</strong>" + _time(_local(alert["sent_at"], zone)),
        lines=(f'<p class="bubble">{_text(alert["plain_text"])}</p>',),
    )


def _notification(notification: Document) -> str:
    return _card(
        head="<strong>Колокольчик CRM</strong>" + _time(notification["createdAt"]),
        lines=(f'<p class="bubble">{_text(notification["message"])}</p>',),
    )


def _faults(faults: Iterable[Document]) -> str:
    told = [
        f"{fault['target']}: {fault['kind']}" + (f" × {fault['times']}" if fault["times"] else "")
        for fault in faults
    ]
    if not told:
        return ""
    return f'<p class="faults">Включены сбои: {_text(", ".join(told))} <span lang="en">Faults</span></p>'


def _card(head: str, lines: Iterable[str]) -> str:
    return f'<article><div class="head">{head}</div>{"".join(lines)}</article>'


def _pill(name: str, kind: str) -> str:
    return f'<span class="pill {kind}">{_text(name)}</span>'


def _time(local: str) -> str:
    """Day and time of what the CRM writes as ``2026-11-22 02:52:22``."""
    return f'<time datetime="{_text(local)}">{_text(f"{local[8:10]}.{local[5:7]} {local[11:]}")}</time>'


def _line(label: str, value: object, *, mono: bool = False) -> str:
    if not value:
        return ""
    kind = ' class="mono"' if mono else ""
    return f"<p><i>{label}</i><span{kind}>{_text(value)}</span></p>"


def _local(moment: str, zone: tzinfo) -> str:
    return datetime.fromisoformat(moment).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _roubles(amount: float) -> str:
    return f"{amount:,.2f}".replace(",", "\N{NO-BREAK SPACE}").removesuffix(".00") + "\N{NO-BREAK SPACE}₽"


def _text(value: object) -> str:
    return escape(str(value))
