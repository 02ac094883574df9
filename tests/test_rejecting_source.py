"""A source whose secret was changed at one end only: somebody must know, and nobody else be disturbed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chalicelib.gate.rejections import MANY, SPAN, Rejections
from tests.world import FORM, World

PHONE = "+7 916 123-45-67"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def healthy(world: World) -> None:
    world.lead("healthy", Phone=PHONE)
    world.work()
    world.later(hours=1)


def forged(world: World, times: int = 1) -> None:
    for _ in range(times):
        assert world.post("tilda", "old-token", b"Phone=1", FORM).status == 403


def test_it_is_told_once_and_its_end_too(world: World) -> None:
    healthy(world)
    forged(world, MANY - 1)
    world.work()
    assert world.alerts == []
    forged(world, 20)
    world.work()
    [began] = world.alerts
    assert began.startswith("Сбой: источник tilda не проходит проверку")
    assert "wrong-token" in began
    world.later(hours=3)
    forged(world, 20)
    world.lead("again", Phone=PHONE)
    world.lead("and again", Phone=PHONE)
    world.work()
    [_, ended] = world.alerts
    assert ended.startswith("Снова в порядке: источник tilda не проходит проверку")
    assert "сверьте звонки и заявки" in ended
    assert "Длилось: 3 ч" in ended
    world.later(hours=1)
    forged(world, MANY)
    world.work()
    assert len(world.alerts) == 3


def test_a_crowd_is_told_as_what_it_is(world: World) -> None:
    healthy(world)
    notice = Rejections().crowded("tilda", world.now)
    assert notice is not None
    world.engine.work.put(notice)
    world.work()
    [told] = world.alerts
    assert told.startswith("Сбой: слишком много заявок из источника tilda")
    assert "most_per_minute" in told


def test_it_leaves_nothing_of_what_was_rejected(world: World) -> None:
    healthy(world)
    world.post("tilda", "guess-me", b"Phone=79991112233", FORM)
    forged(world, MANY)
    world.work()
    stored = b"".join(path.read_bytes() for path in world.folder.iterdir())
    assert b"guess-me" not in stored
    assert b"79991112233" not in stored


def test_source_that_was_never_healthy_is_nobodys_trouble(world: World) -> None:
    forged(world, 3 * MANY)
    world.work()
    assert world.alerts == []
    assert world.entries()[0].reason == "never-healthy"


def test_authentic_webhooks_in_between_are_health(world: World) -> None:
    healthy(world)
    for number in range(10):
        forged(world, MANY - 1)
        world.lead(str(number), Phone=PHONE)
        world.later(minutes=14)
    forged(world, MANY)
    world.work()
    assert world.alerts == []


def test_few_rejections_a_day_are_not_told(world: World) -> None:
    healthy(world)
    for _ in range(50):
        forged(world)
        world.later(seconds=SPAN.total_seconds() / (MANY - 1) + 1)
    world.work()
    assert world.alerts == []


def test_other_sources_are_not_blamed(world: World) -> None:
    healthy(world)
    world.call("79160000001", "a")
    forged(world, 3)
    for _ in range(3):
        world.post("cdek", "wrong", b"{}", "application/json")
    world.work()
    assert world.alerts == []


def test_after_a_restart_a_healthy_source_is_still_known(world: World) -> None:
    healthy(world)
    world.restart()
    forged(world, MANY)
    world.work()
    assert len(world.alerts) == 1


def test_two_processes_of_the_gate_tell_it_once(world: World) -> None:
    healthy(world)
    forged(world, MANY)
    world.restart()
    forged(world, MANY)
    world.work()
    assert len(world.alerts) == 1


def test_the_end_is_noticed_though_the_gate_that_saw_the_beginning_is_gone(world: World) -> None:
    healthy(world)
    forged(world, MANY)
    world.work()
    world.restart()
    world.later(hours=1)
    world.application.checks.run("silent-sources")
    world.work()
    assert len(world.alerts) == 1
    world.lead("again", Phone=PHONE)
    world.work()
    world.application.checks.run("silent-sources")
    world.work()
    assert world.alerts[1].startswith("Снова в порядке: источник tilda")
    world.application.checks.run("silent-sources")
    world.work()
    assert len(world.alerts) == 2


def test_source_that_was_taken_out_of_the_shop_file_is_no_trouble(world: World) -> None:
    healthy(world)
    forged(world, MANY)
    world.work()
    sources = {name: source for name, source in world.shop.sources.items() if name != "tilda"}
    world.shop = world.shop.model_copy(update={"sources": sources})
    world.restart()
    world.application.checks.run("silent-sources")
    world.work()
    assert world.alerts[1].startswith("Снова в порядке: источник tilda")


def test_it_is_told_while_the_crm_is_away(world: World) -> None:
    healthy(world)
    world.fault(target="retailcrm", kind="hang")
    world.call("79160000001", "a")
    world.work_for(minutes=2)
    told = len(world.alerts)
    forged(world, MANY)
    world.work()
    assert len(world.alerts) == told + 1


def test_full_queue_does_not_change_the_answer(world: World) -> None:
    healthy(world)

    def full(_envelope: object) -> None:
        raise OSError("no space left on device")

    world.gate._put = full  # noqa: SLF001 -- the queue that the gate was given
    forged(world, 3 * MANY)
