"""Orders for the rules to look at."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from chalicelib.crm.port import Address, Order, OrderItem

TENT = OrderItem(name="Тент защитный 3×4 м", sku="tent-3x4", price=Decimal(4990))


def an_order(**fields: Any) -> Order:
    """An order that keeps every rule, but for what is told."""
    complete: dict[str, Any] = {
        "id": 7,
        "number": "7A",
        "status": "agreed",
        "is_open": True,
        "created_at": datetime(2026, 11, 20, 4, tzinfo=UTC),
        "first_name": "Анна",
        "phones": ("+7 916 123-45-67",),
        "email": "anna@example.com",
        "manager_id": 1,
        "delivery_code": "cdek",
        "address": Address(city="Томск", street="Ленина", building="1", text="Томск, Ленина, 1"),
        "items": (TENT,),
        "goods": Decimal(4990),
        "delivery_cost": Decimal(300),
        "total": Decimal(5290),
        "prepaid": Decimal(5290),
        "track_number": "10000000011",
        "status_comment": "Передумал",
        "custom_fields": {"color": "синий"},
    }
    return Order.model_validate({**complete, **fields})
