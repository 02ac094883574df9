"""Who did what is written down once each, on both engines, whatever happens meanwhile."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chalicelib.console.access import audit as audit_module
from chalicelib.console.access.audit import MOST_IN_A_PART, Audit
from chalicelib.console.words import LANGUAGES, words_of
from chalicelib.engine.port import Document, Documents
from sandbox.clock import SteppedClock
from tests.console.conftest import ADMINISTRATOR
from tests.crashes import Crash
from tests.world import World

PAGES = Path(audit_module.__file__).parents[1] / "pages"
RECORDED = re.compile(r"""\brecord\(\s*(?:user\.name,\s*)?["']([a-z_]+)["']""")
DAY = timedelta(days=1)
WRITERS = 4


class CrashesAfterPart:
    """Documents of a process that dies once it has set a full day aside."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.get, self.get_many = documents.get, documents.get_many

    def put(self, document: Document) -> Document:
        stored = self._documents.put(document)
        if document.key.count(":") > 1:
            raise Crash
        return stored


def everything(audit: Audit, clock: SteppedClock) -> list[str]:
    return [record.about for record in audit.records(clock.now - DAY, clock.now + DAY)]


def test_what_was_done_is_listed_newest_first(documents: Documents, clock: SteppedClock) -> None:
    audit = Audit(documents, clock)
    audit.record("Анна", "replayed", "one")
    clock.now += timedelta(minutes=1)
    audit.record("Иван", "discarded", "two")
    found = audit.records(clock.now - DAY, clock.now + DAY)
    assert [(record.who, record.what, record.about) for record in found] == [
        ("Иван", "discarded", "two"),
        ("Анна", "replayed", "one"),
    ]
    assert found[0].at - found[1].at == timedelta(minutes=1)


def test_only_what_was_done_in_the_asked_time_is_listed(documents: Documents, clock: SteppedClock) -> None:
    audit = Audit(documents, clock)
    moments = []
    for about in ("one", "two", "three"):
        moments.append(clock.now)
        audit.record("Анна", "replayed", about)
        clock.now += DAY
    found = audit.records(moments[1], moments[2])
    assert [record.about for record in found] == ["two"]


def test_several_people_at_once_lose_no_record(documents: Documents, clock: SteppedClock) -> None:
    audit = Audit(documents, clock)

    def work(writer: int) -> None:
        for number in range(5):
            audit.record("Анна", "replayed", f"{writer}-{number}")

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(work, range(WRITERS)))
    expected = {f"{writer}-{number}" for writer in range(WRITERS) for number in range(5)}
    assert sorted(everything(audit, clock)) == sorted(expected)


def test_a_day_with_more_than_one_document_holds_is_complete(
    documents: Documents, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_module, "MOST_IN_A_PART", 3)
    audit = Audit(documents, clock)
    for number in range(10):
        audit.record("Анна", "replayed", str(number))
    assert sorted(everything(audit, clock), key=int) == [str(number) for number in range(10)]


def test_a_crash_while_a_full_day_is_set_aside_loses_and_doubles_nothing(
    documents: Documents, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_module, "MOST_IN_A_PART", 3)
    for number in range(3):
        Audit(documents, clock).record("Анна", "replayed", str(number))
    with pytest.raises(Crash):
        Audit(CrashesAfterPart(documents), clock).record("Анна", "replayed", "lost")
    Audit(documents, clock).record("Анна", "replayed", "3")
    assert sorted(everything(Audit(documents, clock), clock)) == ["0", "1", "2", "3"]


def test_the_longest_part_fits_into_an_item_of_the_table(documents: Documents, clock: SteppedClock) -> None:
    record = audit_module.Record(at=clock.now, who="Ж" * 64, what="w" * 40, about="Ж" * 300)
    day = audit_module.Day(parts=9, records=(record,) * (MOST_IN_A_PART - 1))
    documents.put(Document(f"audit:{clock.now.date()}", day.content(), 0))
    Audit(documents, clock).record("Ж" * 64, "w" * 1000, "Ж" * 1000)
    found = documents.get(f"audit:{clock.now.date()}").content["records"][-1]
    assert (len(found["what"]), len(found["about"])) == (40, 300)


def test_the_page_shows_an_administrator_the_week(administrator: FlaskClient, world: World) -> None:
    audit = Audit(world.engine.documents, world.clock)
    audit.record(ADMINISTRATOR, "signed_in")
    audit.record(ADMINISTRATOR, "replayed", "0123456789ab")
    world.later(days=7)
    with administrator.session_transaction() as session:
        session["ends_at"] = (world.now + DAY).isoformat()
    audit.record("<b>", "something_old", "entry-2")
    newest = administrator.get("/console/audit").text
    assert "something_old" in newest
    assert "&lt;b&gt;" in newest
    assert "Вход</td>" not in newest
    assert "Позже" not in newest
    earlier = administrator.get("/console/audit?until=2026-11-20").text
    assert "Вход</td>" in earlier
    assert "something_old" not in earlier
    assert "14.11 – 20.11.2026" in earlier
    assert 'href="/console/journal/0123456789ab"' in earlier
    assert "until=2026-11-27" in earlier


def test_the_page_tells_a_reason_in_words(administrator: FlaskClient, world: World) -> None:
    Audit(world.engine.documents, world.clock).record(ADMINISTRATOR, "replayed_reason", "crm-refused")
    text = administrator.get("/console/audit").text
    assert "CRM не приняла изменения" in text
    assert "crm-refused" not in text


@pytest.mark.parametrize("until", ["", "x", "9999-12-31", "0001-01-01", "2026-13-01"])
def test_the_page_takes_any_day(administrator: FlaskClient, until: str) -> None:
    assert administrator.get(f"/console/audit?until={until}").status_code == 200


def test_the_page_is_for_administrators(viewer: FlaskClient, operator: FlaskClient) -> None:
    for client in (viewer, operator):
        assert client.get("/console/audit").status_code == 403
        assert "/console/audit" not in client.get("/console/").text


def recorded() -> Iterator[tuple[str, str]]:
    for file in PAGES.glob("*.py"):
        for what in RECORDED.findall(file.read_text("utf-8")):
            yield file.name, what


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_pages_write_down_has_words(language: str) -> None:
    assert {what for _, what in recorded()} >= {"signed_in", "signed_out"}
    missing = [(file, what) for file, what in recorded() if f"audit.did_{what}" not in words_of(language)]
    assert missing == []
