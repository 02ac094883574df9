"""``leadkeeper messengers``: tell a messenger where to tell what clients write."""

import importlib
import json
import sys
from importlib.util import find_spec

import click

from chalicelib import shopfile
from chalicelib.errors import LeadkeeperError
from chalicelib.validation import validate


@click.group()
def messengers() -> None:
    """What clients write in messengers."""


@messengers.command()
@click.argument("source")
@click.option(
    "--url", required=True, help="The source's address as others reach it, such as https://…/hooks/SOURCE."
)
def connect(*, source: str, url: str) -> None:
    """Tell the messenger of SOURCE its address and secret, and print what it says of it then."""
    settings = validate(shopfile.load()).sources.get(source)
    if settings is None:
        raise click.UsageError(f"the shop file has no source {source}")
    module = f"chalicelib.providers.{settings.provider}.connect"
    if find_spec(module) is None:
        raise click.UsageError(f"{settings.provider} is not connected by command: see its README")
    if not settings.can_reply:
        raise click.UsageError(f"sources.{source} has no token of the bot")
    if not url.endswith(f"/hooks/{source}"):
        raise click.UsageError(f"the address must end with /hooks/{source}")
    try:
        told = importlib.import_module(module).connect(settings, url)
    except LeadkeeperError as error:
        click.echo(f"leadkeeper: {error}", err=True)
        sys.exit(1)
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))
