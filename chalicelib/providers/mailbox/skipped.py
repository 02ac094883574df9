"""Letters that no client wrote."""

import re
from collections.abc import Collection, Mapping
from email.message import Message

from chalicelib.providers.mailbox.headers import addresses, value, values

SPAM_MARKS: Mapping[str, str] = {
    "x-spam-flag": r"yes",
    "x-spam-status": r"yes\b.*",
    "x-spam": r"yes\b.*",
    "x-yandex-spam": r"4",
}
"""What a mark of spam says, in lower case. The last one is (unverified)."""

PRECEDENCE: Mapping[str, str] = {
    "bulk": "mailing-list",
    "list": "mailing-list",
    "junk": "mailing-list",
    "auto_reply": "auto-reply",
    "auto-reply": "auto-reply",
}
LIST_MARKS = ("list-id", "list-unsubscribe")
REPLY_MARKS = ("x-autoreply", "x-autorespond")
SERVERS = frozenset({"mailer-daemon", "postmaster"})


def why(letter: Message) -> str:
    """The note about a letter that a program sent by itself; empty if a person may have written it."""
    if any(
        re.fullmatch(said, one.lower(), re.DOTALL)
        for name, said in SPAM_MARKS.items()
        for one in values(letter, name)
    ):
        return "spam"
    if _is_bounce(letter):
        return "bounce"
    if _is_reply(letter):
        return "auto-reply"
    if any(value(letter, name) for name in LIST_MARKS):
        return "mailing-list"
    return PRECEDENCE.get(value(letter, "precedence").lower(), "")


def is_among(address: str, patterns: Collection[str]) -> bool:
    """Whether it is one of these: addresses, ``@domain``, or ``name@`` of any domain."""
    name, _, domain = address.partition("@")
    own = {pattern.strip().lower() for pattern in patterns}
    return bool(own & {address, f"{name}@", f"@{domain}"})


def _is_bounce(letter: Message) -> bool:
    """Whether a mail server tells what became of another letter."""
    senders = {address.partition("@")[0] for _, address in addresses(letter, "from")}
    return (
        value(letter, "return-path").replace(" ", "") == "<>"
        or letter.get_content_type() == "multipart/report"
        or not senders.isdisjoint(SERVERS)
    )


def _is_reply(letter: Message) -> bool:
    submitted = value(letter, "auto-submitted").lower()
    return bool(submitted and not submitted.startswith("no")) or any(
        value(letter, name).lower() not in {"", "no"} for name in REPLY_MARKS
    )
