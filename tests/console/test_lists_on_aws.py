"""Parcels and messages on AWS: kept, read and shown as on one machine, for a bounded number of calls."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chalicelib.books.messages import Messages, MessageState
from chalicelib.books.reading import Books
from chalicelib.waiting_memory import MOST_IN_A_PAGE, keep_waiting, read_head, read_waiting
from tests.aws_world import AwsWorld
from tests.checks.test_waiting_parcels import some
from tests.console.conftest import VIEWER, console_in, signed_in
from tests.engine.moto_aws import MotoCloud, moto_cloud
from tests.engine.test_aws_pipeline import Calls


@pytest.fixture(scope="module")
def cloud() -> Iterator[MotoCloud]:
    with moto_cloud() as cloud:
        yield cloud


@pytest.fixture
def world(tmp_path: Path, cloud: MotoCloud) -> Iterator[AwsWorld]:
    with closing(AwsWorld(tmp_path, cloud)) as world:
        yield world


def test_a_long_list_is_kept_and_shown(world: AwsWorld, cloud: MotoCloud) -> None:
    waiting = some(2 * MOST_IN_A_PAGE + 1, city="Петропавловск-Камчатский", courier="russian-post")
    documents = world.engine.documents
    keep_waiting(documents, waiting, world.now)
    assert read_waiting(documents, read_head(documents)) == waiting
    viewer = signed_in(console_in(world), world, VIEWER)
    calls = Calls(cloud)
    assert "801 посылка" in viewer.get("/console/parcels").text
    assert calls.writing() == calls.of_queues() == {}
    assert sum(calls.reading().values()) == 2


def test_messages_are_booked_and_shown(world: AwsWorld, cloud: MotoCloud) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    world.application.checks.run("books")
    viewer = signed_in(console_in(world), world, VIEWER)
    today = world.now.astimezone(world.shop.shop.timezone).date()
    books = Books(world.engine.documents, world.engine.journal, world.shop.shop.timezone)
    (day,) = books.days(today, today)
    (tally,) = day.facts.part(Messages).tallies
    assert (tally.template, tally.gateway, tally.state) == ("arrived", "twilio", MessageState.SENT)
    calls = Calls(cloud)
    assert '<th scope="row">twilio</th>' in viewer.get("/console/messages?days=90").text
    assert calls.writing() == calls.of_queues() == {}
    assert sum(calls.reading().values()) == 1
