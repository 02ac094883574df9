"""The journal's pages on AWS: what they cost, and what the console's role must be allowed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chalicelib.entry import Status
from tests.aws_world import AwsWorld
from tests.console.conftest import OPERATOR, console_in, signed_in
from tests.console.test_journal import lead, rows, set_aside
from tests.engine.moto_aws import MotoCloud, moto_cloud

STATUSES_WITH_ENTRIES = len(Status) - 1


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.console.journal.search.A_PAGE", 5)


@pytest.fixture
def cloud() -> Iterator[MotoCloud]:
    with moto_cloud() as cloud:
        yield cloud


@pytest.fixture
def world(tmp_path: Path, cloud: MotoCloud) -> Iterator[AwsWorld]:
    with closing(AwsWorld(tmp_path, cloud)) as world:
        yield world


@pytest.fixture
def operator(world: AwsWorld) -> FlaskClient:
    return signed_in(console_in(world), world, OPERATOR)


class Calls:
    """The calls of AWS since it was made, by operation."""

    def __init__(self, cloud: MotoCloud) -> None:
        self.made: Counter[str] = Counter()
        cloud.listener = self._hear

    def _hear(self, call: str) -> None:
        moment, operation = call.split()
        self.made[operation] += moment == "before"


def test_entries_are_found_replayed_and_discarded(world: AwsWorld, operator: FlaskClient) -> None:
    lead(world)
    assert len(rows(operator, "?q=50001")) == 1
    assert len(rows(operator, f"?q={world.entry.id[:12]}")) == 1
    world.call("79165550002", "a")
    entry = set_aside(world)
    assert len(rows(operator, "?state=needs-person&source=mango")) == 1
    operator.post(f"/console/journal/{entry.id}/discard", data={"note": "проба"})
    operator.post(f"/console/journal/{entry.id[:12]}/replay")
    world.work()
    assert len(world.orders) == 2
    found = world.engine.journal.get(entry.id)
    assert found is not None
    assert found.status is Status.DONE
    assert [(done.what, done.who) for done in found.interventions] == [
        ("discarded", OPERATOR),
        ("replayed", OPERATOR),
    ]


def test_a_page_costs_the_same_however_many_entries_there_are(
    world: AwsWorld, cloud: MotoCloud, operator: FlaskClient
) -> None:
    for number in range(12):
        world.call("79165550001", str(number))
        set_aside(world)
    calls = Calls(cloud)
    assert len(rows(operator)) == 5
    # One question a status, then the entries of all of them at once.
    assert calls.made["BatchGetItem"] == 1
    assert calls.made["Query"] <= STATUSES_WITH_ENTRIES + 1
    assert calls.made.keys() == {"Query", "BatchGetItem"}


def test_a_source_that_few_entries_have_is_looked_for_a_bounded_time(
    world: AwsWorld, cloud: MotoCloud, operator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.engine.aws.journal.MOST_LOOKED_AT", 6)
    lead(world)
    world.later(seconds=1)
    for number in range(12):
        world.call("79165550001", str(number))
        set_aside(world)
    calls = Calls(cloud)
    first = operator.get("/console/journal?source=tilda")
    assert "Посмотрите раньше" in first.text
    assert calls.made["BatchGetItem"] == 1


def test_what_the_role_of_the_console_must_be_allowed(
    world: AwsWorld, cloud: MotoCloud, operator: FlaskClient
) -> None:
    world.call("79165550002", "a")
    entry = set_aside(world)
    calls = Calls(cloud)
    operator.get("/console/journal")
    operator.get("/console/journal?q=50002")
    operator.get(f"/console/journal/{entry.id[:12]}")
    operator.post(f"/console/journal/{entry.id}/replay")
    table = {"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"}
    assert calls.made.keys() == {*table, "SendMessage"}
