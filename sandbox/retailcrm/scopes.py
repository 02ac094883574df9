"""What a key needs for a method. The pairing follows the names, where nothing else is known (unverified)."""

from sandbox.retailcrm.call import CrmRoute

_AREAS = {
    "orders": "order",
    "customers": "customer",
    "tasks": "task",
    "users": "user",
    "user-groups": "user",
    "reference": "reference",
    "store": "store",
    "telephony": "telephony",
    "integration-modules": "integration",
    "files": "file",
    "custom-fields": "custom_fields",
}


def scope_of(route: CrmRoute) -> str:
    """The scope for a path below the version; empty if each key may ask."""
    area = next((_AREAS[part] for part in route.template.split("/") if part in _AREAS), "")
    right = "read" if route.method == "GET" else "write"
    return f"{area}_{right}" if area else ""
