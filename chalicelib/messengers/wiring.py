"""The messengers of a shop, made of its sources' settings."""

import importlib
import importlib.util
from collections.abc import Mapping

import httpx

from chalicelib.messengers.port import Messenger
from chalicelib.providers.reading import SourceSettings


def messengers_of(
    sources: Mapping[str, SourceSettings], transport: httpx.BaseTransport | None = None
) -> Mapping[str, Messenger]:
    """The messengers by the name of their source; of a source that cannot reply there is none."""
    return {name: _messenger(settings, transport) for name, settings in sources.items() if settings.can_reply}


def silent_messengers(sources: Mapping[str, SourceSettings]) -> list[str]:
    """The sources that could reply if the shop file had their token."""
    return [
        name
        for name, settings in sources.items()
        if not settings.can_reply
        and importlib.util.find_spec(f"chalicelib.messengers.{settings.provider}") is not None
    ]


def _messenger(settings: SourceSettings, transport: httpx.BaseTransport | None) -> Messenger:
    module = importlib.import_module(f"chalicelib.messengers.{settings.provider}")
    messenger: Messenger = module.messenger(settings, transport)
    return messenger
