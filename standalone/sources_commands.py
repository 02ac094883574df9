"""``leadkeeper sources``: connect a form that nobody has connected before."""

import re
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import BinaryIO

import click

from chalicelib import shopfile
from chalicelib.errors import ConfigurationError
from chalicelib.gate.form import Unparsable
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.generic.learning import learnt
from chalicelib.shop_problems import SOURCE_NAME
from standalone import learning_view
from standalone.data import engine, only

DEFAULT_SOURCE = "form"
_BOUNDARY = re.compile(rb"--([^\r\n]{1,200})\r?\n")


@click.group()
def sources() -> None:
    """Sources: connect a form."""


@sources.command()
@click.argument("file", required=False, type=click.File("rb"))
@click.option("--entry", "entry_id", default="", help="A journal entry instead of a file.")
@click.option("--source", "name", default="", help="The source's name in shop.toml and in its URL.")
@click.option("--content-type", default="", help="As declared; else what the file looks like.")
def learn(file: BinaryIO | None, entry_id: str, name: str, content_type: str) -> None:
    """Propose a table for shop.toml from the body of one captured request."""
    if (file is None) == (not entry_id):
        raise click.UsageError("name a file, or an entry with --entry")
    if name and not SOURCE_NAME.fullmatch(name):
        raise click.UsageError("--source: lower-case letters, digits and hyphens")
    sample = _of_entry(entry_id, name) if file is None else _of_file(file, name, content_type)
    try:
        fields = learnt(sample)
    except (Unparsable, RecursionError) as error:
        click.echo(f"leadkeeper: this is no form that can be read: {error}", err=True)
        sys.exit(1)
    for line in learning_view.lines(sample, fields, is_known=sample.source in _known()):
        click.echo(line)


def _of_file(file: BinaryIO, name: str, content_type: str) -> Webhook:
    body = file.read()
    declared = content_type or _looks_like(body)
    if declared.startswith("multipart/") and b"\r\n" not in body:
        body = body.replace(b"\n", b"\r\n")  # An editor has made other ends of lines.
    elif not declared.startswith("multipart/"):
        body = body.strip()
    headers = {"content-type": declared} if declared else {}
    return Webhook(name or DEFAULT_SOURCE, "POST", (), {}, headers, body, datetime.now(UTC))


def _looks_like(body: bytes) -> str:
    """The type of a multipart form, which begins with its boundary; of anything else it is guessed later."""
    boundary = _BOUNDARY.match(body)
    return f'multipart/form-data; boundary="{boundary[1].decode("latin-1")}"' if boundary else ""


def _of_entry(entry_id: str, name: str) -> Webhook:
    with closing(engine()) as opened:
        entry = only(opened.journal.find(entry_id), entry_id)
        envelope = opened.journal.envelope(entry.id)
    if envelope is None:
        click.echo(f"the content of {entry_id} has expired", err=True)
        sys.exit(1)
    webhook = envelope.webhook
    return Webhook(name or webhook.source, "POST", (), {}, webhook.headers, webhook.body, webhook.received_at)


def _known() -> frozenset[str]:
    """The sources of the shop file; none if it cannot be read."""
    try:
        return frozenset(shopfile.load().content.get("sources", {}))
    except ConfigurationError:
        return frozenset()
