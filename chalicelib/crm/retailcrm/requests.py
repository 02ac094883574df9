"""What we write to retailCRM: from our actions to its fields. Fields without a value are left out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.actions import AnnotateOrder, CompleteOrder, CreateOrder, CreateTask, LogCall
from chalicelib.crm.retailcrm.models import OrderAnswer
from chalicelib.events import Attribution, CallAnswered, LeadItem, OfferStock
from chalicelib.plain_text import printable

SIGNATURE = "Leadkeeper"
"""Stands before the marker, so that a manager knows what it is."""

DATE_TIME = "%Y-%m-%d %H:%M:%S"
TASK_TIME = "%Y-%m-%d %H:%M"
"""A task's due time has no seconds."""


def order(action: CreateOrder) -> dict[str, Any]:
    """A new order."""
    return _filled(
        {
            "externalId": action.external_id,
            "orderMethod": action.method,
            "status": action.status,
            "customer": {"id": action.customer_id} if action.customer_id else None,
            "managerId": action.manager_id,
            "firstName": action.name,
            "phone": action.phone,
            "email": action.email,
            "call": True if action.must_call else None,
            "items": [_item(item) for item in action.items],
            "discountManualAmount": _number(action.discount),
            "delivery": _delivery(action),
            "source": _filled(_source(action.attribution)),
            "customFields": _filled(dict(action.custom_fields)),
            "customerComment": action.customer_comment,
            "managerComment": action.manager_comment,
        }
    )


def completion(action: CompleteOrder, order: OrderAnswer) -> dict[str, Any]:
    """What a lead adds to an order. What is there stays: an item that is left out would be deleted."""
    kept = [{"id": item.id, "quantity": _number(item.quantity)} for item in order.items]
    items = [*kept, *(_item(item) for item in action.items)] if action.items else []
    source = _source(action.attribution)
    return _filled(
        {
            "firstName": "" if order.first_name else action.name,
            "email": "" if order.email else action.email,
            "items": items,
            "discountManualAmount": None if order.discount_manual_amount else _number(action.discount),
            "delivery": {} if order.delivery.address.text else _delivery(action),
            # All five fields or none: a campaign must not mix with the line of the call.
            "source": source if any(source.values()) else {},
            "customFields": _missing_fields(action, order),
            "customerComment": _joined(order.customer_comment, action.customer_comment),
            "managerComment": _joined(order.manager_comment, action.manager_comment),
        }
    )


def annotation(action: AnnotateOrder, order: OrderAnswer) -> dict[str, Any]:
    """What a note changes. A source that is no longer our guess is somebody's better knowledge."""
    is_guess = order.source.model_dump() == _source(action.guess)
    source = _source(action.attribution) if action.attribution is not None and is_guess else {}
    return _filled(
        {
            "phone": "" if order.phone else action.phone,
            "managerComment": _joined(order.manager_comment, action.note),
            "call": False if action.needs_no_call else None,
            "source": source,
            "customFields": _missing_fields(action, order),
        }
    )


def call(action: LogCall, site: str, zone: ZoneInfo) -> dict[str, Any]:
    """A line in the list of calls, on the account's clock."""
    told = action.call
    answered = told if isinstance(told, CallAnswered) else None
    waited = answered.answered_at - answered.called_at if answered and answered.answered_at else None
    return _filled(
        {
            "date": told.called_at.astimezone(zone).strftime(DATE_TIME),
            "type": "out" if answered and answered.direction == "outbound" else "in",
            "phone": action.phone,
            "userId": action.user_id,
            "code": answered.employee if answered and answered.employee.isdecimal() else "",
            "result": "answered" if answered else "no answer",
            "duration": _seconds(answered.talked if answered else None),
            "durationWaiting": _seconds(waited),
            "externalId": action.external_id,
            "recordUrl": action.recording_url,
            "externalPhone": told.line,
            "site": site,
            "source": _filled(_source(action.attribution)),
        }
    )


