"""What senders of forms have in common at the door: their fields, and which submissions are the same."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from chalicelib.gate.form import Unparsable, form_pairs, json_value
from chalicelib.gate.multipart import parts
from chalicelib.gate.provider import Ticket
from chalicelib.gate.tickets import fingerprint, phone_group
from chalicelib.gate.webhook import Webhook, without_parameters

LARGEST_REMEMBERED = 16 * 1024
"""Bytes of a body. Its values may take forty times as much memory, and whoever sends it is not known yet."""

FORM_TYPE = "application/x-www-form-urlencoded"
MULTIPART_TYPE = "multipart/form-data"
JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain"

PHONE_NAMES = frozenset(
    {"phone", "phonenumber", "mobilephone", "mobile", "tel", "telephone", "telefon", "yourphone", "yourtel"}
    | {"телефон", "ваштелефон", "номертелефона", "вашномертелефона", "мобильныйтелефон"}
)
"""What forms call a phone, as :func:`plain_name` writes it."""

SAME_SUBMISSION_SECONDS = 600
LONGEST_ID = 200
LONGEST_LABEL = 200
DEEPEST = 10

_CHARSET = re.compile(r"charset=\"?(?:windows-1251|cp1251)\b", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_END_OF_LABEL = re.compile(r"=|:(?=\s|$)")
_NO_LETTER = re.compile(r"[\W\d_]+")


def fields_of(webhook: Webhook, undecodable: str = "strict") -> Mapping[str, object]:
    """The fields of a submission: texts from a form, any JSON values from a JSON object.

    A name that stands there several times has a list of its texts. A file is its name. A plain text is
    JSON if it begins like it, else lines such as ``Телефон: +7…`` or ``phone=+7…``.

    Args:
        webhook: as it came, or as the gate let it in. The encoding is UTF-8, or windows-1251 if the
            content type says so.
        undecodable: what to do with bytes that are in another encoding, as for ``bytes.decode``; it does
            not help JSON.

    Raises:
        Unparsable: ``wrong-content-type``, ``wrong-encoding``, ``broken-json``, ``broken-form``,
            ``too-many-fields`` or ``unexpected-content`` (JSON, but no object).
    """
    fields = _remembered if len(webhook.body) <= LARGEST_REMEMBERED else _fields
    return fields(webhook.body, webhook.headers.get("content-type", ""), undecodable)


def _fields(body: bytes, declared: str, undecodable: str) -> Mapping[str, object]:
    sent_as = _media_type(body, declared)
    encoding = "cp1251" if _CHARSET.search(declared) else "utf-8"
    try:
        if sent_as == JSON_TYPE:
            return _json_object(body, encoding)
        if sent_as == FORM_TYPE:
            return _gathered(_decoded(form_pairs(body), encoding, undecodable))
        if sent_as == MULTIPART_TYPE:
            found = parts(body, declared)
            pairs = [(part.name, part.content if part.filename is None else part.filename) for part in found]
            return _gathered(_decoded(pairs, encoding, undecodable))
        if sent_as == TEXT_TYPE:
            return _gathered(list(_labelled_lines(body.decode(encoding, undecodable))))
    except UnicodeDecodeError:
        raise Unparsable("wrong-encoding") from None
    raise Unparsable("wrong-content-type")


_remembered = lru_cache(maxsize=16)(_fields)
"""For a moment: token, id and phone are looked for one after the other. All get the same object."""


def _decoded(pairs: Iterable[tuple[bytes, bytes]], encoding: str, undecodable: str) -> list[tuple[str, str]]:
    return [
        (name.decode(encoding, undecodable), value.decode(encoding, undecodable)) for name, value in pairs
    ]


def media_type(webhook: Webhook) -> str:
    """How to read the body: what its sender declares, else what it looks like."""
    return _media_type(webhook.body, webhook.headers.get("content-type", ""))


def _media_type(body: bytes, header: str) -> str:
    declared = without_parameters(header)
    if declared == FORM_TYPE:
        return declared
    looks_like_json = body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    if declared.endswith(("/json", "+json", "/json-rpc", "/jsonrequest")):
        return JSON_TYPE
    if declared == TEXT_TYPE and looks_like_json:
        return JSON_TYPE
    return declared or (JSON_TYPE if looks_like_json else FORM_TYPE)


def flattened(fields: Mapping[str, object]) -> list[tuple[str, str]]:
    """Each field with its text, in their order.

    What is nested, in JSON or by PHP's brackets, gets a dotted name: ``contacts.phone``, ``answers.0.q``.
    The texts of a list are joined by commas. What is nested very deep stays JSON.
    """
    return [
        (_IN_BRACKETS.sub(_dotted, name).strip(".") if "[" in name else name.strip("."), text)
        for name, value in fields.items()
        # Most fields are a text: nothing to go through.
        for name, text in (((name, value),) if isinstance(value, str) else _flat(name, value, DEEPEST))
    ]


def unpacked(fields: Mapping[str, object]) -> dict[str, object]:
    """The same, but a text that is a JSON object or list is what it holds: some pack one into a field."""
    return {name: _unpacked(value) for name, value in fields.items()}


def plain_name(name: str) -> str:
    """A name by its letters alone: ``E-Mail`` is ``email``, ``tel-42`` is ``tel``."""
    return _NO_LETTER.sub("", name.casefold())


def meaning_of(name: str) -> tuple[str, ...]:
    """The parts of a flattened name that say something: ``phones.0.value`` is about ``phones``."""
    return tuple(part for part in map(plain_name, name.split(".")) if part not in {"", "value"})


def submission_id(
    fields: Mapping[str, object], received_at: datetime, id_names: Collection[str] = ()
) -> tuple[str, str]:
    """What tells this submission from others: the name of its id, or ``content``, and the id.

    Args:
        fields: as ``fields_of`` gives them.
        received_at: when it came.
        id_names: the flattened names of fields that hold an id, the best one first.
    """
    if id_names:
        # Of a name that stands there several times the first one counts.
        texts = dict(reversed(flattened(fields)))
        for name in id_names:
            if 0 < len(texts.get(name, "").strip()) <= LONGEST_ID:
                return name, texts[name].strip()
    return "content", _content_id(json.dumps(fields, sort_keys=True).encode(), received_at)


def submission_ticket(
    webhook: Webhook, id_names: Collection[str] = (), phone_names: Collection[str] = ()
) -> Ticket:
    """Tell submissions apart by an id, else by their content; the client's phone keeps their order.

    Args:
        webhook: an authentic one, without its secrets.
        id_names: as for ``submission_id``.
        phone_names: flattened names, in any case, of fields that hold the phone besides the usual ones.
    """
    try:
        fields = with_parameters(fields_of(webhook, "replace"), webhook)
        kind, value = submission_id(fields, webhook.received_at, id_names)
    except (Unparsable, RecursionError):
        return Ticket(f"content:{_content_id(webhook.body, webhook.received_at)}")
    return Ticket(f"{kind}:{value}", phone_group(*phones_of(fields, phone_names)))


def with_parameters(fields: Mapping[str, object], webhook: Webhook) -> dict[str, object]:
    """The fields, then the parameters of the URL: a shop writes there what the form does not tell.

    A URL may be decoded to half a surrogate pair. That is no text, and becomes a question mark.
    """
    pairs = {_whole(name): _whole(text) for name, text in webhook.query.items()}
    return {**fields, **{name: text for name, text in pairs.items() if name not in fields}}


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def phones_of(fields: Mapping[str, object], names: Collection[str] = ()) -> Iterator[str]:
    """What a client may have typed as the phone.

    Args:
        fields: as ``fields_of`` gives them.
        names: flattened names, in any case, of fields that hold it besides the usual ones.
    """
    named = {name.casefold() for name in names}
    for name, text in flattened(fields):
        if _means_phone(name[-LONGEST_LABEL:]) or (named and name.casefold() in named):
            yield text


@lru_cache(maxsize=256)
def _means_phone(name: str) -> bool:
    """Remembered, for a shop's forms have the same few fields again and again."""
    return not PHONE_NAMES.isdisjoint(meaning_of(name)[-1:])


