"""Text messages for people: what they cost, and how they read."""

from collections.abc import Iterator
from decimal import Decimal

import click
from rich.table import Table

from chalicelib.sms.lint import Priced, named, priced
from chalicelib.sms.segments import segments
from chalicelib.texts import Texts
from chalicelib.texts.samples import SMS
from chalicelib.texts.settings import MessageSettings
from chalicelib.texts.sms_fields import SMS_SAMPLES
from standalone.journal_view import console


def print_prices(texts: Texts, settings: MessageSettings) -> bool:
    """Print each text message with its price, and what is wrong; True if none is too long.

    Raises:
        ConfigurationError: a template is wrong.
    """
    messages = list(priced(texts))
    table = Table(box=None, pad_edge=False)
    for heading in ("text", "sample", "characters", "encoding", "segments", "price"):
        table.add_column(heading, no_wrap=True)
    for message in messages:
        encoding, parts = message.segments
        table.add_row(
            message.template,
            message.sample,
            str(len(message.text)),
            encoding,
            str(parts),
            price(parts, settings.price_per_segment),
        )
    console().print(table)
    for message in messages:
        if message.costly:
            click.echo(f"warning: {_dear(message)}", err=True)
    too_long = [message for message in messages if message.segments.parts > settings.max_segments]
    for message in too_long:
        click.echo(
            f"{message.template} ({message.sample}): {message.segments.parts} segments, and"
            f" messages.max_segments is {settings.max_segments}. Shorten it, or raise that",
            err=True,
        )
    return not too_long


def price(parts: int, per_segment: Decimal | None) -> str:
    """What so many segments cost; empty if the shop file does not tell."""
    return "" if per_segment is None else f"{parts * per_segment:.2f}"


def rows(texts: Texts) -> Iterator[str]:
    """Each text message with usual data, as a table in Markdown."""
    yield "| Text | A client reads | Segments |"
    yield "|---|---|---|"
    usual = SMS_SAMPLES[texts.language].usual.as_mapping()
    for name in sorted(texts.names()):
        if name.startswith(SMS):
            text = texts.render(name, **usual)
            encoding, parts = segments(text)
            yield f"| `{name.removeprefix(SMS)}` | {text} | {parts} {encoding} |"


def _dear(message: Priced) -> str:
    characters = ", ".join(named(character) for character in message.costly)
    encoding, parts = message.segments
    return (
        f"{message.template} ({message.sample}) would be cheaper than {parts} {encoding} without {characters}"
    )
