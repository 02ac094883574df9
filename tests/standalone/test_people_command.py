"""``leadkeeper people`` tells who is there, who is on duty, and who would get the next task."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib import bootstrap
from chalicelib.assignment.settings import Assignment, Duty
from chalicelib.people import Person
from standalone.cli import main
from tests.world import World, example_shop

ANNA, IVAN, OLGA = "Анна Смирнова", "Иван Петров", "Ольга Иванова"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    managers = {"roles": ["manager"]}
    people = (
        Person.model_validate({**managers, "name": ANNA, "crm_user": 1, "hours": "Mon-Sun 09:00-20:00"}),
        Person.model_validate({**managers, "name": IVAN, "crm_user": 2, "absent": ["2026-11-22"]}),
        Person.model_validate({**managers, "name": OLGA, "crm_user": 3, "hours": "Sat 12:00-14:00"}),
        Person.model_validate({"name": "Олег", "hours": "always"}),
    )
    duty = {"rota": [ANNA, IVAN], "since": "2026-11-21", "every": "1d"}
    rules = [{"city": "Томск", "people": [IVAN]}]
    update = {
        "people": people,
        "duty": Duty.model_validate(duty),
        "assignment": Assignment.model_validate({"choice": "round-robin", "rules": rules}),
    }
    with closing(World(tmp_path, example_shop().model_copy(update=update))) as world:
        monkeypatch.setattr(bootstrap, "application", lambda: world.application)
        yield world


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["people", *arguments])


def rows(output: str) -> list[list[str]]:
    return [[part.strip() for part in line.split("  ") if part.strip()] for line in output.splitlines()]


def test_who_is_there_and_who_is_on_duty(world: World) -> None:
    done = run()
    assert done.exit_code == 0, done.output
    found = rows(done.stdout)
    assert found[:5] == [
        ["name", "CRM user", "roles", "hours", "now"],
        [ANNA, "1", "manager", "Mon-Sun 09:00-20:00", "at work"],
        [IVAN, "2", "manager", "always", "at work"],
        [OLGA, "3", "manager", "Sat 12:00-14:00", "no active user of the CRM"],
        ["Олег", "always", "gets no tasks"],
    ]
    assert found[5:14] == [
        ["day", "on duty", "absent"],
        ["Fri 20.11.", "nobody"],
        ["Sat 21.11.", ANNA],
        ["Sun 22.11.", IVAN, IVAN],
        ["Mon 23.11.", ANNA],
        ["Tue 24.11.", IVAN],
        ["Wed 25.11.", ANNA],
        ["Thu 26.11.", IVAN],
        ["Fri 27.11.", ANNA],
    ]
    world.later(days=2)
    assert rows(run().stdout)[2][-1] == "absent until Mon 23.11. 00:00"


def test_who_would_get_the_next_task(world: World) -> None:
    several = f"{ANNA} (round-robin of several, also {IVAN})"
    assert run().stdout.splitlines()[-1] == f"The next task that belongs to nobody: {several}"
    assert run("--city", "Томск").stdout.splitlines()[-1].endswith(f": {IVAN}")
    world.call(None, "hidden")
    world.work()
    assert (
        run("--city", "Омск")
        .stdout.splitlines()[-1]
        .endswith(f"{IVAN} (round-robin of several, also {ANNA})")
    )
    assert run().stdout.splitlines()[-1] == run().stdout.splitlines()[-1], "a look takes nobody's turn"


def test_a_crm_out_of_reach_is_a_sentence(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse", path="/users")
    done = run()
    assert done.exit_code == 1
    assert done.stderr.startswith("leadkeeper: the CRM does not tell its users")


def test_a_key_without_the_right_to_read_users_is_told(world: World) -> None:
    world.fault(target="retailcrm", kind="403", path="/users", times=1)
    done = run()
    assert "The key may not read the CRM's users" in done.stdout
    assert rows(done.stdout)[3][-1].startswith("away until Sat 21.11. 12:00")
