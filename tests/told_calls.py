"""Telephone companies that say in our own words what happened: for tests of what we make of it."""

import sys
from datetime import timedelta
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from chalicelib.events import AnyEvent, CallAnswered, CallMissed, CallRecorded, CallTracked
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading, SourceSettings
from tests.world import World

PBX, TRACKING = "pbx", "tracking"
SOURCES = {PBX: {"provider": "told"}, TRACKING: {"provider": "told"}}
"""Tables of the shop file."""

CLIENT = "+79161234567"
_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def _read(webhook: Webhook, settings: SourceSettings, zone: ZoneInfo) -> Reading:
    del settings, zone
    return Reading((_EVENT.validate_json(webhook.body),))


def _install_provider() -> None:
    """A provider's folder, without the folder."""
    package = ModuleType("chalicelib.providers.told")
    package.__path__ = []
    reader = ModuleType("chalicelib.providers.told.read")
    vars(reader).update(Settings=SourceSettings, read=_read)
    sys.modules.update({package.__name__: package, reader.__name__: reader})


_install_provider()


def tell(world: World, event: AnyEvent, source: str = PBX, again: str = "") -> None:
    """A source's webhook with this event, ``again`` with another dedup id."""
    webhook = Webhook(source, "POST", (), {}, {}, event.model_dump_json().encode(), world.now)
    call_id = getattr(event, "call_id", "")
    world.engine.work.put(Envelope.seal(webhook, f"{event.kind}:{call_id}{again}", ""))


def miss(
    world: World, call_id: str = "a", source: str = PBX, ago: float = 0, again: str = "", **fields: Any
) -> None:
    """Nobody answered a call that came in some minutes ago."""
    called_at = world.now - timedelta(minutes=ago)
    call = {"phone": CLIENT, "line": "74950000001", "called_at": called_at, **fields}
    tell(world, CallMissed(call_id=call_id, **call), source, again)


def talk(
    world: World, call_id: str = "talk", source: str = PBX, ago: float = 0, again: str = "", **fields: Any
) -> None:
    """Somebody began to talk to a client some minutes ago; they talked for two minutes and five seconds."""
    answered_at = world.now - timedelta(minutes=ago)
    call = {
        "phone": CLIENT,
        "line": "74950000001",
        "direction": "outbound",
        "called_at": answered_at - timedelta(seconds=10),
        "answered_at": answered_at,
        "talked": timedelta(minutes=2, seconds=5),
        "employee": "101",
        **fields,
    }
    tell(world, CallAnswered(call_id=call_id, **call), source, again)


def recorded(world: World, call_id: str = "talk", url: str = "https://pbx.example/r/1") -> None:
    """The recording of a call is there."""
    tell(world, CallRecorded(call_id=call_id, recording_url=url))


def track(world: World, call_id: str = "t", source: str = TRACKING, ago: float = 0, **fields: Any) -> None:
    """Call tracking tells of a call that came in some minutes ago."""
    called_at = world.now - timedelta(minutes=ago)
    call = {"phone": CLIENT, "called_at": called_at, "landing_page": "https://shop.example/tents", **fields}
    tell(world, CallTracked(call_id=call_id, **call), source)
