import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from standalone.cli import main
from tests.infra.processes import ROOT


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def scenario(*arguments: str) -> Result:
    done = CliRunner().invoke(main, ["scenario", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def copy_the_example(old: str = "", new: str = "") -> None:
    shutil.copy2(ROOT / "shop.example.toml", "shop.toml")
    text = (ROOT / "scenario.example.toml").read_text("utf-8")
    assert old in text
    Path("scenario.toml").write_text(text.replace(old, new), "utf-8")


class TestCheck:
    def test_the_examples_is_right(self) -> None:
        done = scenario("check")
        assert done.exit_code == 0
        assert "scenario.example.toml is right: 27 statuses, 73 steps; orders begin in new" in done.output
        assert "and end in complete, return-collected, no-call," in done.output

    def test_mistakes_are_told_at_once(self) -> None:
        copy_the_example('"complete", "return"', '"completed", "returned"')
        done = scenario("check")
        assert done.exit_code == 2
        assert "scenario.statuses.delivering.next: there is no status completed." in done.output
        assert "scenario.statuses.delivering.next: there is no status returned." in done.output
        assert "scenario.statuses.redirect.next: there is no status returned." in done.output

    def test_so_is_what_the_shop_file_names_besides(self) -> None:
        copy_the_example("arrived-in-pickup-point", "arrived")
        done = scenario("check")
        assert done.exit_code == 2
        assert (
            "crm.parcel_statuses.waiting: the scenario has no status arrived-in-pickup-point." in done.output
        )

    def test_another_file_by_itself(self) -> None:
        Path("draft.toml").write_text('begin = ["new"]\n[statuses.new]\nnext = ["new"]\n')
        done = scenario("check", "draft.toml")
        assert done.exit_code == 2
        assert "scenario.statuses.new.next: a dead end" in done.output

    def test_a_shop_without_one(self) -> None:
        shutil.copy2(ROOT / "shop.example.toml", "shop.toml")
        done = scenario("check")
        assert done.exit_code == 2
        assert (
            "scenario.toml: there is none beside shop.toml. Copy scenario.example.toml there" in done.output
        )


class TestDraw:
    @pytest.mark.parametrize(
        ("language", "caption"), [("ru", "Путь заказа: Защитные тенты"), ("en", "The way of an order: ")]
    )
    def test_in_the_shops_language(self, language: str, caption: str) -> None:
        copy_the_example()
        shop = Path("shop.toml")
        shop.write_text(shop.read_text("utf-8").replace('language = "ru"', f'language = "{language}"'))
        assert scenario("draw").exit_code == 0
        assert caption in Path("scenario.svg").read_text("utf-8")

    def test_into_a_file_that_is_named(self) -> None:
        assert scenario("draw", "wall.svg").output == "wall.svg: open it in a browser\n"
        assert Path("wall.svg").read_text("utf-8").startswith("<svg ")

    def test_a_place_that_cannot_be_written(self) -> None:
        done = scenario("draw", "no/such/folder.svg")
        assert done.exit_code == 1
        assert "no/such/folder.svg" in done.output

    def test_mistakes_are_told_instead(self) -> None:
        copy_the_example('next = ["return-collected"]', 'next = ["collected"]')
        done = scenario("draw")
        assert done.exit_code == 2
        assert not Path("scenario.svg").exists()

    def test_the_picture_of_the_docs_is_the_examples(self) -> None:
        assert scenario("draw").exit_code == 0
        drawn = (ROOT / "docs" / "pictures" / "scenario.svg").read_text("utf-8")
        assert Path("scenario.svg").read_text("utf-8") == drawn
