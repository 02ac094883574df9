"""``leadkeeper why``: why something was told, or was not."""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from chalicelib import bootstrap
from chalicelib.alerts.incidents import Incident
from chalicelib.bootstrap import Application
from chalicelib.checks.port import Finding, LooksAtIncidents, LooksAtOrders
from chalicelib.crm.port import Order
from chalicelib.entry import Entry, Status
from chalicelib.errors import LeadkeeperError
from chalicelib.events import AlertDue, AnyEvent, IncidentTold
from chalicelib.gate.envelope import OWN_SOURCE
from chalicelib.gate.tickets import fingerprint

INCIDENT_MARK = ":"
"""What each incident's key has, such as ``endpoint:Landing page``, and no order's number."""

NEWEST = 2000
"""So many entries are looked through; the journal is not sorted by orders."""

SHORTEST_ID = 6
SHORT_ID = 12
MEANINGS = {
    Status.OPEN: "it waits, or is being tried again",
    Status.DONE: "each action was carried out, or no longer needed",
    Status.IGNORED: "nothing was to be done",
    Status.OBSERVED: "only observed: nothing was written outside",
    Status.QUARANTINED: "it could not be read; a person was told",
    Status.PARKED: "it could not be brought to its end; a person was told",
    Status.DISCARDED: "a person decided to do nothing about it",
    Status.EXPIRED: "its time is over; only its id is kept",
}


@click.command("why")
@click.argument("subject", metavar="ID")
def why_command(subject: str) -> None:
    """Say why something was told or not. ID: an order's number, an entry of the journal, or an incident."""
    try:
        for line in why(bootstrap.application(), subject):
            click.echo(line)
    except LeadkeeperError as error:
        click.echo(f"leadkeeper: the CRM could not be asked: {error}", err=True)
        sys.exit(1)


def why(application: Application, subject: str) -> Iterator[str]:
    """What became of an entry, or of an incident; or what came in about an order.

    And what the checks say about it now.

    Raises:
        LeadkeeperError: the CRM does not answer, or refuses.
    """
    zone = application.shop.shop.timezone
    entries = application.engine.journal.find(subject) if len(subject) >= SHORTEST_ID else []
    for entry in entries:
        yield from _became(entry, zone)
    if entries:
        return
    newest = application.engine.journal.latest(limit=NEWEST)
    if application.incidents.get(subject) is not None or INCIDENT_MARK in subject:
        yield from _about_incident(application, subject, newest)
        return
    # First what needs no CRM.
    yield from _heard([entry for entry in newest if _names(entry, subject)], zone)
    order = application.crm.order_by_number(subject)
    if order is None:
        yield f"The CRM has no order {subject}"
        return
    others = [entry for entry in newest if _is_about(entry, order) and not _names(entry, subject)]
    if others:
        yield from _heard(others, zone)
    yield f"Order {order.number} has the status {order.status}{_since(order.status_since, zone)}"
    for check in application.checks.checks.values():
        if isinstance(check, LooksAtOrders):
            yield f"{check.name}: {_said(application, check.about(order, application.clock()))}"


def _about_incident(application: Application, key: str, newest: Sequence[Entry]) -> Iterator[str]:
    """How it stands, what its check says, and what was told to whom."""
    zone = application.shop.shop.timezone
    incident = application.incidents.get(key)
    yield _standing(incident, zone) if incident else f"There never was an incident {key}"
    for check in application.checks.checks.values():
        if isinstance(check, LooksAtIncidents) and (said := check.about_incident(key, application.clock())):
            yield f"{check.name}: {said}"
    for entry in newest:
        if any(_is_of_incident(event, key) for event in entry.events):
            yield from _became(entry, zone)


def _standing(incident: Incident, zone: ZoneInfo) -> str:
    began = f"{incident.began_at.astimezone(zone):%d.%m. %H:%M}"
    if incident.ended_at is not None:
        state = f"from {began} until {incident.ended_at.astimezone(zone):%d.%m. %H:%M}"
    else:
        state = f"since {began}: {incident.cause}"
    if incident.is_flapping:
        state += "; it comes and goes, so that its beginnings and ends are not told one by one"
    if incident.acknowledged_by:
        state += f"; {incident.acknowledged_by} takes care, so that nobody is reminded"
    elif incident.remind_at is not None:
        state += f"; people hear again at {incident.remind_at.astimezone(zone):%d.%m. %H:%M}"
    return f"{incident.subject}, {state}"


def _is_of_incident(event: AnyEvent, key: str) -> bool:
    match event:
        case IncidentTold():
            return event.key == key
        case AlertDue():
            return event.alert.subject_id == key
        case _:
            return False


def _heard(entries: list[Entry], zone: ZoneInfo) -> Iterator[str]:
    if not entries:
        yield f"The newest {NEWEST} entries of the journal say nothing of it by this number"
    for entry in entries:
        yield from _became(entry, zone)


def _became(entry: Entry, zone: ZoneInfo) -> Iterator[str]:
    events = ", ".join(event.kind for event in entry.events) or "nothing that we could read"
    why_so = ": ".join(part for part in (entry.reason, entry.detail) if part)
    meaning = _waiting(entry, zone) or MEANINGS[entry.status]
    meaning += f" ({why_so})" if why_so else ""
    received = f"{entry.received_at.astimezone(zone):%d.%m. %H:%M} {entry.source}"
    yield f"{received}, {events}: {meaning}; entry {entry.id[:SHORT_ID]}"
    for number, action in enumerate(entry.plan):
        result = entry.results[number] if number < len(entry.results) else None
        outcome = (
            " ".join(filter(None, (result.state, result.reference, result.note))) if result else "not yet"
        )
        yield f"    {action.kind} → {outcome}"


def _waiting(entry: Entry, zone: ZoneInfo) -> str:
    """Until when an entry waits on purpose; empty if it does not."""
    return f"it waits until {entry.waits_until.astimezone(zone):%d.%m. %H:%M}" if entry.waits_until else ""


def _said(application: Application, found: Finding | str) -> str:
    if isinstance(found, str):
        return f"finds nothing: {found}"
    entry = application.engine.journal.get(fingerprint(OWN_SOURCE, found.dedup_id))
    if entry is None:
        return f"{found.line}. Not told yet: it comes with the next run, once the check is accepted"
    return f"{found.line}. Told by entry {entry.id[:SHORT_ID]}: {MEANINGS[entry.status]}"


def _since(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f" since {moment.astimezone(zone):%d.%m. %H:%M}"


def _names(entry: Entry, number: str) -> bool:
    return f'"order_number":"{number}"' in entry.model_dump_json() or any(
        result.note == f"number {number}" for result in entry.results
    )


def _is_about(entry: Entry, order: Order) -> bool:
    return f'"order_id":{order.id},' in entry.model_dump_json() or any(
        result.reference == f"order {order.id}" for result in entry.results
    )
