"""Notes that tell more than a code, in words: who took a message, what became of it, the client's clock.

They are kept in English, as codes are, because a reader of any language may look at them.
"""

import re
from collections.abc import Mapping
from typing import get_args

from chalicelib.client_time.names import place
from chalicelib.client_time.zones import How
from chalicelib.console.words import word
from chalicelib.events.sms import MessageStatus

_ZONE = re.compile(rf"zone (?P<zone>\S+) by (?P<how>{'|'.join(get_args(How))})")
_STATUS = re.compile(rf"(?P<status>{'|'.join(MessageStatus)})(?: (?P<at>\d\d\.\d\d\. \d\d:\d\d))?")
_PLAIN: Mapping[str, re.Pattern[str]] = {
    "by": re.compile(r"by (?P<name>\S+)"),
    "code": re.compile(r"code (?P<code>\S+)"),
    "entry": re.compile(r"entry (?P<entry>[0-9a-f]+)"),
}


def told(note: str, language: str) -> str:
    """The note in words; empty if it is none of these."""
    if zone := told_zone(note, language):
        return word(language, "notes.zone", zone=zone)
    if found := _STATUS.fullmatch(note):
        return " ".join(filter(None, (word(language, f"notes.sms_{found['status']}"), found["at"])))
    for name, pattern in _PLAIN.items():
        if found := pattern.fullmatch(note):
            return word(language, f"notes.{name}", **found.groupdict())
    return ""


def told_zone(note: str, language: str) -> str:
    """Where a client's clock stands, in words, if the note says that; else empty. See ``ClientZone.note``."""
    found = _ZONE.fullmatch(note)
    if found is None:
        return ""
    how = found["how"].replace(" ", "_")
    return word(language, f"notes.zone_{how}", place=place(found["zone"], language))
