"""``leadkeeper sms``: send one of the shop's texts by hand, or read them all."""

import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import click

from chalicelib import bootstrap, shopfile
from chalicelib.actions import AddNote, RequestSms
from chalicelib.bootstrap import Application
from chalicelib.clock import Clock, system_clock
from chalicelib.engine.port import Engine
from chalicelib.entry import Entry, Status
from chalicelib.errors import LeadkeeperError
from chalicelib.events import MessageWanted
from chalicelib.gate.envelope import Envelope
from chalicelib.logs import masked
from chalicelib.message_preview import Preview
from chalicelib.message_preview import preview as preview_of
from chalicelib.messages import enclose, sms_entry_id
from chalicelib.playbook.message_wanted import last_try, outcome_of
from chalicelib.validation import validate
from standalone.sms_view import price, rows

POLL_SECONDS = 0.2


@click.group()
def sms() -> None:
    """Text messages to clients: send one of the shop's texts, read them all."""


@sms.command("texts")
def list_texts() -> None:
    """Print every text as a client with usual data would read it."""
    for row in rows(bootstrap.texts_of(validate(shopfile.load()))):
        click.echo(row)


@sms.command("send")
@click.option("--order", "number", default="", help="The order's number.")
@click.option("--customer", type=int, help="The CRM's id of a client, for a text about no order.")
@click.option("--template", required=True, help="The text's name, such as arrived.")
@click.option("--preview", is_flag=True, help="Only say what would be sent, or why nothing would.")
@click.option("--wait", default=60, show_default=True, help="For how many seconds to wait for the result.")
def send(*, number: str, customer: int | None, template: str, preview: bool, wait: int) -> None:
    """Send one of the shop's texts to the client of an order. There is no free text."""
    if bool(number) == (customer is not None):
        raise click.UsageError("name either --order or --customer")
    application = bootstrap.application()
    now = system_clock()
    wish = MessageWanted(template=template, order_number=number, customer_id=customer, at=now)
    envelope = enclose(wish, f"message-wanted:{uuid.uuid4()}", f"order:{number}" if number else "", now)
    if preview:
        try:
            lines = list(previewed(application, wish, envelope))
        except LeadkeeperError as error:
            click.echo(f"leadkeeper: nothing would be sent: {error}", err=True)
            sys.exit(1)
        click.echo("\n".join(lines))
        return
    application.engine.work.put(envelope)
    said = Waiting(application.engine, system_clock, time.sleep).result(envelope.id, timedelta(seconds=wait))
    click.echo(said.text, err=not said.is_fine)
    sys.exit(0 if said.is_fine else 1)


def previewed(application: Application, wish: MessageWanted, envelope: Envelope) -> Iterator[str]:
    """What would be sent to whom, and whether it would go out now. Changes nothing.

    Raises:
        LeadkeeperError: the CRM does not answer, or there is no such order or text.
    """
    found = preview_of(
        wish,
        Entry.opened(envelope, application.clock()),
        shop=application.shop,
        decider=application.decider,
        documents=application.engine.documents,
    )
    if isinstance(found, str):
        yield found or "nothing would be sent"
        return
    encoding, parts = found.segments
    cost = price(parts, application.shop.messages.price_per_segment)
    yield found.sms.text
    unit = "segment" if parts == 1 else "segments"
    size = f"{len(found.sms.text)} characters, {encoding}, {parts} {unit} {cost}"
    yield f"to {masked(found.sms.phone)}: {size}".rstrip()
    yield _when(found)


def _when(found: Preview) -> str:
    match found.when:
        case "now":
            return "now"
        case "observed":
            return "not now: Leadkeeper only observes"
        case "never":
            return f"not at all: {found.reason}"
        case "later":
            minutes = max(round(found.wait.total_seconds() / 60), 1)
            return f"not now: {found.reason}, for {minutes} min"


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a wish, for who waits for it."""

    text: str
    is_fine: bool


class Waiting:
    """Waits for what workers make of a wish."""

    def __init__(self, engine: Engine, clock: Clock, sleep: Callable[[float], None]) -> None:
        """Look into this journal."""
        self._journal = engine.journal
        self._clock = clock
        self._sleep = sleep

    def result(self, entry_id: str, patience: timedelta) -> Said:
        """What became of the wish with this entry, or how far it has come."""
        until = self._clock() + patience
        wish = self._closed(lambda: self._journal.get(entry_id), until)
        if wish is None:
            return Said("nobody has taken it up: does `leadkeeper serve` run?", is_fine=False)
        if wish.is_open:
            return Said(f"not sent yet: {_why(wish) or 'it is being worked on'}", is_fine=True)
        if not any(isinstance(action, RequestSms) for action in wish.plan) or wish.status is not Status.DONE:
            return Said(_refusal(wish), is_fine=False)
        sms_entry = sms_entry_id(f"wanted:{entry_id}")
        message = self._closed(lambda: last_try(self._journal, sms_entry), until)
        if message is None or message.is_open:
            why = _why(message) if message else ""
            return Said(f"not sent yet: {why or 'it is on its way'}", is_fine=True)
        outcome = outcome_of(message)
        if outcome.state == "sent":
            return Said(f"sent, {message.results[-1].reference}", is_fine=True)
        said = "perhaps sent" if outcome.reason == "unknown-result" else "not sent"
        return Said(f"{said}: {outcome.reason} {outcome.detail}".rstrip(), is_fine=False)

    def _closed(self, read: Callable[[], Entry | None], until: datetime) -> Entry | None:
        """The entry at its end, or as it is when patience has ended; None if there is none even then."""
        while True:
            entry = read()
            if (entry is not None and not entry.is_open) or self._clock() >= until:
                return entry
            self._sleep(POLL_SECONDS)


def _refusal(wish: Entry) -> str:
    note = next((action.text for action in wish.plan if isinstance(action, AddNote)), "")
    return note or f"not sent: {_why(wish) or wish.status}"


def _why(entry: Entry) -> str:
    return masked(": ".join(part for part in (entry.reason, entry.detail) if part))
