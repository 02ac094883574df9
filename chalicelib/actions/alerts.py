"""What the responsible are told."""

from typing import Literal

from pydantic import AwareDatetime

from chalicelib.actions.base import Action
from chalicelib.events import Alert


class NotifyResponsible(Action):
    """Put an alert for one person on the ``notify`` queue: what holds it up there holds up nobody else."""

    kind: Literal["notify-responsible"] = "notify-responsible"
    person: str
    alert: Alert


class SendAlert(Action):
    """Tell one person through their alert channels. Telling twice is better than never."""

    kind: Literal["send-alert"] = "send-alert"
    person: str
    alert: Alert


class ObserveIncident(Action):
    """Let the incidents know how something is. Telling them the same again changes nothing.

    Attributes:
        since: when it began, if that was some time ago.
    """

    kind: Literal["observe-incident"] = "observe-incident"
    key: str
    is_bad: bool
    subject: str
    cause: str
    since: AwareDatetime | None = None


class AcknowledgeIncident(Action):
    """Remind nobody of an incident any more: somebody takes care.

    Attributes:
        heard_at: when they were told of it.
    """

    kind: Literal["acknowledge-incident"] = "acknowledge-incident"
    incident: str
    person: str
    heard_at: AwareDatetime
