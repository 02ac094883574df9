"""What senders of forms have in common for the reader: from a form's fields to a lead.

Each form has names of its own for its fields. A table of the shop's says what they mean; what is not in it
is guessed by its name; and what nobody can guess is an answer, with its label, in the order of the form.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

import pydantic
from pydantic import AfterValidator

from chalicelib.errors import Unreadable
from chalicelib.events import LeadSubmitted
from chalicelib.gate.form import MAX_FIELDS
from chalicelib.gate.form_provider import TOKEN_HEADERS
from chalicelib.gate.submissions import (
    PHONE_NAMES,
    flattened,
    meaning_of,
    plain_name,
    submission_id,
    with_parameters,
)
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.origin import CLICK_IDS, GOOGLE_COOKIE, PARAMETERS, YANDEX_COOKIE, origin
from chalicelib.providers.reading import Secrets, SourceSettings

LONGEST_ANSWER = 4000
"""Characters. A longer answer is cut: no manager reads on."""

LONGEST_NUMBER = 200

ANSWER = "answer"
DROPPED = ""

ORIGINS = frozenset({*PARAMETERS, *CLICK_IDS, YANDEX_COOKIE, GOOGLE_COOKIE})
"""Fields that tell where the client came from; they have the same names everywhere."""

ALIASES: Mapping[str, frozenset[str]] = {
    "phone": PHONE_NAMES,
    "name": frozenset(
        {"name", "yourname", "fullname", "fio", "imya", "имя", "вашеимя", "фио", "имяифамилия"}
    ),
    "first_name": frozenset({"firstname"}),
    "last_name": frozenset({"lastname", "surname", "фамилия", "вашафамилия"}),
    "email": frozenset({"email", "mail", "youremail", "emailaddress", "почта", "вашапочта"})
    | {"электроннаяпочта", "вашemail", "адресэлектроннойпочты"},
    "form": frozenset({"formid"}),
    "form_name": frozenset({"formname", "formtitle"}),
    "landing_page": frozenset(
        {"landingpage", "page", "pageurl", "pageaddress", "url", "href", "sourceurl"}
        | {"страница", "адресстраницы"}
    ),
    "referrer": frozenset({"referrer", "referer", "httpreferer", "httpreferrer"}),
    "cookies": frozenset({"cookies", "cookie"}),
    **{name: frozenset({plain_name(name)}) for name in ORIGINS},
}
"""What forms call the fields that have a place of their own, as ``plain_name`` writes it."""

OUR_NAMES = frozenset({*ALIASES, "number", "total", ANSWER, DROPPED})
"""What a table of the shop's can make of a field; nothing drops it."""

PERSONAL = frozenset({"name", "first_name", "last_name"})
WHERE_PERSONS_STAND = frozenset(
    {"contact", "contacts", "client", "customer", "user", "lead", "person"}
    | {"data", "fields", "payload", "params", "body"}
)
"""``client.name`` is a client's, ``product.name`` is not."""

_GUESSES = {alias: ours for ours, aliases in ALIASES.items() for alias in aliases}
_AMOUNT = re.compile(r"([0-9][0-9\s]{0,15})(?:[.,]([0-9]{1,2}))?\s?(?:₽|р\.?|руб\.?|rub)?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?:)?//[^\s]+", re.IGNORECASE)
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


class Field(NamedTuple):
    """One field of a form.

    Attributes:
        name: as its sender names it, with dots if it was nested.
        text: what the client filled in.
        label: the question for people; empty if only the name is known.
        is_whole: True if it must not be cut, however long.
    """

    name: str
    text: str
    label: str = ""
    is_whole: bool = False


def require_known(table: Mapping[str, str], our_names: frozenset[str]) -> None:
    """Look whether a table says only what we understand.

    Raises:
        ValueError: names the line, and what can stand there.
    """
    for name, ours in table.items():
        if ours not in our_names:
            known = ", ".join(sorted(our_names - {DROPPED}))
            raise ValueError(f"{name} = {ours!r}: write one of {known}, or nothing to drop the field")


def _known_names(table: dict[str, str]) -> dict[str, str]:
    require_known(table, OUR_NAMES)
    return {name.casefold(): ours for name, ours in table.items()}


FieldTable = Annotated[dict[str, str], AfterValidator(_known_names)]
"""The sender's name of a field, in any case, to ours; nothing drops it."""


