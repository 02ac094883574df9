"""``leadkeeper why`` tells what came in about an order, and what the checks say about it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chalicelib.entry import Status
from chalicelib.errors import Unreachable
from standalone.why import MEANINGS, why
from tests.checks.endpoints.shop import BAD, WELL, Watching, endpoint
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def told(world: World, subject: str) -> list[str]:
    """Without the ids of entries, which are long."""
    lines = why(world.application, subject)
    return [line.partition("; entry ")[0].partition(". Told by entry")[0] for line in lines]


def test_an_order_whose_parcel_waits(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    world.later(days=2)
    lines = told(world, "1001A")
    assert "20.11. 11:00 cdek, parcel-moved: each action was carried out, or no longer needed" in lines
    assert "    set-order-status → done order 1001" in lines
    waits = "waits 2d, since 20.11. 11:00 by the courier's time"
    assert lines[-3:] == [
        "Order 1001A has the status arrived-in-pickup-point since 20.11. 11:00",
        f"stalled-pickups: finds nothing: {waits}; no step of 5d, 10d is due",
        "unprocessed-leads: finds nothing: its status arrived-in-pickup-point is not new",
    ]
    world.later(days=3)
    line = told(world, "1001A")[-2]
    assert line.endswith("Not told yet: it comes with the next run, once the check is accepted")
    world.application.checks.accept("stalled-pickups")
    world.application.checks.run("stalled-pickups")
    world.work()
    lines = told(world, "1001A")
    assert lines[-2] == (
        "stalled-pickups: 1001A: waits 5d, since 20.11. 11:00 by the courier's time; step 5d;"
        " for Анна Смирнова"
    )
    assert any(line.startswith("    create-task → done task 1") for line in lines)
    assert "    create-task → done task 1 zone Europe/Moscow by city" in lines


def test_an_order_that_nobody_looked_at(world: World) -> None:
    world.call("79161234567", "a")
    world.work()
    world.later(minutes=5)
    (order,) = world.orders
    lines = told(world, order["number"])
    assert lines[0] == "20.11. 11:00 mango, call-missed: each action was carried out, or no longer needed"
    assert lines[-1] == (
        "unprocessed-leads: finds nothing: new since 20.11. 11:00;"
        " no step of 15m, 1h in the shop's hours is due"
    )


def test_why_something_was_not_told(world: World) -> None:
    order_id = world.make_order({"phone": "+79160000001", "status": "new"})
    world.application.checks.accept("unprocessed-leads")
    world.later(minutes=20)
    world.application.checks.run("unprocessed-leads")
    world.edit_order(order_id, {"status": "client-confirmed"})
    world.work()
    (entry,) = world.entries()
    expected = "20.11. 11:20 @leadkeeper, lead-unprocessed: nothing was to be done (processed-meanwhile)"
    assert told(world, "1002A")[0] == expected
    assert told(world, entry.id[:12]) == [expected]


def test_an_unknown_order(world: World) -> None:
    assert told(world, "9999") == [
        "The newest 2000 entries of the journal say nothing of it by this number",
        "The CRM has no order 9999",
    ]


def test_a_crm_out_of_reach(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse")
    with pytest.raises(Unreachable):
        list(why(world.application, "1001A"))


SITE = "endpoint:Site"


@pytest.fixture
def watching(world: World) -> Watching:
    return Watching(world, endpoint(), endpoint("Shop", parent="Site", maintenance=["Fri 12:00-13:00"]))


def test_an_incident_how_it_stands_and_who_heard_of_it_by_what(watching: Watching) -> None:
    world = watching.world
    assert told(world, SITE) == [f"There never was an incident {SITE}", "endpoints: well"]
    watching.outside.replies["site"] = BAD
    watching.round()
    assert told(world, SITE)[1] == "endpoints: failed 1 of the 3 times in a row that count"
    watching.rounds(2)
    lines = told(world, SITE)
    assert (
        lines[0] == "Site, since 20.11. 11:03: HTTP 502, ожидается 200-299; people hear again at 20.11. 11:33"
    )
    assert lines[1] == "endpoints: down, people were told"
    assert "    send-alert → done Иван Петров by telegram" in lines
    world.application.incidents.acknowledge(SITE, "Иван Петров")
    assert told(world, SITE)[0].endswith("; Иван Петров takes care, so that nobody is reminded")
    watching.outside.replies["site"] = WELL
    watching.rounds(2)
    assert told(world, SITE)[0].startswith("Site, from 20.11. 11:03 until 20.11. 11:05")


def test_why_nobody_is_told_of_an_endpoint_in_trouble(watching: Watching) -> None:
    world = watching.world
    for name in ("site", "shop"):
        watching.outside.replies[name] = BAD
    watching.rounds(3)
    assert told(world, "endpoint:Shop") == [
        "There never was an incident endpoint:Shop",
        "endpoints: down, people were not told; Site fails, on which it depends: nobody is told of this one",
    ]
    watching.outside.replies["site"] = WELL
    world.later(hours=1)
    watching.rounds(2)
    assert told(world, "endpoint:Shop")[1] == (
        "endpoints: down, people were not told; it is in maintenance: nobody is told of trouble"
    )


def test_each_status_has_a_meaning() -> None:
    assert MEANINGS.keys() == set(Status)
