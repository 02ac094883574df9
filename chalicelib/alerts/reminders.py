"""The shop file's table ``[alerts.reminders]``: when people hear again of an incident that lasts."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from chalicelib.config_types import Duration, Table
from chalicelib.events import Severity

SHORTEST = timedelta(minutes=1)
"""Nobody looks more often."""

Wait = Annotated[Duration, Field(ge=SHORTEST)]


class Patience(Table):
    """How long people are left alone with an incident.

    Attributes:
        first: they are reminded after this time,
        again: and then again and again after this time.
        escalate: others are told as well if nobody has acknowledged it after this time.
    """

    first: Wait = timedelta(minutes=30)
    again: Wait = timedelta(hours=4)
    escalate: Wait = timedelta(minutes=30)


class LongPatience(Patience):
    """The same for what may wait until somebody has time."""

    first: Wait = timedelta(hours=4)
    again: Wait = timedelta(days=1)
    escalate: Wait = timedelta(hours=4)


class Reminders(Table):
    """Patience by severity. Of what is ``info`` nobody is reminded."""

    critical: Patience = Patience()
    warning: LongPatience = LongPatience()

    def patience_with(self, severity: Severity) -> Patience | None:
        """How long people are left alone; None for ever."""
        by_severity: dict[Severity, Patience] = {"critical": self.critical, "warning": self.warning}
        return by_severity.get(severity)


AS_USUAL = Reminders()
