"""Find and load the shop file. Standard library only: the gate needs it at every cold start.

``shop.toml`` in the working folder, or the file that ``LEADKEEPER_SHOP`` names. On Lambda it is packaged
beside this module. Without one, the example shop serves, whose demo secrets stand in for the environment;
never on Lambda.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chalicelib import secrets
from chalicelib.errors import ConfigurationError
from chalicelib.gate.provider import Source

EXAMPLE = "shop.example.toml"
PACKAGED = Path(__file__).parent / "shop.toml"
"""Where packaging puts the shop file: Lambda gets no other folder of ours."""

PROVIDERS = Path(__file__).parent / "providers"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class ShopFile:
    """The shop file with its secrets resolved, not validated yet.

    Attributes:
        path: where it was read.
        content: the tables, with secret references replaced; without the table ``demo``.
        references: environment variables that each table refers to.
        at_the_gate: those that the sources refer to which call us.
        missing: those of them that are not set.
        literal: keys whose secret stands in the file itself.
        published: variables, or keys, whose value is one of the example's, which everybody knows.
        demo: True if the file has a table ``demo``, as the example has.
        is_sandbox: True if the CRM is a sandbox on this machine.
    """

    path: Path
    content: Mapping[str, Any]
    references: Mapping[str, tuple[str, ...]]
    at_the_gate: tuple[str, ...]
    missing: tuple[str, ...]
    literal: tuple[str, ...]
    published: tuple[str, ...]
    demo: bool
    is_sandbox: bool

    def of_console_alone(self) -> tuple[str, ...]:
        """Environment variables that the table ``console`` refers to, and no other one."""
        others = {name for table, names in self.references.items() if table != "console" for name in names}
        return tuple(name for name in self.references.get("console", ()) if name not in others)

    def sources(self) -> dict[str, Source]:
        """The sources by name, as the gate needs them: without those that are asked and never call."""
        return {
            name: Source(name, str(table.get("provider", "")), table)
            for name, table in self.content.get("sources", {}).items()
            if not _is_asked(table)
        }


def load(environment: Mapping[str, str] | None = None) -> ShopFile:
    """Load the shop file that the environment points at.

    ``RETAILCRM_URL`` and ``RETAILCRM_API_KEY`` win over the file's table ``crm``, ``LEADKEEPER_MODE`` over
    its mode.

    Raises:
        ConfigurationError: there is no such file, it is not TOML, or a table is none.
    """
    environment = os.environ if environment is None else environment
    path = _path(environment)
    content = parse(path)
    _require_tables(content, path)
    demo = {str(name): str(value) for name, value in content.pop("demo", {}).items()}
    if "SANDBOX_PORT" in environment:
        demo = {
            name: value.replace(":8001", f":{environment['SANDBOX_PORT']}") for name, value in demo.items()
        }
    values = {**demo, **environment}
    _override(content, environment)
    names = secrets.names_in(content)
    tables = {name: secrets.resolved(table, values) for name, table in content.items()}
    is_sandbox = _is_sandbox(tables["crm"])
    if demo and not is_sandbox and not environment.get("LEADKEEPER_MODE"):
        # The example acts on its sandbox. At a real CRM nobody has told it to act.
        tables["shop"] = {**content["shop"], "mode": "observe"}
    return ShopFile(
        path=path,
        content=tables,
        references={name: tuple(secrets.names_in(table)) for name, table in content.items()},
        at_the_gate=tuple(
            name
            for table in content.get("sources", {}).values()
            if not _is_asked(table)
            for name in secrets.names_in(table)
        ),
        missing=tuple(name for name in dict.fromkeys(names) if not values.get(name)),
        literal=tuple(
            key
            for key, text in secrets.settings(content)
            if secrets.is_secret(key) and not text.startswith(secrets.PREFIX)
        ),
        published=_published(content, values, demo),
        demo=bool(demo),
        is_sandbox=is_sandbox,
    )


def _is_asked(source: Mapping[str, Any]) -> bool:
    """True if a source's third party calls nobody: its provider has no gate, but asks."""
    folder = PROVIDERS / str(source.get("provider", ""))
    return (folder / "poll.py").is_file() and not (folder / "gate.py").is_file()


def _published(
    content: Mapping[str, Any], values: Mapping[str, str], demo: Mapping[str, str]
) -> tuple[str, ...]:
    """What has a value of the example: taken from its table ``demo``, or set to the same secret."""
    found = []
    for key, text in secrets.settings(content):
        name = text.removeprefix(secrets.PREFIX) if text.startswith(secrets.PREFIX) else ""
        value = values.get(name, "") if name else text
        is_known_secret = secrets.is_secret(key) and value in secrets.PUBLISHED
        is_demo = name in demo and value == demo[name] != secrets.LOCKED
        if is_known_secret or is_demo:
            found.append(name or key)
    return tuple(dict.fromkeys(found))


def is_lambda(environment: Mapping[str, str]) -> bool:
    """True in a function on AWS, where the example shop must not serve."""
    return bool(environment.get("AWS_LAMBDA_FUNCTION_NAME"))


def _path(environment: Mapping[str, str]) -> Path:
    named = environment.get("LEADKEEPER_SHOP")
    if named:
        path = Path(named)
        if not path.is_file():
            raise ConfigurationError("LEADKEEPER_SHOP", f"there is no file {named}", "Name a shop file")
        return path
    for path in (Path("shop.toml"), PACKAGED):
        if path.is_file():
            return path
    if is_lambda(environment):
        raise ConfigurationError(
            "shop.toml", "there is no shop file in the package", "Package it as chalicelib/shop.toml"
        )
    return Path(__file__).parent.parent / EXAMPLE


def parse(path: Path) -> dict[str, Any]:
    """A TOML file's tables.

    Raises:
        ConfigurationError: it cannot be read, or it is not TOML in UTF-8.
    """
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(str(path), f"it is not valid TOML: {error}", "Mend that line") from None
    except UnicodeDecodeError:
        raise ConfigurationError(str(path), "it is not in UTF-8", "Save it in this encoding") from None
    except OSError as error:
        raise ConfigurationError(
            str(path), f"it cannot be read: {error.strerror}", "Check the file"
        ) from None


def _require_tables(content: Mapping[str, Any], path: Path) -> None:
    """Look at what is needed before the whole file is validated. The gate relies on it."""
    tables = {name: content[name] for name in ("shop", "crm", "sources", "demo") if name in content}
    sources = tables.get("sources")
    if isinstance(sources, Mapping):
        tables.update({f"sources.{name}": table for name, table in sources.items()})
    for key, table in tables.items():
        if not isinstance(table, Mapping):
            raise ConfigurationError(key, f"it is no table in {path.name}", f"Write [{key}] above its keys")


def _override(content: dict[str, Any], environment: Mapping[str, str]) -> None:
    crm = content.setdefault("crm", {})
    for key, name in (("url", "RETAILCRM_URL"), ("api_key", "RETAILCRM_API_KEY")):
        if environment.get(name):
            crm[key] = f"{secrets.PREFIX}{name}"
    shop = content.setdefault("shop", {})
    if environment.get("LEADKEEPER_MODE"):
        shop["mode"] = environment["LEADKEEPER_MODE"]


def _is_sandbox(crm: object) -> bool:
    if not isinstance(crm, Mapping):
        return False
    host = urlsplit(str(crm.get("url", ""))).hostname
    return host in LOOPBACK_HOSTS and crm.get("api_key") in secrets.PUBLISHED
