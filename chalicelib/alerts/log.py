"""Alerts in the log: there in any case, even if no channel is set."""

import logging

from chalicelib.actions import Alert
from chalicelib.people import Person

log = logging.getLogger(__name__)


class LogChannel:
    """Implements ``alerts.port.AlertChannel``."""

    def tell(self, person: Person, alert: Alert) -> None:
        """See the port."""
        log.error("alert", extra={"person": person.name, "text": alert.text})
