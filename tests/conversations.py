"""Clients who write: a messenger made up for tests, whose gate and account hold back nothing.

What it receives are events as they are; what it sends goes to the sandbox's Telegram.
"""

import sys
from datetime import datetime, timedelta
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from chalicelib.engine.port import Queue, Timer
from chalicelib.errors import OptedOut
from chalicelib.events import Attachment, MessageAnswered, MessageReceived
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.webhook import Webhook
from chalicelib.messengers.http import MessengerHttp
from chalicelib.messengers.settings import RequestForm
from chalicelib.providers.reading import Reading, SourceSettings
from chalicelib.settings import Shop
from sandbox.telegram import TOKEN
from tests.world import World, example_shop

BLOCKED = 403
PHONE = "+79161234567"


class Settings(SourceSettings):
    """Of the made-up messenger. ``knows_repeats`` is what a real one has or has not."""

    bot_token: str = ""
    knows_repeats: bool = False

    @property
    def can_reply(self) -> bool:
        return bool(self.bot_token)


class Pretend:
    """Implements ``messengers.port.Messenger``."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        self.knows_repeats = settings.knows_repeats
        self._url = f"https://telegram.example/bot{settings.bot_token}/sendMessage"
        self._http = MessengerHttp("Pretend", transport)

    def send(self, chat: str, text: str, once: str) -> str:
        status, answer = self._http.post(self._url, json={"chat_id": chat, "text": text, "once": once})
        if status == BLOCKED:
            raise OptedOut("the client has blocked the bot")
        if "result" not in answer:
            raise self._http.refused(f"answers {status}")
        return str(answer["result"]["message_id"])


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    del settings, zone
    of_its_kind = MessageAnswered if b'"message-answered"' in webhook.body else MessageReceived
    return Reading((of_its_kind.model_validate_json(webhook.body),))


def _install(name: str, **content: object) -> None:
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    vars(module).update(content)
    sys.modules[name] = module


# A package without a folder: it has no gate, and is not asked.
_install("chalicelib.providers.pretend", __path__=[])
_install("chalicelib.providers.pretend.read", Settings=Settings, read=read)
_install("chalicelib.messengers.pretend", messenger=Pretend)


def shop_that_chats(**changes: Any) -> Shop:
    """The example shop with the sources ``chat``, which can reply, and ``letters``, which cannot.

    Clients are asked for nothing unless the changes have a form of their own.
    """
    sources = {
        "chat": {"provider": "pretend", "bot_token": TOKEN},
        "letters": {"provider": "pretend"},
        **changes.pop("sources", {}),
    }
    form = changes.pop("request_form", None)
    shop = example_shop(sources=sources, **changes)
    return shop.model_copy(update={"request_form": RequestForm.model_validate(form) if form else None})


def message(text: str, message_id: str, at: datetime, **fields: Any) -> MessageReceived:
    files = tuple(Attachment(name=name) for name in fields.pop("files", ()))
    told = {"medium": "telegram", "chat": "100", "attachments": files, **fields}
    return MessageReceived(message_id=message_id, text=text, at=at, **told)


def write(world: World, text: str, message_id: str, source: str = "chat", **fields: Any) -> None:
    """A client writes now."""
    deliver(world.engine.work, message(text, message_id, **{"at": world.now, **fields}), world.now, source)


def answer(world: World, chat: str = "100") -> None:
    """Somebody of the shop writes to them now, in the messenger itself."""
    answered = MessageAnswered(chat=chat, at=world.now)
    world.engine.work.put(sealed(answered, f"answer:{chat}:{world.now}", f"chat:{chat}", world.now, "chat"))


def write_letter(world: World, text: str, message_id: str, email: str, **fields: Any) -> None:
    """Likewise, a letter."""
    write(world, text, message_id, "letters", medium="mail", chat=email, email=email, **fields)


def write_later(world: World, text: str, message_id: str, span: timedelta) -> None:
    """A client will write in a while, whatever the shop does until then."""
    at = world.now + span
    world.engine.timers.set(Timer(at, "work", envelope(message(text, message_id, at), at)))


def deliver(queue: Queue, received: MessageReceived, now: datetime, source: str = "chat") -> None:
    """As a gate puts it on the queue."""
    queue.put(envelope(received, now, source))


def envelope(received: MessageReceived, now: datetime, source: str = "chat", group: str = "") -> Envelope:
    """As a gate makes it."""
    return sealed(received, received.message_id, group or f"chat:{received.chat}", now, source)


def sealed(
    event: MessageReceived | MessageAnswered, dedup_id: str, group: str, now: datetime, source: str
) -> Envelope:
    """Likewise."""
    webhook = Webhook(
        source=source,
        method="POST",
        path=(),
        query={},
        headers={},
        body=event.model_dump_json().encode(),
        received_at=now,
    )
    return Envelope.seal(webhook, dedup_id, group)
