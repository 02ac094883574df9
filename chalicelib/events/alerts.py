"""What people are told of trouble."""

from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Event

Severity = Literal["critical", "warning", "info"]


IncidentWord = Literal["began", "still", "escalated", "acknowledged", "ended", "flapping"]


AlertState = Literal["firing", "acknowledged", "resolved", "note"]


class AlertRaised(Event):
    """A responsible person must know something. Travels on the ``notify`` queue.

    Attributes:
        reason: the reason code, such as ``crm-refused``.
        source: whose events are concerned; empty if it is no source's trouble.
        entry_id: the journal entry to look at first; empty if there is none.
        detail: what happened, for a person.
        since: when the trouble began, where it lasts for a while.
    """

    kind: Literal["alert-raised"] = "alert-raised"
    reason: str
    source: str
    entry_id: str
    detail: str = ""
    since: AwareDatetime | None = None
    raised_at: AwareDatetime


class Alert(Event):
    """What a person is told about trouble, whatever channel carries it.

    Attributes:
        subject_id: the same for everything that is said about one trouble: its beginning, reminders, end.
        state: ``firing`` while the trouble lasts, ``acknowledged`` when somebody takes care of it,
            ``resolved`` at its end, ``note`` for what needs a person but has no end of its own.
        text: all of it; its first line says the most.
        acknowledge_url: where the reader can say that they take care; empty if there is no such page. It is
            made for one reader when the alert is sent, and stored nowhere.
        acknowledge_label: what to write on that link.
    """

    subject_id: str
    state: AlertState = "note"
    severity: Severity = "warning"
    text: str
    at: AwareDatetime
    acknowledge_url: str = ""
    acknowledge_label: str = ""

    @property
    def title(self) -> str:
        """The first line."""
        return self.text.split("\n", 1)[0]


class AlertDue(Event):
    """One person is due to hear an alert. Travels on the ``notify`` queue."""

    kind: Literal["alert-due"] = "alert-due"
    person: str
    alert: Alert


class SourceRejects(Event):
    """A source sends nothing any more that proves its origin: a secret was changed at one end only.

    Or it sends more than it may: then the reason is ``too-many``.

    Attributes:
        source: the source's name.
        reason: why its last webhook was rejected.
        since: when the first of these was.
    """

    kind: Literal["source-rejects"] = "source-rejects"
    source: str
    reason: str
    since: AwareDatetime
    noticed_at: AwareDatetime


class SourceAccepts(Event):
    """A source that we had called ill sends authentic webhooks again."""

    kind: Literal["source-accepts"] = "source-accepts"
    source: str
    noticed_at: AwareDatetime


class IncidentTold(Event):
    """People must hear of trouble that lasts.

    Attributes:
        key: names the incident, such as ``endpoint:Landing module``.
        word: what is told: its beginning, that it still lasts, that nobody has taken care, that somebody
            has, its end; or that it comes and goes.
        subject: what is in trouble, for people.
        cause: what is or was wrong, for people.
        note: what they should know once it is over.
        responsible: the person's name; empty for whoever is a lead.
        acknowledged_by: who takes care of it; empty if nobody has said so.
    """

    kind: Literal["incident-told"] = "incident-told"
    key: str
    word: IncidentWord
    subject: str
    cause: str = ""
    note: str = ""
    severity: Severity
    responsible: str = ""
    acknowledged_by: str = ""
    began_at: AwareDatetime
    told_at: AwareDatetime


class Acknowledged(Event):
    """Somebody has said that they take care of an incident.

    Attributes:
        incident: its key.
        person: who, as people know them.
        told_at: when they were told of what they mean: what began later is another incident.
    """

    kind: Literal["acknowledged"] = "acknowledged"
    incident: str
    person: str
    told_at: AwareDatetime
    at: AwareDatetime
