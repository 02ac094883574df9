"""``leadkeeper people``: who is there, who is on duty, and who would get the next task."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
from rich.table import Table

from chalicelib import bootstrap
from chalicelib.assignment.choosing import staff_now, turns_now
from chalicelib.assignment.staff import Staff
from chalicelib.assignment.subject import Subject
from chalicelib.bootstrap import Application
from chalicelib.errors import LeadkeeperError
from chalicelib.people import Person
from standalone.journal_view import console

DAYS_AHEAD = 7
NEXT_TASK = "a task that nobody was given yet"


@click.command("people")
@click.option("--city", default="", help="Of an order from this city.")
@click.option("--region", default="", help="Of an order from this region.")
@click.option("--country", default="", help="Of an order from this country: two letters.")
@click.option("--product", default="", help="Of an order with this in an item's name.")
def people_command(city: str, region: str, country: str, product: str) -> None:
    """Who is at work and who may get tasks, who is on duty this week, and who would get the next task."""
    application = bootstrap.application()
    now = application.clock()
    try:
        staff = staff_now(application.shop, application.crm, now)
    except LeadkeeperError as error:
        click.echo(f"leadkeeper: the CRM does not tell its users: {error}", err=True)
        raise SystemExit(1) from None
    subject = Subject(NEXT_TASK, None, city, region, country, (product,))
    _print_people(staff)
    _print_week(staff)
    click.echo(f"The next task that belongs to nobody: {_next(application, staff, subject)}")


def _print_people(staff: Staff) -> None:
    table = Table("name", "CRM user", "roles", "hours", "now", box=None, pad_edge=False)
    for person in staff.people:
        roles = ", ".join(sorted(person.roles))
        table.add_row(person.name, str(person.crm_user or ""), roles, str(person.hours), _now(person, staff))
    console().print(table)
    if staff.active is None:
        click.echo("The key may not read the CRM's users: nobody is known to be active there")


def _now(person: Person, staff: Staff) -> str:
    if person.crm_user is None:
        return "gets no tasks"
    if not staff.is_active(person.crm_user):
        return "no active user of the CRM"
    if person.is_at_work(staff.now, staff.zone):
        return "at work"
    back = _local(person.next_at_work(staff.now, staff.zone), staff.zone)
    return f"{'absent' if person.is_absent(staff.now, staff.zone) else 'away'} until {back}"


def _print_week(staff: Staff) -> None:
    table = Table("day", "on duty", "absent", box=None, pad_edge=False)
    for ahead in range(DAYS_AHEAD + 1):
        moment = staff.now + timedelta(days=ahead)
        day = moment.astimezone(staff.zone).date()
        on_duty = staff.duty.names(day) if staff.duty else ()
        absent = (person.name for person in staff.people if person.is_absent(moment, staff.zone))
        table.add_row(f"{day:%a %d.%m.}", ", ".join(on_duty) or "nobody", ", ".join(absent))
    console().print(table)


def _next(application: Application, staff: Staff, subject: Subject) -> str:
    shop, documents = application.shop, application.engine.documents
    candidates = staff.candidates(subject)
    if not candidates:
        return "nobody can take it"
    try:
        turns = turns_now(shop, application.crm, documents.get, staff.now)
        chosen = turns.one_of(candidates, subject.about)
    except LeadkeeperError as error:
        return f"the CRM does not tell how many tasks people have: {error}"
    able = staff.able()
    others = ", ".join(able[user].name for user in candidates if user != chosen)
    return able[chosen].name + (f" ({shop.assignment.choice} of several, also {others})" if others else "")


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %d.%m. %H:%M}"
