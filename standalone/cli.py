"""The command ``leadkeeper``."""

import logging
import sys
from pathlib import Path

import click
from dotenv import load_dotenv

from chalicelib import __version__, bootstrap, logs, shopfile
from chalicelib.errors import ConfigurationError
from chalicelib.messengers.wiring import silent_messengers
from chalicelib.validation import validate
from standalone import journal_view
from standalone.alerts_commands import alerts
from standalone.backup_commands import backup_command, restore_command
from standalone.checks_commands import checks, incidents
from standalone.clients_commands import clients
from standalone.console_commands import console
from standalone.crm_commands import crm
from standalone.journal_commands import discard_command, journal, replay_command
from standalone.messenger_commands import messengers
from standalone.mistakes_commands import mistakes
from standalone.people_commands import people_command
from standalone.production_commands import production
from standalone.reconcile_command import reconcile_command
from standalone.scenario_commands import scenario
from standalone.secrets_command import secrets
from standalone.sms_commands import sms
from standalone.sms_view import print_prices
from standalone.sources_commands import sources
from standalone.subscriptions_commands import subscriptions
from standalone.telephony_commands import telephony
from standalone.why import why_command


class Group(click.Group):
    """A configuration error is a sentence, not a stack trace."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            click.echo(f"leadkeeper: {error}", err=True)
            sys.exit(2)


@click.group(cls=Group)
@click.version_option(__version__)
def main() -> None:
    """Every call, lead and parcel becomes exactly one right action in the CRM."""
    load_dotenv(Path(".env"))
    logs.configure(logging.WARNING)


main.add_command(journal)
main.add_command(replay_command)
main.add_command(discard_command)
main.add_command(secrets)
main.add_command(checks)
main.add_command(incidents)
main.add_command(subscriptions)
main.add_command(sources)
main.add_command(telephony)
main.add_command(clients)
main.add_command(people_command)
main.add_command(crm)
main.add_command(console)
main.add_command(messengers)
main.add_command(mistakes)
main.add_command(why_command)
main.add_command(reconcile_command)
main.add_command(alerts)
main.add_command(sms)
main.add_command(scenario)
main.add_command(production)
main.add_command(backup_command)
main.add_command(restore_command)


@main.command()
def serve() -> None:
    """Receive webhooks and work, until Ctrl-C."""
    from standalone.serve import Standalone  # noqa: PLC0415 -- the other commands need no HTTP server

    logs.configure(logging.INFO)
    standalone = Standalone()
    host, port = standalone.address
    click.echo(f"Leadkeeper {__version__} listens on http://{host}:{port}", err=True)
    standalone.run()


@main.command()
def check() -> None:
    """Check the shop file and the texts; name the key and the fix."""
    file = shopfile.load()
    shop = validate(file)
    texts = bootstrap.texts_of(shop)
    if journal_view.print_texts(texts) or not print_prices(texts, shop.messages):
        sys.exit(1)
    for name in silent_messengers(shop.sources):
        click.echo(f"sources.{name} has no token to reply with: its clients are asked for nothing")
    click.echo(
        f"{file.path.name} is right: {len(shop.sources)} sources, {len(shop.people)} people,"
        f" mode {shop.shop.mode}, CRM {shop.crm.url}"
    )


if __name__ == "__main__":
    main()
