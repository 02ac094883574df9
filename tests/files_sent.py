"""Clients who send files by Telegram and WhatsApp, as their webhooks tell of it."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.gate.envelope import Envelope
from chalicelib.gate.webhook import Webhook
from chalicelib.settings import Shop
from sandbox.telegram_bot import TOKEN as TELEGRAM
from sandbox.whatsapp import NUMBER
from sandbox.whatsapp import TOKEN as WHATSAPP
from tests.world import World, example_shop

PHONE = "79161234567"
DRAWING = b"%PDF-1.7\x00\xff"
VOICE = b"OggS\x00\xfe"
SOURCES: Mapping[str, Mapping[str, str]] = {
    "telegram": {"provider": "telegram", "secret": "demo", "token": TELEGRAM},
    "whatsapp": {
        "provider": "whatsapp",
        "app_secret": "demo",
        "verify_token": "demo",
        "token": WHATSAPP,
        "phone_number_id": NUMBER,
    },
}


def shop_that_takes_files(**changes: Any) -> Shop:
    """The example shop with both messengers, where files go into the CRM, and nobody is asked anything."""
    silent: dict[str, list[str]] = {"ask": [], "questions": []}
    tables = {"sources": SOURCES, "messengers": {"files": True}, "request_form": silent, **changes}
    return example_shop(**tables)


def with_files(world: World) -> None:
    """The sandbox's messengers have these from now on."""
    world.sandbox.telegram_bot.files["drawing"] = ("documents/file_5.pdf", DRAWING)
    world.sandbox.telegram_bot.files["voice"] = ("voice/file_6.oga", VOICE)
    world.sandbox.whatsapp.files["4711"] = ("audio/ogg; codecs=opus", VOICE)


def by_telegram(world: World, number: int = 1, **content: Any) -> None:
    """A client writes to the bot now; a drawing, unless told otherwise."""
    sent = content or {"document": {"file_id": "drawing", "file_name": "Чертёж.pdf", "file_size": 10}}
    chat = {"id": 800001, "type": "private", "first_name": "Анна"}
    message = {"message_id": number, "date": int(world.now.timestamp()), "chat": chat, **sent}
    update = {"update_id": number, "message": {**message, "from": {"id": 800001, "first_name": "Анна"}}}
    _put(world, "telegram", update, str(number))


def by_whatsapp(world: World, number: int = 1, **content: Any) -> None:
    """Likewise to the number; a voice message, unless told otherwise."""
    sent = content or {"type": "audio", "audio": {"id": "4711", "voice": True}}
    message = {"from": PHONE, "id": f"wamid.{number}", "timestamp": str(int(world.now.timestamp())), **sent}
    value = {"contacts": [{"wa_id": PHONE, "profile": {"name": "Борис"}}], "messages": [message]}
    _put(world, "whatsapp", {"entry": [{"changes": [{"field": "messages", "value": value}]}]}, str(number))


def files(world: World) -> list[tuple[str, list[int]]]:
    """What managers see: each file's name, and the orders that show it."""
    shown = [
        (file["filename"], [place["order"]["id"] for place in file["attachment"]])
        for file in world.state["files"]
    ]
    return sorted(file for file in shown if file[1])


def _put(world: World, source: str, content: Mapping[str, Any], dedup_id: str) -> None:
    webhook = Webhook(
        source=source,
        method="POST",
        path=(),
        query={},
        headers={"content-type": "application/json"},
        body=json.dumps(content).encode(),
        received_at=world.now,
    )
    world.engine.work.put(Envelope.seal(webhook, dedup_id, f"chat:{source}"))
