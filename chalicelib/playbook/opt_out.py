"""A client writes that they want no messages of ours, or that they want them again."""

from chalicelib.actions import AllowPhone, SuppressPhone

BY_CLIENT = "stop-message"
"""The reason code if the client wrote it to us."""

STOP = frozenset({"stop", "стоп", "stopall", "unsubscribe", "optout", "отписка", "отписаться", "отпишите"})
START = frozenset({"start", "старт", "unstop"})
PUNCTUATION = " \t\r\n.,!\"'«»"


def wish_of(phone: str, text: str) -> SuppressPhone | AllowPhone | None:
    """What a client's whole message asks for; None if it is about something else.

    Only the word alone counts: "стоп, не отправляйте сегодня" is for a person to read.

    Args:
        phone: the sender, E.164.
        text: the message.
    """
    word = text.strip(PUNCTUATION).lower()
    if word in STOP:
        return SuppressPhone(phone=phone, reason=BY_CLIENT)
    return AllowPhone(phone=phone) if word in START else None
