"""What messengers' webhooks have in common.

A file without a name is called by its kind in one of these words, which the texts translate: ``photo``,
``video``, ``voice``, ``audio``, ``file``, ``sticker``, ``location``, ``link``.
"""

from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from chalicelib.events import Attachment
from chalicelib.gate.tickets import is_id
from chalicelib.providers.origin import Origin, origin, query_of
from chalicelib.providers.reading import (
    FIRST_PLAUSIBLE_SECOND,
    LAST_PLAUSIBLE_SECOND,
    Secrets,
    SourceSettings,
    web_address,
)
from chalicelib.providers.tracking import first_filled

Second = Annotated[int, Field(ge=FIRST_PLAUSIBLE_SECOND, le=LAST_PLAUSIBLE_SECOND)]
"""A moment in epoch seconds."""

Millisecond = Annotated[int, Field(ge=FIRST_PLAUSIBLE_SECOND * 1000, le=LAST_PLAUSIBLE_SECOND * 1000)]
"""A moment in epoch milliseconds."""

LONGEST_FILE_NAME = 200
"""Characters. A longer name is cut: no file system has one."""

LARGEST_FILE = 2**50
"""Bytes. What is larger is a mistake."""


def _size(value: object) -> int | None:
    try:
        size = int(str(value))
    except ValueError:
        return None
    return size if 0 <= size <= LARGEST_FILE else None


Size = Annotated[int | None, BeforeValidator(_size)]
"""Of a file, in bytes; an absurd one is None: no message is lost for it."""

FileName = Annotated[str, BeforeValidator(lambda value: str(value).strip()[:LONGEST_FILE_NAME])]

LONGEST_FILE_ID = 500


def _file_id(value: object) -> str:
    return str(value) if is_id(value) and len(str(value)) <= LONGEST_FILE_ID else ""


FileId = Annotated[str, BeforeValidator(_file_id)]
"""The messenger's id of a file; what is none is empty: no message is lost for it."""

Address = Annotated[str, BeforeValidator(lambda value: web_address(str(value)))]
"""A URL on which people can click; what is none is empty."""


class BotSettings(SourceSettings):
    """What the source of a bot can set whose messenger repeats a secret of ours in a header.

    Attributes:
        secret: our own; a list while it is being replaced, the new one first.
        token: of the bot; without it clients get no replies.
    """

    secret: Secrets
    token: SecretStr | None = None

    @property
    def can_reply(self) -> bool:
        """Whether the bot may write."""
        return bool(self.bot_token)

    @property
    def bot_token(self) -> str:
        """The bot's token; empty if there is none."""
        return self.token.get_secret_value() if self.token else ""

    @property
    def new_secret(self) -> str:
        """The secret that the messenger should repeat from now on."""
        return self.secret if isinstance(self.secret, str) else self.secret[0]


Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


def place(latitude: float, longitude: float) -> Attachment:
    """A place that a client sent, in degrees, with a map to look at."""
    url = f"https://yandex.ru/maps/?pt={longitude:.6f},{latitude:.6f}&z=16"
    return Attachment(name="location", url=url)


def origin_of_mark(mark: str) -> Origin:
    """What the mark of a link that opens the chat tells.

    ``utm_source=yandex&utm_campaign=may`` where any character may stand in it. Telegram allows letters,
    digits, ``_`` and ``-`` alone: there ``utm_source-yandex--utm_campaign-may``. Any other mark takes the
    place of the page on which the client began to write.
    """
    pairs = (pair.partition("-") for pair in mark.split("--"))
    parameters = query_of(f"?{mark}") if "=" in mark else {name.lower(): value for name, _, value in pairs}
    found = origin([parameters])
    return found if found != Origin() else Origin(landing_page=first_filled(mark))
