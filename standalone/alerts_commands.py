"""``leadkeeper alerts``: does each way to people work?"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click

from chalicelib import bootstrap
from chalicelib.alerts.delivery import Delivery
from chalicelib.errors import LeadkeeperError
from chalicelib.events import Alert
from chalicelib.people import Person, leads


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel said.

    Attributes:
        reader: the person, or ``everybody`` where all read in one place.
        is_good: False if it did not deliver.
    """

    channel: str
    reader: str
    words: str
    is_good: bool


@click.group()
def alerts() -> None:
    """Alert channels: try them."""


@alerts.command("test")
def test_alerts() -> None:
    """Send a test alarm through every channel to every lead. What is delivered opens its channel again."""
    application = bootstrap.application()
    shop, delivery = application.shop, application.delivery
    if not delivery.channels:
        click.echo("leadkeeper: there are no channels: add [alerts.telegram] or another one", err=True)
        sys.exit(1)
    now = application.clock()
    text = bootstrap.texts_of(shop).render("alert/test", shop=shop.shop.name)
    alert = Alert(subject_id=f"test:{now.isoformat()}", severity="info", text=text, at=now)
    answers = list(tried(delivery, leads(shop.people), alert))
    for answer in answers:
        click.echo(f"{answer.channel:10} {answer.reader}: {answer.words}")
    sys.exit(0 if all(answer.is_good for answer in answers) else 1)


def tried(delivery: Delivery, people: tuple[Person, ...], alert: Alert) -> Iterator[Answer]:
    """Try each channel; one that all read in one place only once. Who has no channel is an answer, too."""
    reached = set()
    for name, configured in delivery.channels.items():
        is_shared = configured.channel.is_shared
        for person in people[:1] if is_shared else people:
            reader = "everybody" if is_shared else person.name
            try:
                is_known = delivery.try_out(name, person, alert)
            except LeadkeeperError as error:
                reached.add(reader)
                yield Answer(name, reader, f"NOT delivered: {error.detail}", is_good=False)
                continue
            if is_known:
                reached.add(reader)
            yield Answer(name, reader, "delivered" if is_known else "no address", is_good=True)
    for person in people:
        if not {person.name, "everybody"} & reached:
            yield Answer("-", person.name, "NO channel knows this person", is_good=False)