class FormSettings(SourceSettings):
    """What each source of forms can set.

    Attributes:
        token: our own secret, by which we know the sender; a list while it is being replaced.
        fields: what the form's fields mean, where their names do not tell.
    """

    token: Secrets
    fields: FieldTable = pydantic.Field(default_factory=dict)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Each valid token, the newest first, as a rule."""
        return (self.token,) if isinstance(self.token, str) else self.token


class WebFormSettings(FormSettings):
    """What a source can set whose sender can be told to send a header.

    Attributes:
        token_header: the name of the header that holds the token, if it does not stand in the URL.
    """

    token_header: str = pydantic.Field(default=TOKEN_HEADERS[0], pattern="^[A-Za-z0-9-]+$")


def web_form(
    sent: Mapping[str, object], webhook: Webhook, settings: FormSettings, id_names: Collection[str] = ()
) -> LeadSubmitted:
    """The event of a form whose fields have no structure of their own.

    Args:
        sent: as ``fields_of`` gives them. Parameters of the URL count as further fields.
        webhook: in which they came.
        settings: the source's.
        id_names: as for ``submission_id``.

    Raises:
        Unreadable: ``empty`` or ``too-many-fields``.
    """
    fields = with_parameters(sent, webhook)
    kind, value = submission_id(fields, webhook.received_at, id_names)
    told = {kind} & {*id_names}
    return lead(
        [Field(name, text) for name, text in flattened(fields) if name not in told],
        lead_id=f"{kind}-{value}",
        submitted_at=webhook.received_at,
        mapping=settings.fields,
    )


def lead(
    fields: Iterable[Field],
    *,
    lead_id: str,
    submitted_at: datetime,
    form: str = "",
    form_name: str = "",
    mapping: Mapping[str, str] = MappingProxyType({}),
    places: Iterable[Mapping[str, str]] = (),
    **known: Any,  # noqa: ANN401 -- whatever fields the event has
) -> LeadSubmitted:
    """Make the event of a form's fields. Nothing of them is lost but what the shop drops.

    Args:
        fields: in the form's order.
        lead_id: the sender's id of the submission.
        submitted_at: when it was sent.
        form: what tells forms apart; a field may tell it, too. Without any it is the form's name.
        form_name: the form's name for people; likewise.
        mapping: a ``FieldTable``; it wins over each guess.
        places: where parameters of the advertisement may stand besides, by lower-case name.
        known: other fields of the event, such as ``items``; they win over what the fields say.

    Raises:
        Unreadable: ``empty``: it says nothing of a client and nothing else; ``too-many-fields``: no person
            filled it in, and no order could hold it.
    """
    fields = tuple(fields)
    if max(len(fields), len(known.get("items", ()))) > MAX_FIELDS:
        raise Unreadable("too-many-fields")
    own, answers = _sorted(fields, mapping)
    came_from = origin(
        [{name: own[name] for name in ORIGINS & own.keys()}, *places],
        landing_page=own.get("landing_page", ""),
        referrer=own.get("referrer", ""),
        cookies=own.get("cookies", ""),
    )
    found = {
        "form": form or own.get("form") or form_name or own.get("form_name", ""),
        "form_name": form_name or own.get("form_name", ""),
        "name": _full_name(own),
        "phone": normalise(own.get("phone", ""), typed=True),
        "phone_typed": own.get("phone", ""),
        "email": own.get("email", ""),
        "number": own.get("number", ""),
        "total": amount(own.get("total", "")),
        "answers": answers,
        **came_from._asdict(),
        **known,
    }
    event = LeadSubmitted(lead_id=lead_id, submitted_at=submitted_at, **found)
    if not (event.name or event.phone_typed or event.email or event.number or event.items or event.answers):
        raise Unreadable("empty")
    return event


def _sorted(
    fields: Iterable[Field], mapping: Mapping[str, str]
) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """What has a place of its own in the event, and the answers.

    Of two fields for one place the second one is an answer.
    """
    filled = [field for field in fields if field.text.strip()]
    mapped = {ours for field in filled if (ours := mapping.get(field.name.casefold()))}
    own: dict[str, str] = {}
    answers = []
    for field in filled:
        ours = mapping.get(field.name.casefold())
        if ours is None:
            ours = guess(field)
            ours = ANSWER if ours in mapped or not _is_plausible(ours, field.text) else ours
        if ours == DROPPED:
            continue
        if ours == ANSWER or ours in own or not fits(ours, field.text):
            answers.append((field.label or label(field.name), _shortened(field)))
        else:
            own[ours] = field.text
    return own, tuple(answers)


def guess(field: Field) -> str:
    """Our name for a field, by the last parts of its own; ``answer`` if it says nothing to us."""
    parent, last = ("", "", *meaning_of(field.name))[-2:]
    ours = _GUESSES.get(parent + last) or _GUESSES.get(last, ANSWER)
    is_persons = not parent or parent in WHERE_PERSONS_STAND
    return ANSWER if ours in PERSONAL and not is_persons else ours


def _is_plausible(guessed: str, text: str) -> bool:
    """Whether a text can be what its field's name says. Who asks for ``Почта`` may mean parcels."""
    if guessed == "email":
        return "@" in text
    return guessed not in {"landing_page", "referrer"} or _ADDRESS.fullmatch(text.strip()) is not None


def fits(ours: str, text: str) -> bool:
    """Whether the event can hold a text in this place."""
    if ours == "number":
        return len(text) <= LONGEST_NUMBER
    return ours != "total" or amount(text) is not None


def _full_name(own: Mapping[str, str]) -> str:
    """The name in one text. What a form calls ``Имя`` is the first name if it asks for ``Фамилия``, too."""
    name = own.get("name", "")
    for part in (own.get("first_name", ""), own.get("last_name", "")):
        if part.casefold() not in name.casefold():
            name = f"{name} {part}".strip()
    return name


def amount(text: str) -> Decimal | None:
    """``1 800,50 ₽``, as Russians write it; None if it is no sum."""
    written = _AMOUNT.fullmatch(text.strip())
    return Decimal("".join(written[1].split()) + "." + (written[2] or "0")) if written else None


def label(name: str) -> str:
    """A question as it was asked: page builders turn each space and mark of a Cyrillic one into ``_``."""
    return " ".join(name.replace("_", " ").split()) if _CYRILLIC.search(name) else name


def _shortened(field: Field) -> str:
    is_short = field.is_whole or len(field.text) <= LONGEST_ANSWER
    return field.text if is_short else field.text[:LONGEST_ANSWER] + "…"
