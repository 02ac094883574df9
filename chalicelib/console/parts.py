"""What the console's pages work with."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import current_app

from chalicelib.alerts.incidents import Incidents
from chalicelib.books.reading import Books
from chalicelib.checks.running import CheckRunner
from chalicelib.clock import Clock
from chalicelib.console.settings import ConsoleSettings
from chalicelib.crm.port import CrmReader
from chalicelib.deciding import Decider
from chalicelib.engine.port import Engine
from chalicelib.settings import Shop
from chalicelib.texts import Texts

EXTENSION = "leadkeeper"


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """A wired shop, as its pages see it.

    Attributes:
        crm: reads on the reserve of requests that is kept for checks and people.
        decider: what the playbook would do, to be asked without doing it.
        texts: the shop's texts for clients and managers, in the shop's language.
        clock: what time it is.
    """

    shop: Shop
    engine: Engine
    crm: CrmReader
    decider: Decider
    texts: Texts
    incidents: Incidents
    checks: CheckRunner
    clock: Clock

    @property
    def settings(self) -> ConsoleSettings:
        """The table ``[console]`` of this shop.

        Raises:
            LookupError: there is none, and so no console.
        """
        if self.shop.console is None:
            raise LookupError("the shop file has no table [console]")
        return self.shop.console

    @property
    def books(self) -> Books:
        """What the journal's entries add up to."""
        return Books(self.engine.documents, self.engine.journal, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which moments are shown."""
        return self.shop.shop.timezone

    @property
    def today(self) -> date:
        """What day it is in the shop."""
        return self.clock().astimezone(self.zone).date()


def parts() -> ConsoleParts:
    """The parts of the shop whose console answers this request."""
    found: ConsoleParts = current_app.extensions[EXTENSION]
    return found
