"""``leadkeeper secrets``: what the functions of a stage on AWS need to know, and nobody else.

One encrypted parameter a function, as ``chalicelib/secret_store.py`` reads it. Values come from the
environment or a prompt without echo, never from an argument, which other users of the machine would see.
They are never printed, and neither are AWS's own words about a value that it refuses: they may repeat it.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from chalicelib import shopfile
from chalicelib.errors import ConfigurationError
from chalicelib.secret_store import parsed

FUNCTIONS = ("gate", "worker", "console")
"""Those with a parameter of their own. The notifier reads the worker's."""

EVERY = "all"
STAGE = re.compile(r"[a-z][a-z0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Stored:
    """One parameter as it is."""

    values: Mapping[str, str]
    changed_at: datetime | None


class Parameters:
    """The parameters of one stage."""

    def __init__(self, ssm: Any, stage: str) -> None:  # noqa: ANN401 -- boto3 makes its clients as it runs
        """Read and write through this client of SSM."""
        self._ssm = ssm
        self._stage = stage

    def name(self, function: str) -> str:
        """Where a function's secrets are."""
        return f"/leadkeeper/{self._stage}/{function}"

    def read(self, function: str) -> Stored:
        """What a function knows; nothing if there is no parameter yet.

        Raises:
            ConfigurationError: AWS cannot be asked, or the parameter holds something else.
        """
        name = self.name(function)
        with _aws(name):
            try:
                parameter = self._ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
            except self._ssm.exceptions.ParameterNotFound:
                return Stored({}, None)
        return Stored(parsed(name, parameter["Value"]), parameter["LastModifiedDate"])

    def write(self, function: str, values: Mapping[str, str]) -> None:
        """Replace what a function knows.

        Raises:
            ConfigurationError: AWS did not take it.
        """
        name = self.name(function)
        text = json.dumps(values, ensure_ascii=False, sort_keys=True)
        with _aws(name):
            self._ssm.put_parameter(Name=name, Type="SecureString", Value=text, Overwrite=True)


def _stage(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    if not STAGE.fullmatch(text):
        raise click.BadParameter(f"{text!r} is no stage: use lower-case letters, such as dev or prod")
    return text


stage_argument = click.argument("stage", callback=_stage)


@click.group()
def secrets() -> None:
    """Store what the functions on AWS must know, encrypted. Values are never shown."""


@secrets.command()
@stage_argument
@click.argument("function", type=click.Choice([*FUNCTIONS, EVERY]), default=EVERY)
@click.argument("names", nargs=-1)
def put(stage: str, function: str, names: tuple[str, ...]) -> None:
    """Store NAMES for FUNCTION, or for all that need them; without NAMES, what is missing.

    Values come from the environment. A name that is not set there is asked for, without echo; what is
    missing is not.
    """
    parameters = Parameters(_ssm(), stage)
    if not names:
        _put_missing(parameters, _chosen(function))
        return
    wanted = {
        one: [name for name in names if function != EVERY or name in needs]
        for one, needs in _needs().items()
        if one in _chosen(function)
    }
    unused = set(names) - {name for some in wanted.values() for name in some}
    if unused:
        raise ConfigurationError(
            ", ".join(sorted(unused)), "the shop file does not refer to it", "Name a function to store it for"
        )
    values = {name: _value(name) for name in names}
    for one, some in wanted.items():
        _merge(parameters, one, {name: values[name] for name in some})


@secrets.command()
@stage_argument
@click.argument("function", type=click.Choice([*FUNCTIONS, EVERY]))
@click.argument("names", nargs=-1, required=True)
def remove(stage: str, function: str, names: tuple[str, ...]) -> None:
    """Take NAMES from FUNCTION, or from all that have them."""
    parameters = Parameters(_ssm(), stage)
    for one in _chosen(function):
        stored = parameters.read(one).values
        removed = [name for name in names if name in stored]
        if removed:
            parameters.write(one, {name: value for name, value in stored.items() if name not in removed})
            click.echo(f"{parameters.name(one)}: removed {', '.join(removed)}")
        else:
            click.echo(f"{parameters.name(one)}: has none of them")


@secrets.command("list")
@stage_argument
def list_names(stage: str) -> None:
    """Show each parameter, when it was changed, its names, and what is missing."""
    parameters = Parameters(_ssm(), stage)
    for function, needs in _needs().items():
        stored = parameters.read(function)
        changed = f"changed {stored.changed_at:%Y-%m-%d %H:%M %Z}" if stored.changed_at else "not there yet"
        click.echo(f"{parameters.name(function)}  {changed}")
        click.echo(f"  has      {', '.join(sorted(stored.values)) or '-'}")
        click.echo(f"  missing  {', '.join(_missing(needs, stored)) or '-'}")


def _put_missing(parameters: Parameters, functions: tuple[str, ...]) -> None:
    """Store what is missing and stands in the environment; tell what still is."""
    needs = _needs()
    still: set[str] = set()
    for function in functions:
        missing = _missing(needs[function], parameters.read(function))
        found = {name: os.environ[name] for name in missing if os.environ.get(name)}
        still |= set(missing) - set(found)
        _merge(parameters, function, found)
    if still:
        click.echo(f"still missing, because not in the environment: {', '.join(sorted(still))}", err=True)
        sys.exit(1)


def _merge(parameters: Parameters, function: str, values: Mapping[str, str]) -> None:
    name = parameters.name(function)
    stored = parameters.read(function).values
    changed = [key for key, value in values.items() if stored.get(key) != value]
    if not changed:
        click.echo(f"{name}: nothing to change")
        return
    parameters.write(function, {**stored, **values})
    for what, keys in (
        ("added", [key for key in changed if key not in stored]),
        ("changed", [key for key in changed if key in stored]),
    ):
        if keys:
            click.echo(f"{name}: {what} {', '.join(keys)}")


def _needs() -> dict[str, tuple[str, ...]]:
    """Which names each function must know, by the shop file."""
    file = shopfile.load()
    every = tuple(dict.fromkeys(name for names in file.references.values() for name in names))
    # The gate reads the sources that call us, and nothing else. The others check the whole shop file; nobody
    # signs in to the worker.
    worker = tuple(name for name in every if name not in file.of_console_alone())
    return {"gate": file.at_the_gate, "worker": worker, "console": every}


def _missing(needs: tuple[str, ...], stored: Stored) -> list[str]:
    return [name for name in needs if not stored.values.get(name)]


def _chosen(function: str) -> tuple[str, ...]:
    return FUNCTIONS if function == EVERY else (function,)


def _value(name: str) -> str:
    value = os.environ.get(name)
    return value or str(click.prompt(name, hide_input=True, err=True))


def _ssm() -> Any:  # noqa: ANN401 -- boto3 makes its clients as it runs
    try:
        # Only these commands need it: one machine has none.
        import boto3  # noqa: PLC0415
    except ModuleNotFoundError:
        raise ConfigurationError("boto3", "it is not installed", "Run make install-dev") from None
    with _aws("SSM"):
        return boto3.client("ssm")


@contextmanager
def _aws(what: str) -> Iterator[None]:
    """Say what AWS says, without the values that its words may repeat."""
    from botocore.exceptions import (  # noqa: PLC0415 -- as boto3
        BotoCoreError,
        ClientError,
        ParamValidationError,
    )

    fix = "Check region, credentials and permissions"
    try:
        yield
    except ClientError as error:
        raise ConfigurationError(what, f"AWS answers {error.response['Error']['Code']}", fix) from None
    except ParamValidationError:
        raise ConfigurationError(what, "AWS would not take it", "Check the names and values") from None
    except BotoCoreError as error:
        raise ConfigurationError(what, str(error), fix) from None
