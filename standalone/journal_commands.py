"""Look into the journal, and see to what was set aside."""

import getpass
import sys
from contextlib import closing
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from chalicelib import shopfile
from chalicelib.clock import system_clock
from chalicelib.entry import Entry, Status
from chalicelib.errors import ConfigurationError
from chalicelib.interventions import Obstacle, discard, replay, set_aside
from standalone import journal_view
from standalone.data import engine, only

LISTED = [status.value for status in Status if status is not Status.EXPIRED]


@click.command()
@click.argument("entry_id", required=False)
@click.option("--parked", is_flag=True, help="Only what could not be brought to its end.")
@click.option("--quarantined", is_flag=True, help="Only what could not be read.")
@click.option("--status", type=click.Choice(LISTED), help="Only this status.")
@click.option("--source", default="", help="Only this source.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="At most so many, newest first.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def journal(
    *,
    entry_id: str | None,
    parked: bool,
    quarantined: bool,
    status: str | None,
    source: str,
    limit: int,
    as_json: bool,
) -> None:
    """List the newest entries, or show one with its content, plan and results."""
    chosen = {Status(status)} if status else set()
    chosen |= {Status.PARKED} if parked else set()
    chosen |= {Status.QUARANTINED} if quarantined else set()
    with closing(engine()) as opened:
        store, zone = opened.journal, _zone()
        if entry_id:
            journal_view.print_entry(store, only(store.find(entry_id), entry_id), zone, as_json=as_json)
        else:
            found = store.latest(sorted(chosen), source, limit)
            journal_view.print_entries(found, zone, as_json=as_json)


def _account() -> str:
    """Whose command this is, as far as the machine knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "leadkeeper"


BY = click.option("--by", "who", default=_account, help="Who you are, for the journal.")


@click.command("replay")
@click.argument("entry_ids", nargs=-1)
@click.option("--reason", help="All that are parked or quarantined for this reason, oldest first.")
@BY
def replay_command(entry_ids: tuple[str, ...], reason: str | None, who: str) -> None:
    """Try parked, quarantined, observed or discarded entries again. What was done is not done twice."""
    if not entry_ids and not reason:
        raise click.UsageError("name entries, or a reason with --reason")
    with closing(engine()) as opened:
        now = system_clock()
        entries = [only(opened.journal.find(entry_id), entry_id) for entry_id in entry_ids]
        entries += set_aside(opened.journal, reason, now) if reason else []
        problems = 0
        for entry in entries:
            problem = replay(opened, entry, who, system_clock())
            problems += problem is not None
            _tell(entry, problem, "will be tried again")
        if reason:
            click.echo(f"{len(entries) - problems} of {len(entries)} will be tried again")
    sys.exit(1 if problems else 0)


@click.command("discard")
@click.argument("entry_ids", nargs=-1, required=True)
@click.option("--why", default="", help="In your own words, for the journal.")
@BY
def discard_command(entry_ids: tuple[str, ...], why: str, who: str) -> None:
    """Let nothing be done about parked or quarantined entries any more. They can still be replayed."""
    with closing(engine()) as opened:
        entries = [only(opened.journal.find(entry_id), entry_id) for entry_id in entry_ids]
        problems = [discard(opened, entry, who, system_clock(), why) for entry in entries]
    for entry, problem in zip(entries, problems, strict=True):
        _tell(entry, problem, "nothing is to be done about it any more")
    sys.exit(1 if any(problems) else 0)


def _tell(entry: Entry, problem: Obstacle | None, success: str) -> None:
    """Say what became of one entry."""
    told = {
        None: success,
        Obstacle.NOTHING_TO_DO: f"it is {entry.status}: nothing waits for a person",
        Obstacle.CONTENT_EXPIRED: "its content has expired",
        Obstacle.BUSY: "it is being worked on just now: look at it again",
    }
    click.echo(f"{entry.id[:12]}: {told[problem]}", err=problem is not None)


def _zone() -> ZoneInfo:
    """The shop's zone, if its file tells one."""
    try:
        return ZoneInfo(str(shopfile.load().content["shop"]["timezone"]))
    except (ConfigurationError, KeyError, ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
