"""The shop file, validated as a whole into one :class:`Shop`. Errors name the key and the fix."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chalicelib import shopfile
from chalicelib.errors import ConfigurationError
from chalicelib.providers.reading import SourceSettings
from chalicelib.retention import Retention
from chalicelib.scenario import problems as scenario_problems
from chalicelib.scenario.settings import Scenario
from chalicelib.settings import Shop
from chalicelib.shop_problems import problems_of
from chalicelib.shopfile import ShopFile

PYDANTIC_WORDS = ("constrained-str", "tuple[", "[")
"""How its words for the branch of a union and for the key of a mapping begin."""

TEXTS_FOLDER = "texts"
"""Beside the shop file. On AWS that is our own folder, into which the shop's texts are packaged."""

SCENARIO_FILE = "scenario.toml"
"""Likewise beside the shop file."""

EXAMPLE_SCENARIO = "scenario.example.toml"
"""Beside the example shop's."""

WORDS = {
    "missing": ("missing", "Add this key"),
    "extra_forbidden": ("there is no such key", "Remove this key, or correct its spelling"),
}
"""What pydantic's types of errors mean for who writes the file, and the fix."""


def validate(file: ShopFile) -> Shop:
    """Check the whole shop file.

    Raises:
        ConfigurationError: names each wrong key and the fix.
    """
    if file.missing:
        raise ConfigurationError(
            ", ".join(file.missing), "not set in the environment", f"{file.path.name} refers to it: set it"
        )
    problems = [*_secret_problems(file)]
    sources: dict[str, SourceSettings] = {}
    for name, table in dict(file.content.get("sources", {})).items():
        try:
            sources[name] = _source(name, table)
        except ConfigurationError as error:
            problems.append(error)
    try:
        own_texts = file.path.parent / TEXTS_FOLDER
        folder = own_texts if own_texts.is_dir() else None
        beside = {"sources": sources, "own_texts": folder, **_scenario(file)}
        shop = Shop.model_validate({**file.content, **beside})
        problems += problems_of(shop)
    except ValidationError as error:
        problems += _problems("", error)
    if problems:
        raise _all_of(problems)
    return shop


def scenario_file(shop_file: Path) -> Path:
    """Where the scenario of the shop with this file stands, if it has one."""
    is_example = shop_file.name == shopfile.EXAMPLE
    return shop_file.with_name(EXAMPLE_SCENARIO if is_example else SCENARIO_FILE)


def scenario_of(path: Path) -> Scenario:
    """A scenario by itself, without the shop that it is for.

    Raises:
        ConfigurationError: names each wrong key and the fix.
    """
    try:
        scenario = Scenario.model_validate(shopfile.parse(path))
    except ValidationError as error:
        raise _all_of(_problems("scenario.", error)) from None
    problems = scenario_problems.problems(scenario)
    if problems:
        raise _all_of(problems)
    return scenario


def _scenario(file: ShopFile) -> Mapping[str, object]:
    path = scenario_file(file.path)
    return {"scenario": shopfile.parse(path)} if path.is_file() else {}


def retention_of(file: ShopFile) -> Retention:
    """The table ``[retention]`` alone: who looks after the data needs no secrets.

    Raises:
        ConfigurationError: names each wrong key and the fix.
    """
    try:
        return Retention.model_validate(file.content.get("retention", {}))
    except ValidationError as error:
        raise _all_of(_problems("retention.", error)) from None


def _secret_problems(file: ShopFile) -> Iterator[ConfigurationError]:
    if file.is_sandbox:
        return
    for key in file.literal:
        yield ConfigurationError(
            key, "a secret stands in the file", 'Put it into the environment, and write "env:NAME" here'
        )
    if file.published:
        yield ConfigurationError(
            ", ".join(file.published),
            "the example's published demo secrets must not meet a real CRM",
            "Set these to your own values, or write a shop.toml with the sources that you have",
        )


def _all_of(problems: Sequence[ConfigurationError]) -> ConfigurationError:
    first, *others = problems
    return ConfigurationError(first.key, first.problem, first.fix, others) if others else first


def _source(name: str, table: Any) -> SourceSettings:  # noqa: ANN401 -- it comes from a file
    key = f"sources.{name}"
    provider = table.get("provider") if isinstance(table, Mapping) else None
    if not isinstance(provider, str) or not provider.isidentifier():
        raise ConfigurationError(f"{key}.provider", "missing", 'Name the provider, such as "mango"')
    try:
        reader = importlib.import_module(f"chalicelib.providers.{provider}.read")
    except ModuleNotFoundError:
        raise ConfigurationError(
            f"{key}.provider", f"there is no provider {provider!r}", "See the folder chalicelib/providers"
        ) from None
    settings_model: type[SourceSettings] = reader.Settings
    try:
        return settings_model.model_validate(dict(table))
    except ValidationError as error:
        raise _all_of(_problems(f"{key}.", error)) from None


def _problems(prefix: str, error: ValidationError) -> list[ConfigurationError]:
    """A problem for each key. Values are not repeated: they may be secrets."""
    problems: list[ConfigurationError] = []
    for details in error.errors(include_url=False, include_input=False):
        problem = _problem(prefix, details)
        # Pydantic complains once for each way in which a value could be right.
        if not any(f"{problem.key}.".startswith(f"{told.key}.") for told in problems):
            problems.append(problem)
    return problems


def _problem(prefix: str, details: ErrorDetails) -> ConfigurationError:
    # Pydantic names the branch of a union, and the key of a mapping, in words of its own.
    parts = (str(part) for part in details["loc"] if not str(part).startswith(PYDANTIC_WORDS))
    key = (prefix + ".".join(parts)).rstrip(".")
    problem, fix = WORDS.get(
        details["type"], (details["msg"].removeprefix("Value error, "), "Correct this value")
    )
    return ConfigurationError(key or "shop file", problem, fix)
