"""The end-to-end check of the landing module: post a marked test lead, and find it in the journal."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from pydantic import AwareDatetime

from chalicelib.checks.endpoints.answers import Answer, Problem, Request
from chalicelib.checks.endpoints.settings import TestLead
from chalicelib.checks.endpoints.statuses import SUCCESS
from chalicelib.entry import Entry, Status
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.provider import GateProvider, Source
from chalicelib.gate.tickets import fingerprint
from chalicelib.gate.webhook import Webhook
from chalicelib.memory import Memory
from chalicelib.providers.reading import SourceSettings
from chalicelib.providers.test_leads import TEST_LEAD, Submission, Tester


class Posted(Memory):
    """A test lead that was accepted and is on its way.

    Attributes:
        entry_id: its journal entry.
        at: when it was posted.
    """

    entry_id: str
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """A test lead to be posted.

    Attributes:
        request: posts it.
        entry_id: the journal entry that it will have.
    """

    request: Request
    entry_id: str


def prepared(lead: TestLead, settings: SourceSettings, now: datetime) -> Prepared:
    """A new test lead."""
    tester: Tester = importlib.import_module(f"chalicelib.providers.{settings.provider}.test_lead")
    lead_id = f"leadkeeper-test-{fingerprint(lead.name, now.isoformat())[:16]}"
    submission = tester.submission(settings, lead_id)
    request = Request(
        url="/".join((lead.url, "hooks", lead.source, *(quote(part, safe="") for part in submission.path))),
        method="POST",
        headers=submission.headers,
        content=submission.body,
        timeout=lead.timeout,
        final=SUCCESS,
    )
    return Prepared(request, _entry_id(lead.source, settings, submission, now))


def _entry_id(source: str, settings: SourceSettings, submission: Submission, now: datetime) -> str:
    """As our own gate will work it out."""
    gate: GateProvider = importlib.import_module(f"chalicelib.providers.{settings.provider}.gate").GATE
    webhook = Webhook(source, "POST", (), {}, submission.headers, submission.body, now)
    ticket = gate.ticket(webhook, Source(source, settings.provider))
    if ticket is None:
        raise AssertionError(f"the gate of {settings.provider} keeps no test leads")
    return Envelope.seal(webhook, ticket.dedup_id, ticket.group).id


def rejected(answer: Answer | Problem) -> Problem | None:
    """Why a test lead was not accepted; None if it was."""
    if isinstance(answer, Problem):
        return answer
    return None if answer.status in SUCCESS else Problem("status", str(answer.status), str(SUCCESS))


def is_over(
    lead: TestLead, posted: Posted, find: Callable[[str], Entry | None], now: datetime
) -> tuple[bool, Problem | None]:
    """Whether we know what became of a test lead, and what is wrong with that."""
    entry = find(posted.entry_id)
    if entry is not None and not entry.is_open:
        is_recognised = entry.status is Status.IGNORED and entry.reason == TEST_LEAD
        return True, None if is_recognised else Problem("lead-unread", entry.reason or entry.status.value)
    if now - posted.at < lead.within:
        return False, None
    return True, Problem("lead-lost", found=f"{lead.within.total_seconds() / 60:.3g}")
