"""What a shop owner copies from a provider's page, or from the example shop, is valid."""

import importlib
import re
import tomllib
from typing import Any

import pytest

from chalicelib.providers.reading import Reader
from tests.fuzz.providers import CODE, POLLED, PROVIDERS

EXAMPLE = (CODE.parent.parent / "shop.example.toml").read_text()


SOME_SECRET = "a" * 40
"""Base64 of 30 bytes: a signing secret must be as long."""


def resolved(value: Any) -> Any:
    """A setting with some secret instead of its reference."""
    if isinstance(value, list):
        return [resolved(one) for one in value]
    return SOME_SECRET if isinstance(value, str) and value.startswith("env:") else value


def check(source: dict[str, Any]) -> None:
    reader: Reader = importlib.import_module(f"chalicelib.providers.{source['provider']}.read")
    reader.Settings.model_validate({name: resolved(value) for name, value in source.items()})


@pytest.mark.parametrize("provider", sorted({*PROVIDERS, *POLLED} - {"acknowledge"}))
def test_the_source_on_a_providers_page_is_valid(provider: str) -> None:
    page = (CODE / provider / "README.md").read_text()
    (block, *_) = re.findall(r"^ *```toml\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE)
    ((name, source),) = tomllib.loads(block)["sources"].items()
    assert source["provider"] == provider
    assert (f"/hooks/{name}" if provider in PROVIDERS else f"checks run poll-{name}") in page
    check(source)


def test_what_is_commented_out_in_the_example_shop_is_valid() -> None:
    blocks = re.findall(r"^# (\[sources\.[\w-]+\].*\n(?:# \w.*\n)+)", EXAMPLE, re.MULTILINE)
    commented = {
        match for block in blocks for match in re.findall(r'^# provider = "(\w+)"', block, re.MULTILINE)
    }
    active = {source["provider"] for source in tomllib.loads(EXAMPLE)["sources"].values()}
    assert commented | active == {*PROVIDERS, *POLLED} - {"acknowledge"}
    for block in blocks:
        ((_, source),) = tomllib.loads(re.sub(r"^# ", "", block, flags=re.MULTILINE))["sources"].items()
        check(source)
