"""What there is at the month's end, as the CRM and the client's phone show it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.engine.port import Documents
from chalicelib.mistakes.report import mistakes_of
from sandbox.world import Sandbox
from tests.month.calendar import local
from tests.month.effects import Answer, Counted, Double, Effect, Moved, SameCard, State, Task, Text

DAYS_OF_REPORT = 60

KINDS: Mapping[str, str] = {
    r"Перезвонить: пропущенный": "callback",
    r"Перезвонить: (?P<detail>\d+) пропущенн": "callback",
    r"Клиенту не перезвонили": "callback overdue",
    r"Связаться с клиентом: новый заказ": "new order",
    r"Новый заказ \S+ без ответа": "new order, boss",
    r"Позвонить клиенту: заказ \S+ ждёт в пункте выдачи (?P<detail>\d+) д": "pickup",
    r"Посылка едет обратно": "parcel",
    r"Клиент ещё раз отправил форму": "form again",
    r"Клиент ещё (?P<detail>\d+) раза? отправил форму": "form again",
    r"Производство спрашивает по заказу \S+: (?P<detail>.*)": "production question",
    r"Заказ \S+: производство обещало до": "promise near",
    r"Заказ \S+ не готов: производство обещало": "promise past",
    r"Заказ \S+ готов, но статус не тот": "ready elsewhere",
    r"Ответить клиенту \(.*\): сообщение": "message",
    r"Ответить клиенту \(.*\): (?P<detail>\d+) сообщени": "message",
}
"""By which words a task is known."""

TEXTS: Mapping[str, str] = {
    "принят": "order_accepted",
    "в производстве": "in_production",
    " готов.": "ready",
    "ждёт вас": "arrived",
}
"""By which words a text is known."""

NOTES: Mapping[str, str] = {
    "перезвонили": "called back",
    "клиент сам оставил заявку": "form",
    "Сообщение 2": "message 2",
    "Производство обещает готовность": "production promised",
    "Производство: заказ готов": "production ready",
    r"Производство, \d": "production",
}
"""By which words of the comments what we added is known."""

OTHER_CARDS = r"Возможно, это тот же клиент: карточк[аи] ([\d, ]+)\."
"""By which words of a comment it is known which other cards are named."""

DOUBLES = "Похоже на дубли клиентов"
DOUBLE = r"^(\d+) и (\d+): (один телефон|одна почта)"
REASONS: Mapping[str, str] = {"один телефон": "phone", "одна почта": "email"}
"""By which words of the nightly message a pair of cards is known."""


@dataclass(frozen=True, slots=True)
class Found:
    """An effect, and when it came about."""

    effect: Effect
    at: datetime


LACKS: Mapping[str, str] = {
    r"перевод «[^»]*» → «[^»]*» не предусмотрен": "step",
    r"нет имени клиента": "name",
    r"нет верного телефона": "phone",
    r"не выбран способ доставки|способ доставки «[^»]*» не подходит": "delivery",
    r"нет товаров|нет цены или количества: [^;]+": "items",
    r"не указана причина": "reason",
    r"нет трек-номера": "track_number",
    r"предоплата [\d\s,]+₽, нужно": "prepayment",
    r"не указано: (?P<part>[^:;]+: [^:;]+(?:; [^:;]+: [^:;]+)*)": "options",
    r"в адресе нет: (?P<part>[^;]+)": "address",
}
"""By which words it is known what a task about mistakes names."""


def _lacks(text: str) -> str:
    found = sorted(
        (match.start(), f"{rule} ({match['part']})" if "part" in match.groupdict() else rule)
        for words, rule in LACKS.items()
        for match in re.finditer(words, text)
    )
    return ", ".join(rule for _, rule in found)


def kind_of(text: str) -> str:
    """Which kind of task of ours has this text; the text itself for none."""
    return _read(text)[0]


def _read(text: str) -> tuple[str, str]:
    mistake = re.match(r"Заказ \S+, («[^»]*»): ", text)
    if mistake:
        return "mistake", f"{mistake[1]}: {_lacks(text)}"
    for pattern, kind in KINDS.items():
        match = re.match(pattern, text)
        if match:
            return kind, match.groupdict().get("detail") or ""
    return text, ""


def counted(documents: Documents, end: datetime) -> Iterator[Found]:
    """What the report of mistakes tells."""
    made = mistakes_of(documents, local(end).date(), DAYS_OF_REPORT)
    rows = Counter((mistake.user_id or 0, rule) for mistake in made for rule in mistake.rules)
    for (user, rule), times in rows.items():
        yield Found(Counted(user, rule, times), end)


def found(sandbox: Sandbox) -> Iterator[Found]:
    """Everything that there is in the CRM and on clients' phones, without what the sandbox began with."""
    books = sandbox.crm.books
    known = {card["id"]: _card(card) for card in books.customers.all()}
    names: dict[str, str] = {}
    cards: dict[int, list[str]] = {}
    for order in books.orders.all():
        if order["number"] == "1001A":
            continue
        name = str(order.get("externalId") or order["number"])
        names[order["number"]] = name
        cards.setdefault(order["customer"]["id"], []).append(name)
        yield Found(_state(name, order, known), books.orders.made_at(order["id"]))
    for orders in cards.values():
        if len(orders) > 1:
            yield Found(SameCard(tuple(sorted(orders))), datetime.now(UTC))
    history = books.order_history.table
    for record in history.all():
        is_moved = record["field"] == "status" and "created" not in record
        if is_moved and record["source"] == "api" and record["order"]["number"] in names:
            moved = Moved(names[record["order"]["number"]], record["newValue"]["code"])
            yield Found(moved, history.made_at(record["id"]))
    for task in books.tasks.all():
        kind, detail = _read(task["text"])
        order_name = names.get(task.get("order", {}).get("number", ""), "")
        made = Task(order_name, kind, detail, task["performer"], task["complete"])
        yield Found(made, books.tasks.made_at(task["id"]))
    for answer in sandbox.production.answers.all():
        answered = Answer(names.get(answer["order"], ""), answer["question"], answer["text"])
        yield Found(answered, sandbox.production.answers.made_at(answer["id"]))
    for message in sandbox.twilio.messages.all():
        number = re.search(r"[Зз]аказ (\S+) ", message["body"])
        template = next((name for words, name in TEXTS.items() if words in message["body"]), message["body"])
        order_name = names.get(number[1], "") if number else ""
        text = Text(order_name, message["to"], template)
        yield Found(text, sandbox.twilio.messages.made_at(message["id"]))
    yield from _doubles(sandbox, known)


def _doubles(sandbox: Sandbox, known: Mapping[int, str]) -> Iterator[Found]:
    """The pairs of cards that the nightly messages name."""
    for message in sandbox.telegram.messages.all():
        if message["plain_text"].startswith(DOUBLES):
            at = sandbox.telegram.messages.made_at(message["id"])
            for first, second, words in re.findall(DOUBLE, message["plain_text"], re.MULTILINE):
                cards = sorted((known[int(first)], known[int(second)]))
                yield Found(Double(tuple(cards), REASONS[words]), at)


def _card(card: Mapping[str, Any]) -> str:
    """By what the shop knows it."""
    phones = [phone["number"] for phone in card["phones"]]
    return " ".join([*phones, card["email"]] if card.get("email") else phones)


def _state(name: str, order: Mapping[str, Any], known: Mapping[int, str]) -> State:
    comment = order.get("managerComment", "")
    notes = {note for words, note in NOTES.items() if re.search(words, comment)}
    for cards in re.findall(OTHER_CARDS, comment):
        notes.update(f"possible double: {known[int(card)]}" for card in cards.split(", "))
    manager = order.get("managerId")
    return State(name, order.get("phone", ""), order["status"], manager, tuple(sorted(notes)))
