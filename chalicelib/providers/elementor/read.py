"""What a form of Elementor Pro says, in one of two shapes, as its "Advanced data" is switched.

Facts are from the source of its action "Webhook" (modules/forms/actions/webhook.php).
"""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from chalicelib.gate.submissions import fields_of, flattened, submission_id
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.forms import ANSWER, DROPPED, Field, FormSettings, guess, lead
from chalicelib.providers.reading import Reading, unreadable_content

TYPES = {"tel": "phone", "email": "email"}
"""What the type of a field says, whatever it is called."""

NOT_THE_CLIENTS = {
    "meta.date": DROPPED,
    "meta.time": DROPPED,
    "meta.user_agent": DROPPED,
    "meta.remote_ip": DROPPED,
    "meta.credit": DROPPED,
    "user agent": DROPPED,
    "remote ip": DROPPED,
    "powered by": DROPPED,
}
"""What Elementor adds of its own, with and without "Advanced data"."""

NO_LABEL = "No Label "
"""Before the id of a field that has no title."""

Elements = Mapping[str, Mapping[str, str]]
"""The parts of each field, such as ``title`` and ``value``, by the field's id."""


class Settings(FormSettings):
    """What a source of Elementor can set."""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a form: one ``LeadSubmitted``.

    Raises:
        Unreadable: ``wrong-content-type``, ``wrong-encoding``, ``broken-json``, ``broken-form``,
            ``too-many-fields``, ``unexpected-content`` or ``empty``.
    """
    del zone  # its times are for people, and ours is as good
    with unreadable_content():
        sent = fields_of(webhook)
        kind, value = submission_id(sent, webhook.received_at)
        pairs = flattened(sent)
    elements = _elements(pairs)
    names = {id_: _name(id_, parts.get("title", ""), settings.fields) for id_, parts in elements.items()}
    event = lead(
        [*_advanced(elements, names, pairs)] if elements else [*_plain(sent)],
        lead_id=f"{kind}-{value}",
        submitted_at=webhook.received_at,
        mapping={**NOT_THE_CLIENTS, **_typed(elements, names, settings.fields), **settings.fields},
    )
    return Reading((event,))


def _elements(pairs: list[tuple[str, str]]) -> Elements:
    """The fields as "Advanced data" tells them: ``fields.<id>.value``. None without it."""
    elements: dict[str, dict[str, str]] = {}
    for name, text in pairs:
        group, *inner = name.split(".")
        if group == "fields" and len(inner) > 1:
            elements.setdefault(inner[0], {}).setdefault(inner[1], text)
    return elements


def _advanced(elements: Elements, names: Mapping[str, str], pairs: list[tuple[str, str]]) -> Iterator[Field]:
    for id_, parts in elements.items():
        yield Field(names[id_], parts.get("value") or parts.get("raw_value", ""), parts.get("title", ""))
    for name, text in pairs:
        group, *inner = name.split(".")
        # The shape of ``meta`` is (unverified): its texts may stand below ``value``, beside a title.
        if group != "fields" and inner[1:] != ["title"]:
            yield Field(name.removesuffix(".value"), text)


def _plain(sent: Mapping[str, object]) -> Iterator[Field]:
    """Each name is the question as it was asked, whatever brackets and dots are in it."""
    for title, value in sent.items():
        name = title.removeprefix(NO_LABEL)
        for _, text in flattened({"text": value}):
            yield Field(name, text, name)


def _name(id_: str, title: str, table: Mapping[str, str]) -> str:
    """By what a field is known: its id, or its title if that says more. The editor makes up ids."""
    if id_.casefold() in table or guess(Field(id_, "")) != ANSWER:
        return id_
    is_telling = title.casefold() in table or guess(Field(title, "")) != ANSWER
    return title if is_telling else id_


def _typed(elements: Elements, names: Mapping[str, str], table: Mapping[str, str]) -> dict[str, str]:
    """What the types of the fields say, where the shop's table says nothing."""
    types = {names[id_].casefold(): TYPES.get(parts.get("type", "")) for id_, parts in elements.items()}
    return {name: ours for name, ours in types.items() if ours and ours not in table.values()}
