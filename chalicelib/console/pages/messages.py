"""Messages: what became of text messages, what they cost, and how a text would read for a real order."""

import uuid
from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, g, render_template, request, url_for

from chalicelib.books.messages import MessageState
from chalicelib.console import charts
from chalicelib.console.access.guard import current_user
from chalicelib.console.access.roles import Role
from chalicelib.console.masks import WORDS, Closed, Masks, Open
from chalicelib.console.messages_view import Report, report_of
from chalicelib.console.parts import ConsoleParts, parts
from chalicelib.console.words import counted, word, words_of
from chalicelib.crm.port import Order
from chalicelib.entry import Entry
from chalicelib.errors import ConfigurationError, LeadkeeperError
from chalicelib.events import MessageWanted
from chalicelib.message_preview import Preview, preview
from chalicelib.messages import enclose
from chalicelib.texts import Texts
from chalicelib.texts.samples import SMS
from chalicelib.texts.sms_fields import SMS_SAMPLES

page = Blueprint("messages", __name__)

SPANS = (7, 30, 90)
"""Days; of 90 the books are one call on each engine."""

USUAL = 30
LONGEST_NUMBER = 64
PROBLEMS = frozenset({"order-not-found", "no-such-text"})


@page.get("/messages")
def show() -> str:
    """A span of days up to today."""
    console = parts()
    asked = request.args.get("days", USUAL, type=int)
    span = asked if asked in SPANS else USUAL
    days = console.books.days(console.today - timedelta(days=span - 1), console.today)
    report = report_of(days, console.shop.messages.price_per_segment)
    series, labels = _series(report), [f"{day:%d.%m}" for day, _ in report.days]
    chart = charts.columns(
        "messages-by-day", _t("by_day"), labels, series, description=_t("by_day_words", days=span)
    )
    return render_template(
        "messages.html",
        report=report,
        states=MessageState,
        spans=_spans(span),
        samples=_samples(console.texts),
        text_names=_names(console.texts),
        name_of=_name_of,
        chart=chart,
        table=charts.values_table(_t("day"), labels, series, charts.COUNT),
        reason_words=_reason_in_words,
        has_gateways=console.shop.sms is not None,
        per_segment=console.shop.messages.price_per_segment,
    )


@page.get("/messages/preview")
def preview_text() -> str:
    """A text as the client of an order would read it now. Nothing is sent."""
    console = parts()
    number = request.args.get("order", "").strip()[:LONGEST_NUMBER]
    template = request.args.get("template", "")
    found: Preview | str = ""
    problem, order, masks = "", None, _masks(None)
    if number and template:
        try:
            found = _previewed(console, number, template)
            order = console.crm.order_by_number(number)
            masks = _masks(order)
        except ConfigurationError:
            problem = "broken-text"
        except LeadkeeperError as error:
            problem = error.reason if error.reason in PROBLEMS else "unreachable"
    return render_template(
        "messages_preview.html",
        number=number,
        template=template,
        text_names=_names(console.texts),
        found=found,
        is_preview=isinstance(found, Preview),
        problem=problem.replace("-", "_"),
        order_link=console.crm.order_link(order.id) if order else "",
        masks=masks,
        reason_words=_reason_in_words,
    )


def _spans(chosen: int) -> list[tuple[str, str, bool]]:
    """For the macro ``tabs``."""
    return [
        (counted(g.language, "messages.span", days), url_for("messages.show", days=days), days == chosen)
        for days in SPANS
    ]


def _previewed(console: ConsoleParts, number: str, template: str) -> Preview | str:
    now = console.clock()
    wanted = MessageWanted(template=template, order_number=number, at=now)
    envelope = enclose(wanted, f"preview:{uuid.uuid4()}", "", now)
    return preview(
        wanted,
        Entry.opened(envelope, now),
        shop=console.shop,
        decider=console.decider,
        documents=console.engine.documents,
    )


def _masks(order: Order | None) -> Masks:
    """What hides the client of an order from who only looks."""
    if current_user().may(Role.OPERATOR):
        return Open()
    if order is None:
        return Closed(())
    texts = (order.first_name, order.last_name, order.patronymic, order.pickup_address, order.address.text)
    words = [each for text in texts for each in WORDS.findall(text)]
    return Closed([*words, *filter(None, [order.track_number])])


def _samples(texts: Texts) -> dict[str, str]:
    """Each text as a client with usual data would read it, by its name."""
    usual = SMS_SAMPLES[texts.language].usual.as_mapping()
    names = sorted(name for name in texts.names() if name.startswith(SMS))
    return {name.removeprefix(SMS): _rendered(texts, name, usual) for name in names}


def _names(texts: Texts) -> list[tuple[str, str]]:
    """Each text by its file's name, with its name for people, in their order."""
    files = (name.removeprefix(SMS) for name in texts.names() if name.startswith(SMS))
    return sorted(((file, _name_of(file)) for file in files), key=lambda pair: pair[1].casefold())


def _name_of(file: str) -> str:
    """A text's name for people; a text that only this shop has is called as its file is."""
    return str(words_of(g.language).get(f"texts.{file}", file))


def _rendered(texts: Texts, name: str, fields: Mapping[str, object]) -> str:
    """Empty for a text of the shop's own that is broken: ``leadkeeper check`` says what is wrong with it."""
    try:
        return texts.render(name, **fields)
    except ConfigurationError:
        return ""


def _series(report: Report) -> list[charts.Series]:
    """The states that a day's column shows, as far as there are any."""
    tones: dict[MessageState, charts.Tone] = {
        MessageState.DELIVERED: "good",
        MessageState.SENT: "",
        MessageState.UNDELIVERED: "bad",
        MessageState.OBSERVED: "muted",
    }
    return [
        charts.Series(_t(f"state_{state}"), [counts.get(state, 0) for _, counts in report.days], tone=tone)
        for state, tone in tones.items()
        if state in {MessageState.DELIVERED, MessageState.SENT} or report.total.of(state)
    ]


def _reason_in_words(code: str) -> str:
    """The code itself, if it has no words."""
    return str(words_of(g.language).get(f"messages.reason_{code.replace('-', '_')}", code))


def _t(key: str, **values: object) -> str:
    return word(g.language, f"messages.{key}", **values)
