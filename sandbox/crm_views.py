"""What people see in the CRM at the address of one order or one client."""

from sandbox.documents import Document
from sandbox.page import View
from sandbox.retailcrm.books import Books
from sandbox.retailcrm.order_view import shown_order


def crm_view(books: Books, segments: tuple[str, ...]) -> View | None:
    """One order, or all of a client, with their tasks; None if there is no such page."""
    match segments:
        case ("orders", number, "edit") if number.isdecimal():
            shown = {order["id"] for order in books.orders.all() if order["id"] == int(number)}
        case ("customers", number, "edit") if number.isdecimal():
            shown = {order["id"] for order in books.orders.all() if order["customer"]["id"] == int(number)}
        case _:
            return None
    if not shown:
        return None
    orders = [on_page(books, order) for order in books.orders.newest_first() if order["id"] in shown]
    tasks = [task for task in books.tasks.newest_first() if task.get("order", {}).get("id") in shown]
    return View(
        orders=orders,
        tasks=tasks,
        counts={"orders": len(orders), "tasks": len(tasks)},
        users={user["id"]: f"{user['firstName']} {user['lastName']}" for user in books.users.all()},
        zone=books.zone,
    )


def on_page(books: Books, order: Document) -> Document:
    """An order with the names of what it has as codes; a code that is no more stands as it is."""
    status = books.dictionaries.entries("statuses").get(order["status"], {})
    method = books.dictionaries.entries("order-methods").get(order["orderMethod"], {})
    return {
        **shown_order(books, order),
        "files": books.file_names(order["id"]),
        "status_name": status.get("name", order["status"]),
        "status_group": status.get("group", ""),
        "method_name": method.get("name", order["orderMethod"]),
    }
