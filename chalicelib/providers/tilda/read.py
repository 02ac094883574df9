"""What a submission from a Tilda page says: a form or a cart.

Facts are from Tilda's help page "Webhook: приём данных из форм на свой скрипт" and, for the payment
block, from public integrations.
"""

import json
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from chalicelib.gate.submissions import fields_of, flattened
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.forms import DROPPED, Field, FormSettings, lead
from chalicelib.providers.origin import cookies_of
from chalicelib.providers.reading import Reading, unreadable_content
from chalicelib.providers.test_leads import MARK, TEST_LEAD, require_mark
from chalicelib.providers.tilda.gate import DEFAULT_TOKEN_PARAMETERS, submission_id
from chalicelib.providers.tilda.payment import Payment, payment_fields, read_payment

OWN_NAMES = {
    "name": "name",
    "phone": "phone",
    "email": "email",
    "formid": "form",
    "formname": "form_name",
    "referer": "landing_page",
    "cookies": "cookies",
    "tranid": DROPPED,
    "paymentsystem": DROPPED,
}
"""What Tilda's own fields are. Their case is not guaranteed."""

FIRST_VISIT_COOKIE = "TILDAUTM"
PAIR_SEPARATOR = "|||"


class Settings(FormSettings):
    """What a Tilda source can set.

    Attributes:
        token_parameters: names of parameters, in URL and body, that hold the token. They never reach
            storage, so no question of a form may have such a name.
    """

    token_parameters: tuple[str, ...] = DEFAULT_TOKEN_PARAMETERS


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a submission: one ``LeadSubmitted``, however little of it we understand; nothing of a test lead.

    Raises:
        Unreadable: ``wrong-content-type``, ``wrong-encoding``, ``broken-json``, ``too-many-fields``,
            ``unexpected-content``, ``empty`` or ``forged-test-lead``.
    """
    del zone  # Tilda sends no times
    with unreadable_content():
        sent = fields_of(webhook)
        kind, lead_id = submission_id(sent, webhook.received_at)
        if MARK in sent:
            require_mark(sent[MARK], lead_id, settings.tokens)
            return Reading(note=TEST_LEAD)
        payment, fields = _without_payment(sent)
    by_name = {field.name.lower(): field.text for field in reversed(fields)}
    event = lead(
        fields,
        # Two kinds of ids may be equal.
        lead_id=lead_id if kind == "tranid" else f"{kind}-{lead_id}",
        submitted_at=webhook.received_at,
        mapping={**OWN_NAMES, **settings.fields},
        places=[_first_visit(by_name.get("cookies", ""))],
        number=payment.orderid,
        items=tuple(product.item() for product in payment.products),
        total=payment.amount,
        is_paid=payment.is_paid,
        discount=payment.discount,
        delivery_name=payment.delivery,
        delivery_cost=payment.delivery_price,
        delivery_address=payment.delivery_address,
        payment=payment.description(by_name.get("paymentsystem", "")),
        promocode=payment.promocode,
    )
    return Reading((event,))


def _without_payment(sent: Mapping[str, object]) -> tuple[Payment, list[Field]]:
    """The payment block and the other fields. A broken block stays among them: the cart is not lost."""
    block = payment_fields(sent)
    others = {name: value for name, value in sent.items() if name not in block}
    fields = [Field(*field) for field in flattened(others)]
    try:
        payment = read_payment(block)
    except ValueError:
        return Payment(), [
            *fields,
            *(Field(name, _text(value), is_whole=True) for name, value in block.items()),
        ]
    return payment, [*fields, *(Field(*field) for field in flattened(payment.others))]


def _first_visit(cookies: str) -> dict[str, str]:
    """The query of the visitor's first page, which Tilda's script keeps in a cookie for 30 days.

    The pairs are joined by three bars. A value may hold a single one, as Yandex Direct fills in.
    """
    packed = cookies_of(cookies).get(FIRST_VISIT_COOKIE, "")
    parameters = (parameter.partition("=") for parameter in packed.split(PAIR_SEPARATOR))
    return {name.lower(): value for name, _, value in parameters}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
