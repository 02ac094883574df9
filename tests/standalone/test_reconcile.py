"""``leadkeeper reconcile`` as a person runs it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib import bootstrap
from chalicelib.shopfile import EXAMPLE
from standalone.cli import main
from tests.reconciliation.night import BY_ANNA, WITHOUT_TRACE, Night, phone
from tests.standalone.test_cli import leadkeeper

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    monkeypatch.setenv("COLUMNS", "200")
    with closing(Night(tmp_path / "world", accepted=False)) as world:
        monkeypatch.setattr(bootstrap, "application", lambda: world.application)
        yield world


def reconcile(*arguments: str) -> Result:
    done = CliRunner().invoke(main, ["reconcile", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def trouble(world: Night) -> None:
    lost, deleted, _ = (world.new_order(number) for number in range(3))
    world.sandbox.remove_order(lost, WITHOUT_TRACE)
    world.sandbox.remove_order(deleted, BY_ANNA)
    world.later(hours=1)


def test_who_wants_no_repairs_is_not_asked_to_accept_them(
    world: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble(world)
    with closing(Night(tmp_path / "world", changes={"reconciliation": {"repair": False}})) as other:
        other.now = world.now
        other.sandbox = world.sandbox
        other.restart()
        monkeypatch.setattr(bootstrap, "application", lambda: other.application)
        told = reconcile().stdout
    assert "можно создать заново" in told
    assert "checks accept" not in told


def test_what_a_backup_lost_is_put_right_once_a_person_is_sure(world: Night) -> None:
    """However much it is, and whatever the night doubted."""
    made = [world.new_order(number) for number in range(6)]
    for order_id in made:
        world.sandbox.remove_order(order_id, WITHOUT_TRACE)
    world.accept()
    world.night()
    assert "0 are being put right" in reconcile().stdout
    assert "6 are being put right" in reconcile("--sure").stdout
    world.work()
    assert len(world.orders) == len(made)


def test_it_says_what_differs_and_puts_right_what_a_person_lets_it(world: Night) -> None:
    trouble(world)
    first = reconcile().stdout
    assert "Заказ 1002A пропал без следа: можно создать заново" in first
    assert "Заказ 1003A удалён: Анна Смирнова" in first
    assert first.index("1002A") < first.index("1003A"), "what needs somebody comes first"
    assert "заказов 3, задач 0, заметок 0, посылок 0. Расхождений: 2" in first
    assert "0 are being put right" in first
    assert "leadkeeper checks accept reconciliation" in first
    world.accept()
    dry = reconcile("--dry-run").stdout
    assert "создаём заново" in dry
    world.work()
    assert len(world.orders) == 1
    assert "1 are being put right" in reconcile().stdout
    world.work()
    assert sorted(order["phone"] for order in world.orders) == [phone(0), phone(2)]
    assert "Расхождений: 1" in reconcile().stdout
    world.work()
    assert len(world.orders) == 2


def test_it_shows_how_the_last_night_ended(world: Night) -> None:
    assert reconcile("--last").stdout == "Nothing was compared yet\n"
    trouble(world)
    world.night()
    before = world.sandbox.requests.copy()
    last = reconcile("--last").stdout
    assert "Заказ 1003A удалён: Анна Смирнова" in last
    assert last.endswith("As of 21.11. 12:00, 3 days back: 2 differences\n")
    assert world.sandbox.requests == before


def test_it_looks_as_far_back_as_it_is_told(world: Night) -> None:
    trouble(world)
    world.later(days=5)
    assert "заказов 0" in reconcile().stdout
    assert "заказов 3" in reconcile("--days", "7").stdout


def test_at_a_crm_that_is_out_of_reach_it_says_so_in_one_line(world: Night) -> None:
    trouble(world)
    world.fault(target="retailcrm", kind="503")
    done = reconcile()
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("leadkeeper: the CRM could not be asked: ")


@pytest.mark.parametrize(
    ("table", "said"),
    [('at = "never"', "it is switched off"), ('at = "25:00"', "write it like 04:00"), ("days = 0", "days")],
)
def test_its_settings_are_explained(table: str, said: str) -> None:
    example = (ROOT / EXAMPLE).read_text(encoding="utf-8")
    Path("shop.toml").write_text(f"{example}\n[reconciliation]\n{table}\n", encoding="utf-8")
    done = leadkeeper("reconcile")
    assert done.exit_code == 2
    assert said in done.output
