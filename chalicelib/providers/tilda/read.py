"""What a submission from a Tilda page says: a form or a cart.

Facts are from Tilda's help page "Webhook: приём данных из форм на свой скрипт" and, for the payment
block, from public integrations.
"""

import json
import re
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from chalicelib.errors import Unreadable
from chalicelib.events import LeadSubmitted
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.reading import Reading, Secrets, SourceSettings, unreadable_content
from chalicelib.providers.test_leads import MARK, TEST_LEAD, require_mark
from chalicelib.providers.tilda.attribution import PARAMETERS, attribution
from chalicelib.providers.tilda.gate import DEFAULT_TOKEN_PARAMETERS, read_fields, submission_id
from chalicelib.providers.tilda.payment import Payment, payment_fields, read_payment

LONGEST_ANSWER = 4000
"""Characters. A longer answer is cut: no manager reads on. A broken payment block is never cut."""

CONTENT = frozenset({"name", "phone", "email"})
"""Fields that make a submission worth a person's look even if it has no answers and no cart."""

OWN_PLACE = frozenset(
    {"name", "phone", "email", "tranid", "formid", "formname", "cookies", "referer", "paymentsystem"}
).union(PARAMETERS)
"""Fields, in lower case, that have a place of their own in the event. Any other is an answer."""

_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


class Settings(SourceSettings):
    """What a Tilda source can set.

    Attributes:
        token: our own secret, in the URL or sent as "API key"; a list while it is being replaced.
        token_parameters: names of parameters, in URL and body, that hold the token. They never reach
            storage, so no question of a form may have such a name.
    """

    token: Secrets
    token_parameters: tuple[str, ...] = DEFAULT_TOKEN_PARAMETERS

    @property
    def tokens(self) -> tuple[str, ...]:
        """Each valid token, the newest first, as a rule."""
        return (self.token,) if isinstance(self.token, str) else self.token


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a submission: one ``LeadSubmitted``, however little of it we understand; nothing of a test lead.

    Raises:
        Unreadable: ``wrong-content-type``, ``wrong-encoding``, ``broken-json``, ``too-many-fields``,
            ``unexpected-content``, ``empty`` or ``forged-test-lead``.
    """
    del zone  # Tilda sends no times
    with unreadable_content():
        fields = read_fields(webhook)
        kind, lead_id = submission_id(fields, webhook.received_at)
        if MARK in fields:
            require_mark(fields[MARK], lead_id, settings.tokens)
            return Reading(note=TEST_LEAD)
        payment, others = _without_payment(fields)
        texts = [(name, _text(value)) for name, value in [*others, *payment.others.items()]]
    own, answers = _sorted(texts)
    if not (answers or payment.products or own.keys() & CONTENT):
        raise Unreadable("empty")
    lead = LeadSubmitted(
        # Two kinds of ids may be equal.
        lead_id=lead_id if kind == "tranid" else f"{kind}-{lead_id}",
        form=own.get("formid", ""),
        form_name=own.get("formname", ""),
        name=own.get("name", ""),
        phone=normalise(own.get("phone", ""), typed=True),
        phone_typed=own.get("phone", ""),
        email=own.get("email", ""),
        number=payment.orderid,
        items=tuple(product.item() for product in payment.products),
        total=payment.amount,
        is_paid=payment.is_paid,
        discount=payment.discount,
        delivery_name=payment.delivery,
        delivery_cost=payment.delivery_price,
        delivery_address=payment.delivery_address,
        payment=payment.description(own.get("paymentsystem", "")),
        promocode=payment.promocode,
        answers=(*answers, *_page(own)),
        attribution=attribution(own),
        submitted_at=webhook.received_at,
    )
    return Reading((lead,))


def _without_payment(fields: Mapping[str, object]) -> tuple[Payment, list[tuple[str, object]]]:
    """The payment block and the other fields. A broken block stays among them: the lead is not lost."""
    block = payment_fields(fields)
    try:
        payment = read_payment(block)
    except ValueError:
        return Payment(), [*fields.items()]
    return payment, [(name, value) for name, value in fields.items() if name not in block]


def _sorted(texts: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """What has a place of its own in the event, by lower-case name, and the answers with their labels.

    Tilda does not guarantee the case of ``Name``, ``Phone`` and ``Email``. If a form has both ``Phone``
    and ``phone``, the second one is an answer.
    """
    own: dict[str, str] = {}
    answers = []
    for name, text in texts:
        if not text.strip():
            continue
        if name.lower() in OWN_PLACE and name.lower() not in own:
            own[name.lower()] = text
        else:
            answers.append((_label(name), _shortened(name, text)))
    return own, answers


def _page(own: Mapping[str, str]) -> list[tuple[str, str]]:
    """The address of the page as an answer, unless it is already told by the attribution."""
    address = own.get("referer", "")
    is_told = attribution(own) != attribution({**own, "referer": ""})
    return [] if is_told or not address else [("referer", _shortened("referer", address))]


def _label(name: str) -> str:
    """A question as it was asked: Tilda turns each space and mark of a Cyrillic one into ``_``."""
    return " ".join(name.replace("_", " ").split()) if _CYRILLIC.search(name) else name


def _shortened(name: str, text: str) -> str:
    is_whole = len(text) <= LONGEST_ANSWER or name.startswith("payment")
    return text if is_whole else text[:LONGEST_ANSWER] + "…"


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
