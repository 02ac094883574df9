"""``leadkeeper clients`` lists who may have two cards, and takes a person's word that they are two people."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib import bootstrap
from standalone.cli import main
from tests.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        monkeypatch.setattr(bootstrap, "application", lambda: world.application)
        yield world


@pytest.fixture
def cards(world: World) -> tuple[int, int]:
    phones = ("+7 916 123-45-67", "89161234567")
    first, second = (world.make_customer({"phones": [{"number": number}]}) for number in phones)
    world.make_order({"customer": {"id": second}, "status": "complete"})
    world.later(days=10)
    return first, second


def run(*arguments: object) -> Result:
    done = CliRunner().invoke(main, ["clients", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done


def test_pairs_are_listed(cards: tuple[int, int]) -> None:
    heading, row = run("doubles").stdout.splitlines()
    assert heading.split() == ["first", "second", "the", "same", "certainty"]
    assert row.split() == [str(cards[0]), str(cards[1]), "phone", "certain"]


def test_csv(cards: tuple[int, int]) -> None:
    assert run("doubles", "--csv").stdout.splitlines() == [
        "first,second,the same,certainty",
        f"{cards[0]},{cards[1]},phone,certain",
    ]


@pytest.mark.usefixtures("cards")
def test_only_clients_with_an_order_of_these_days_are_looked_at() -> None:
    assert run("doubles", "--days", 9).stdout == "there are none\n"


def test_two_people_are_not_listed_again(cards: tuple[int, int]) -> None:
    first, second = cards
    assert run("dismiss", second, first).stdout == f"{second} and {first} are two people\n"
    assert run("doubles").stdout == "there are none\n"


def test_a_crm_that_is_away_is_told(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse", path="orders")
    done = CliRunner().invoke(main, ["clients", "doubles"])
    assert done.exit_code == 1
    assert done.stderr.startswith("leadkeeper: the CRM could not be asked")
