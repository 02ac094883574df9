"""What a client answered in a Marquiz quiz, in either of the shapes that Marquiz sends."""

import re
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from chalicelib.gate.submissions import flattened
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.forms import DROPPED, Field, FormSettings, lead
from chalicelib.providers.marquiz.gate import QUIZZES, WHATSAPP, quiz_fields, quiz_id
from chalicelib.providers.origin import PARAMETERS
from chalicelib.providers.reading import Reading, told_moment, unreadable_content

OWN_NAMES = {
    "contacts.name": "name",
    "contacts.phone": "phone",
    "contacts.email": "email",
    "quiz.id": "form",
    "quiz.name": "form_name",
    "quiz": "form_name",
    "extra.href": "landing_page",
    "extra.url": "landing_page",
    "extra.referrer": "referrer",
    "extra.cookies": "cookies",
    "created": DROPPED,
    "extra.ip": DROPPED,
    "ip": DROPPED,
    "extra.useragent": DROPPED,
    "useragent": DROPPED,
}
"""What Marquiz's own fields are, in lower case. Where a client sits tells a manager nothing."""

PHONES = ("contacts.phone", "phone")

_ANSWER = re.compile(r"(answers\.\d+)\.([qa])(\..*)?")
_ELSEWHERE = re.compile(r"extra\.(utm|cookies)\.(.+)")


class Settings(FormSettings):
    """What a Marquiz source can set."""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read the answers: one ``LeadSubmitted``, however little of them we understand.

    Raises:
        Unreadable: ``wrong-content-type``, ``wrong-encoding``, ``broken-json``, ``broken-form``,
            ``too-many-fields``, ``unexpected-content`` or ``empty``.
    """
    with unreadable_content():
        sent = quiz_fields(webhook)
        kind, value = quiz_id(sent, webhook.received_at)
        texts = [(name, text) for name, text in flattened(sent) if text.strip()]
    by_name = {name.casefold(): text for name, text in reversed(texts)}
    event = lead(
        _fields(texts),
        lead_id=f"{kind}-{value}",
        form=next((by_name[name] for name in QUIZZES if name in by_name), ""),
        submitted_at=told_moment(by_name.get("created", ""), zone, webhook.received_at),
        mapping={**OWN_NAMES, **_phone_elsewhere(by_name), **settings.fields},
        places=[_elsewhere(texts)],
    )
    return Reading((event,))


def _fields(texts: Iterable[tuple[str, str]]) -> Iterable[Field]:
    """The fields without what tells of the visit; each answer with its question as its label."""
    questions = {
        match[1]: text for name, text in texts if (match := _ANSWER.fullmatch(name)) and match[2] == "q"
    }
    for name, text in texts:
        answer = _ANSWER.fullmatch(name)
        if answer is not None and answer[2] == "a":
            yield Field(name, text, questions.get(answer[1], ""))
        elif answer is None and not _ELSEWHERE.fullmatch(name):
            # The flat shape calls the page's address a source, if it is one.
            yield Field("page" if name == "source" else name, text, name.removeprefix("contacts."))


def _elsewhere(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Parameters of the link and cookies. Whether Marquiz writes ``utm_`` before a parameter differs."""
    found = {match[2].lower(): text for name, text in texts if (match := _ELSEWHERE.fullmatch(name))}
    return {**{f"utm_{name}": text for name, text in found.items() if f"utm_{name}" in PARAMETERS}, **found}


def _phone_elsewhere(by_name: Mapping[str, str]) -> dict[str, str]:
    """A number for WhatsApp is the client's phone if they left no other."""
    return {} if any(name in by_name for name in PHONES) else dict.fromkeys(WHATSAPP, "phone")
