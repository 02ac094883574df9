"""What ``leadkeeper sources learn`` prints: a block for the shop file, phones and addresses masked."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.errors import Unreadable
from chalicelib.events import LeadSubmitted
from chalicelib.gate.webhook import Webhook
from chalicelib.logs import masked
from chalicelib.plain_text import printable
from chalicelib.providers.forms import ANSWER
from chalicelib.providers.generic.learning import Learnt
from chalicelib.providers.generic.read import ID, Settings, read

LONGEST_SHOWN = 60
SHOWN_DIGITS = 2
PERSONAL = frozenset({"phone", "name", "first_name", "last_name", "email", "cookies"})


def lines(sample: Webhook, fields: Sequence[Learnt], *, is_known: bool) -> Iterator[str]:
    """The lines of the block.

    Args:
        sample: what was learnt from.
        fields: what was learnt.
        is_known: True if the shop file has this source: then only the table of its fields is new.
    """
    yield from (f"# {line}" for line in _outcome(sample, fields))
    yield ""
    if not is_known:
        yield from _source(sample.source)
        yield ""
    yield f"[sources.{sample.source}.fields]  # the sender's name = ours; docs/forms.md has them all"
    shown = [(_entry(field), _example(field)) for field in fields]
    width = max((len(entry) for entry, _ in shown), default=0)
    yield from (f"{entry:{width}}  # {example}" for entry, example in shown)


def _outcome(sample: Webhook, fields: Sequence[Learnt]) -> Iterator[str]:
    """What the order would say."""
    table = {field.name: field.ours for field in fields if field.ours != ANSWER}
    settings = Settings(provider="generic", token="unused", fields=table)  # noqa: S106 -- nothing is proved here
    try:
        (lead,) = read(sample, settings, ZoneInfo("UTC")).events
    except Unreadable as error:
        yield f"Nothing of it can be read: {error}"
        return
    assert isinstance(lead, LeadSubmitted)  # noqa: S101 -- the reader gives no other event
    yield "With these settings the sample says:"
    for name in ("name", "phone_typed", "email", "number", "total", "form", "form_name", "landing_page"):
        if value := getattr(lead, name):
            text = _plain(value) if isinstance(value, Decimal) else value
            yield f"  {name:13} {_shown(text, is_personal=name in {'name', 'phone_typed', 'email'})}"
    for item in lead.items:
        yield _shown(
            f"  item          {item.name}: {_plain(item.quantity)} × {_plain(item.price)} {item.sku}"
        )
    if lead.attribution.source:
        yield _shown(f"  came from     {lead.attribution.source} {lead.attribution.campaign}")
    for label, text in lead.answers:
        yield _shown(f"  answer        {label}: {text}")
    if not lead.phone and not lead.email:
        yield "NO phone and no e-mail was found: correct the table below."
    if ID not in table.values():
        yield "No id was found: equal submissions within ten minutes count as one."


def _source(name: str) -> Iterator[str]:
    yield f"[sources.{name}]"
    yield 'provider = "generic"'
    yield f'token = "env:{name.upper().replace("-", "_")}_TOKEN"  # https://your-host/hooks/{name}/<token>'
    yield "# For a form on a page of your own, instead of the token:"
    yield "# public = true"
    yield '# origins = ["https://shop.ru"]'


def _entry(field: Learnt) -> str:
    # A basic string of TOML is one of JSON, but for a character that JSON leaves alone.
    name = json.dumps(field.name, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f'{"# " if field.ours == ANSWER else ""}{name} = "{field.ours}"'


def _example(field: Learnt) -> str:
    hint = "; differs each time?" if field.ours == ID else ""
    return _shown(field.text, is_personal=field.ours in PERSONAL) + hint


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _shown(text: str, *, is_personal: bool = False) -> str:
    """On one line, short, and without what leads to the client."""
    plain = masked(" ".join(printable(text).split(" ")).replace("\n", " "))
    if is_personal:
        plain = f"…{plain[-SHOWN_DIGITS:]}"
    return plain if len(plain) <= LONGEST_SHOWN else plain[:LONGEST_SHOWN] + "…"