def telephony_module(code: str, extensions: Mapping[str, int], logo: str) -> dict[str, Any]:
    """An integration module that shows calls, and neither makes them nor tells of them while they last."""
    codes = [{"userId": user, "code": extension} for extension, user in extensions.items()]
    return _filled(
        {
            "code": code,
            "integrationCode": code,
            "name": SIGNATURE,
            "logo": logo,
            "clientId": code,
            "active": True,
            "integrations": {
                "telephony": {
                    "allowEdit": False,
                    "inputEventSupported": False,
                    "outputEventSupported": False,
                    "hangupEventSupported": False,
                    "additionalCodes": codes,
                }
            },
        }
    )


def task(action: CreateTask, marker: str, zone: ZoneInfo) -> dict[str, Any]:
    """A new task, due in the account's zone."""
    return _filled(
        {
            "text": action.text,
            "commentary": marked(action.commentary, marker),
            **due(action.due_at, zone),
            "performerId": action.performer_id,
            "order": {"id": action.order_id} if action.order_id else None,
            "phone": action.phone,
        }
    )


def due(moment: datetime | None, zone: ZoneInfo) -> dict[str, str]:
    """Until when a task should be done, on the account's clock; nothing for None."""
    return {} if moment is None else {"datetime": moment.astimezone(zone).strftime(TASK_TIME)}


def marked(commentary: str, marker: str) -> str:
    """A commentary that ends with the marker by which the task can be found again."""
    return f"{commentary}\n\n{SIGNATURE} {marker}"


def unmarked(commentary: str) -> str:
    """The commentary without the marker at its end."""
    text, signature, marker = commentary.rpartition(SIGNATURE)
    return text.rstrip() if signature and len(marker.split()) == 1 else commentary


def _item(item: LeadItem) -> dict[str, Any]:
    """Not tied to the catalogue: a page's article need not be the CRM's, and a wrong id is refused."""
    name = f"{item.name} ({item.sku})" if item.sku and item.sku not in item.name else item.name
    return {
        "productName": name,
        "quantity": _number(item.quantity),
        "initialPrice": _number(item.price) or 0,
    }


def _delivery(action: CreateOrder | CompleteOrder) -> dict[str, Any]:
    return _filled(
        {
            "cost": _number(action.delivery_cost),
            "address": {"text": action.delivery_address} if action.delivery_address else None,
        }
    )


def _missing_fields(action: CompleteOrder | AnnotateOrder, order: OrderAnswer) -> dict[str, Any]:
    """The shop's own fields that the order does not have yet."""
    return _filled({code: text for code, text in action.custom_fields if not order.custom_fields.get(code)})


def _source(attribution: Attribution) -> dict[str, str]:
    return {
        "source": attribution.source,
        "medium": attribution.medium,
        "campaign": attribution.campaign,
        "keyword": attribution.keyword,
        "content": attribution.content,
    }


def _joined(before: str, added: str) -> str:
    """A write replaces the whole comment, so what was there comes first."""
    return "\n\n".join(part for part in (before, added) if part) if added else ""


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else max(int(span.total_seconds()), 0)


def _number(value: Decimal) -> int | float | None:
    """JSON has no decimals; money has two places, which a float holds exactly enough. None for zero."""
    if not value:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty; texts without control characters, which a form may hold and a CRM refuses."""
    clean = {name: printable(value) if isinstance(value, str) else value for name, value in fields.items()}
    return {name: value for name, value in clean.items() if value not in (None, "", [], {})}


def stock(offer: OfferStock, offer_id: str) -> dict[str, Any]:
    """An offer's stock by store, with its sku as the CRM's id of this kind."""
    stores = [{"code": code, "available": _plain(available)} for code, available in offer.stores]
    return {offer_id: offer.sku, "stores": stores}


def _plain(number: float) -> float:
    """Without a point if it is whole."""
    return int(number) if number.is_integer() else number
