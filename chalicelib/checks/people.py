"""People of the shop file whom the CRM does not know, or no longer lets in: others get their tasks."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.checks.port import Finding
from chalicelib.crm.port import CrmReader
from chalicelib.people import Person
from chalicelib.texts import Texts


class PeopleCheck:
    """The check ``people``. Implements ``checks.port.Watch``."""

    name = "people"
    every = timedelta(hours=1)
    has_baseline = False

    def __init__(self, people: Sequence[Person], crm: CrmReader, incidents: Incidents, texts: Texts) -> None:
        """Compare these people with the CRM's users."""
        self._people = people
        self._crm = crm
        self._incidents = incidents
        self._texts = texts

    def find(self, now: datetime) -> Iterable[Finding]:
        """Tell of each as an incident: a reminder comes once a day. One request to the CRM."""
        del now
        self._incidents.observe_each(list(self._seen()), families=("person:",))
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """See the port."""
        del now
        return [f"{seen.key}: {seen.cause or 'well'}" for seen in self._seen()]

    def _seen(self) -> Iterator[Observation]:
        users = {user.id: user for user in self._crm.users()}
        for person in self._people:
            if person.crm_user is None:
                continue
            user = users.get(person.crm_user)
            is_bad = user is None or not user.is_active
            told = {"name": person.name, "crm_user": person.crm_user, "is_known": user is not None}
            yield Observation(
                f"person:{person.name}",
                is_bad,
                self._texts.render("checks/person_subject", name=person.name),
                self._texts.render("checks/person", **told) if is_bad else "",
                "warning",
            )