def _content_id(content: bytes, received_at: datetime) -> str:
    # Without an id of the sender's, equal content is the same submission only for a short time: a client
    # who clicks twice, or a delivery that is repeated at once. The same form sent next month is a new
    # lead. A repeat that falls beyond the end of its ten minutes gets through as a second lead; the
    # playbook's rule for a repeated form is there for it.
    window = int(received_at.timestamp()) // SAME_SUBMISSION_SECONDS
    return fingerprint(content, str(window))


def _json_object(body: bytes, encoding: str) -> dict[str, object]:
    value = json_value(body if encoding == "utf-8" else body.decode(encoding).encode())
    if not isinstance(value, dict):
        raise Unparsable("unexpected-content")
    return value


def _labelled_lines(text: str) -> Iterator[tuple[str, str]]:
    """``label: text`` of each line; a line without a label belongs to the one before it."""
    label, lines = "text", list[str]()
    for line in text.splitlines():
        end = _END_OF_LABEL.search(line, 0, LONGEST_LABEL)
        new_label = line[: end.start()].strip() if end else ""
        if end is None or not new_label or "/" in new_label:  # such as an address with a query
            lines.append(line)
            continue
        if lines:
            yield label, "\n".join(lines)
        label, lines = new_label, [line[end.end() :].strip()]
    if lines:
        yield label, "\n".join(lines)


def _unpacked(value: object) -> object:
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json_value(value.encode())
    except Unparsable:
        return value


def _gathered(pairs: Sequence[tuple[str, str]]) -> dict[str, object]:
    """The texts by name; of a name that stands there several times a list."""
    single: dict[str, object] = dict(pairs)
    if len(single) == len(pairs):
        return single
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        texts.setdefault(name, []).append(text)
    return {name: found if len(found) > 1 else found[0] for name, found in texts.items()}


def _flat(name: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and depth:
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner, depth - 1)
    elif isinstance(value, list) and depth and any(isinstance(item, Mapping | list) for item in value):
        for number, item in enumerate(value):
            yield from _flat(f"{name}.{number}", item, depth - 1)
    elif isinstance(value, list) and depth:
        yield name, ", ".join(filter(None, map(_text, value)))
    else:
        yield name, _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _dotted(brackets: re.Match[str]) -> str:
    return f".{brackets[1]}"
