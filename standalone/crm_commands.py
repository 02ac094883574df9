"""``leadkeeper crm``: what the shop needs in the CRM's account, checked and made."""

import sys
from collections.abc import Sequence

import click

from chalicelib import bootstrap, shopfile
from chalicelib.crm.account import CrmAccount, Step
from chalicelib.crm.setup.plan import Plan, described, plan
from chalicelib.crm.setup.wanted import wanted
from chalicelib.errors import LeadkeeperError, Unreachable
from chalicelib.settings import Shop
from chalicelib.validation import validate


@click.group()
def crm() -> None:
    """The CRM's account: what the shop needs there."""


@crm.command()
def check() -> None:
    """Compare the account with the shop file. Writes nothing; exit code 1 if something is missing."""
    shop = validate(shopfile.load())
    found = _plan(shop, bootstrap.crm_account_of(shop))
    _print(shop, found, "Missing, and `leadkeeper crm setup` would make it:")
    if found.steps or found.troubles:
        sys.exit(1)
    click.echo("\nThe CRM has all that this shop needs.")


@crm.command()
@click.option("--yes", is_flag=True, help="Do not ask, for scripts.")
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@click.option(
    "--logo", default="", help="The address of a picture in SVG, if the CRM wants one for telephony."
)
def setup(*, yes: bool, dry_run: bool, logo: str) -> None:
    """Make in the account what is missing, after saying what. Run it again whenever the shop file changes."""
    shop = validate(shopfile.load())
    account = bootstrap.crm_account_of(shop, logo)
    found = _plan(shop, account)
    _print(shop, found, "To be made in the CRM:")
    if not found.steps:
        click.echo("\nNothing to change.")
        return
    if dry_run:
        return
    if shop.shop.mode == "observe":
        click.echo("The shop observes, and would write nothing by itself; this command does.")
    click.echo()
    if not yes and not click.confirm(f"Make these {len(found.steps)}?"):
        click.echo("Nothing was changed.")
        sys.exit(1)
    failed = _carry_out(account, found.steps)
    click.echo(_summary(found, failed))
    if failed:
        sys.exit(1)


def _plan(shop: Shop, account: CrmAccount) -> Plan:
    try:
        return plan(wanted(shop), account.read())
    except LeadkeeperError as error:
        click.echo(f"leadkeeper: the CRM cannot be read: {error}", err=True)
        sys.exit(1)


def _print(shop: Shop, found: Plan, heading: str) -> None:
    click.echo(f"{shop.crm.url}, shop {shop.shop.site or shop.shop.name}")
    _print_list(heading, [described(step) for step in found.steps])
    _print_list("For a person:", [f"{trouble.what}. {trouble.fix}." for trouble in found.troubles])
    _print_list("Differs, and stays as it is:", found.remarks)


def _print_list(heading: str, lines: Sequence[str]) -> None:
    if lines:
        click.echo(f"\n{heading}")
        click.echo("\n".join(f"  {line}" for line in lines))


def _carry_out(account: CrmAccount, steps: Sequence[Step]) -> list[Step]:
    """Do what can be done. Returns what was refused; a CRM out of reach ends it."""
    refused: list[Step] = []
    for number, step in enumerate(steps, 1):
        begin = f"{number}/{len(steps)} {described(step)}"
        try:
            is_made = account.carry_out(step)
        except Unreachable as error:
            click.echo(f"{begin}: {error}", err=True)
            may_be = "It may have been made all the same. " if error.maybe_done else ""
            click.echo(f"Stopped. {may_be}Run this again: it goes on where it stopped.", err=True)
            sys.exit(1)
        except LeadkeeperError as error:
            click.echo(f"{begin}: {error}", err=True)
            refused.append(step)
        else:
            click.echo(f"{begin}: {'made' if is_made else 'somebody made it meanwhile'}")
    return refused


def _summary(found: Plan, refused: Sequence[Step]) -> str:
    done = f"{len(found.steps) - len(refused)} of {len(found.steps)} are in the CRM now."
    return f"{done} Left for a person: {len(found.troubles)}." if found.troubles else done
