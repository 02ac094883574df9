"""``leadkeeper telephony``: what has to be set up once in the CRM."""

import sys

import click

from chalicelib import bootstrap, shopfile
from chalicelib.crm.setup.wanted import extensions_of
from chalicelib.errors import LeadkeeperError
from chalicelib.validation import validate


@click.group()
def telephony() -> None:
    """Calls in the CRM."""


@telephony.command()
@click.option("--logo", default="", help="The address of a picture in SVG, if the CRM wants one.")
def register(*, logo: str) -> None:
    """Register Leadkeeper in the CRM as telephony, for calls = "module"; again when extensions changed."""
    shop = validate(shopfile.load())
    extensions = extensions_of(shop)
    try:
        bootstrap.crm_of(shop).register_telephony(extensions, logo)
    except LeadkeeperError as error:
        click.echo(f"leadkeeper: {error}", err=True)
        sys.exit(1)
    click.echo(f"the CRM takes calls from Leadkeeper, with {len(extensions)} extensions")
