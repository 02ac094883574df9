"""Letters of clients, the mailbox that they come to, and a shop that looks into it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from chalicelib.settings import Shop
from sandbox.imap import Post
from tests.world import MORNING, World, example_shop

SOURCE, PROVIDER = "mail", "mailbox"
USER, PASSWORD = "info@shop.example", 'mailbox "demo" password'
TEXT = "Здравствуйте! Нужен тент 3×6, серый."


def letter(  # noqa: PLR0913 -- a letter has as many parts
    text: str = TEXT,
    *,
    sender: str = "Анна Смирнова <Anna@Example.com>",
    subject: str = "Заказ тента",
    message_id: str = "<1@example.com>",
    at: datetime = MORNING,
    files: Sequence[tuple[str, bytes]] = (),
    html: str = "",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A letter as a mail program writes it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = USER
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    if message_id:
        message["Message-ID"] = message_id
    for name, value in (headers or {}).items():
        message[name] = value
    if text:
        message.set_content(text)
    if html:
        (message.add_alternative if text else message.set_content)(html, subtype="html")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    # Made at random each time; the same letter is the same.
    return _with_fixed_boundary(message.as_bytes(), message.get_boundary())


def _with_fixed_boundary(content: bytes, boundary: str | None) -> bytes:
    return content.replace(boundary.encode(), b"boundary-of-parts") if boundary else content


def settings(port: int = 993, **changes: Any) -> dict[str, Any]:
    """What the shop file says of the source."""
    return {
        "host": "127.0.0.1",
        "port": port,
        "user": USER,
        "password": PASSWORD,
        **changes,
    }


def a_mailbox() -> Post:
    """An empty one."""
    return Post(USER, PASSWORD)


def shop_with_mailbox(port: int, **changes: Any) -> Shop:
    """The example shop with a mailbox."""
    return example_shop(sources={SOURCE: {"provider": PROVIDER, **settings(port, **changes)}})


def ask(world: World) -> None:
    """As the host does it each time, and then the work."""
    world.application.checks.run(f"poll-{SOURCE}")
    world.work()


def ask_for(world: World, **span: float) -> None:
    """Let time pass, and ask every two minutes."""
    minutes = span.get("minutes", 0) + 60 * span.get("hours", 0)
    for _ in range(int(minutes // 2)):
        world.later(minutes=2)
        ask(world)
