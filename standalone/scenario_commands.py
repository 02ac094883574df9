"""``leadkeeper scenario``: the way of the shop's orders, checked and drawn."""

from pathlib import Path
from typing import cast

import click

from chalicelib import shopfile
from chalicelib.errors import ConfigurationError
from chalicelib.scenario.captions import CAPTIONS, Language
from chalicelib.scenario.drawing import draw
from chalicelib.scenario.settings import Scenario
from chalicelib.validation import scenario_file, scenario_of, validate

A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def scenario() -> None:
    """The way of the shop's orders: scenario.toml beside the shop file."""


@scenario.command()
@click.argument("file", type=A_FILE, required=False)
def check(file: Path | None) -> None:
    """Name each mistake with its fix: of FILE, or of the shop's scenario beside its shop file."""
    path = file or _of_the_shop()
    found = scenario_of(path)
    if file is None:
        validate(shopfile.load())
    click.echo(f"{path.name} is right: {_summary(found)}")


@scenario.command("draw")
@click.argument("file", type=A_FILE, default="scenario.svg")
def draw_command(file: Path) -> None:
    """Draw the shop's scenario into FILE, a picture in SVG; scenario.svg if left out."""
    shop = shopfile.load().content["shop"]
    language = cast("Language", shop.get("language") if shop.get("language") in CAPTIONS else "ru")
    picture = draw(scenario_of(_of_the_shop()), str(shop.get("name", "")), language)
    try:
        file.write_text(picture, "utf-8")
    except OSError as error:
        raise click.FileError(str(file), error.strerror) from None
    click.echo(f"{file}: open it in a browser")


def _of_the_shop() -> Path:
    shop_file = shopfile.load().path
    path = scenario_file(shop_file)
    if not path.is_file():
        raise ConfigurationError(
            path.name, f"there is none beside {shop_file.name}", "Copy scenario.example.toml there"
        )
    return path


def _summary(scenario: Scenario) -> str:
    statuses = scenario.statuses
    steps = sum(len(set(status.next)) for status in statuses.values())
    ends = [code for code, status in statuses.items() if not status.next]
    return (
        f"{len(statuses)} statuses, {steps} steps; orders begin in {', '.join(scenario.begin)}"
        f" and end in {', '.join(ends)}"
    )
