"""The pretend CRM: who may ask, how often, and who answers."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sandbox.documents import Document
from sandbox.exchange import Request, Response, html_response
from sandbox.parameters import Node
from sandbox.retailcrm import demo
from sandbox.retailcrm.account import Account
from sandbox.retailcrm.books import Books
from sandbox.retailcrm.call import KEY, USER_KEY, Call, CrmRoute, Handler, horizon
from sandbox.retailcrm.custom_fields import CustomFields
from sandbox.retailcrm.customer_writer import CustomerWriter
from sandbox.retailcrm.customers import Customers
from sandbox.retailcrm.errors import CrmError
from sandbox.retailcrm.files import Files
from sandbox.retailcrm.order_view import shown_order
from sandbox.retailcrm.order_writer import OrderWriter
from sandbox.retailcrm.orders import Orders
from sandbox.retailcrm.payments import Payments
from sandbox.retailcrm.references import References
from sandbox.retailcrm.scopes import scope_of
from sandbox.retailcrm.stock import Stock
from sandbox.retailcrm.tasks import Tasks
from sandbox.retailcrm.telephony import Telephony
from sandbox.retailcrm.users import Users
from sandbox.routing import Match, Router, WrongMethod
from sandbox.settings import Settings
from sandbox.storage import Store

INSPECTOR_KEY = "inspector"
VERSION = "/api/v5"
WINDOW = timedelta(seconds=1)
BUSY_PAGE = "<html><head><title>503 Service Temporarily Unavailable</title></head><body>…</body></html>"


class Crm:
    """Answers for everything under ``/api``.

    Attributes:
        books: everything that it keeps.
        tasks: the task methods; users' comments are added here.
    """

    def __init__(self, settings: Callable[[], Settings], store: Store | None, now: datetime) -> None:
        """Open the books; empty ones get the demo shop."""
        self.books = Books(store, lambda: settings().new_account)
        self._settings = settings
        self._hits: dict[bool, deque[datetime]] = {True: deque(), False: deque()}
        customer_writer = CustomerWriter(self.books, lambda: settings().joins_customers)
        order_writer = OrderWriter(self.books, customer_writer)
        self.tasks = Tasks(self.books)
        self._customers = Customers(self.books, customer_writer)
        account = Account(self.books, settings)
        versioned = [
            *Orders(self.books, order_writer).routes(),
            *Payments(self.books, order_writer).routes(),
            *self._customers.routes(),
            *self.tasks.routes(),
            *Users(self.books).routes(),
            *Telephony(self.books).routes(),
            *Stock(self.books).routes(),
            *Files(self.books).routes(),
            *account.routes(),
            *References(self.books).routes(),
            *CustomFields(self.books).routes(),
        ]
        self._router = Router(
            [replace(route, template=VERSION + route.template) for route in versioned]
            + [replace(route, template="/api" + route.template) for route in account.unversioned_routes()]
        )
        if not len(self.books.users):
            demo.fill(self.books, order_writer, now)

    def template(self, request: Request) -> str:
        """The path with ``{id}`` for what varies, for counters."""
        try:
            match = self._router.match(request.method, request.segments)
        except WrongMethod:
            match = None
        return match.route.template if match else request.path

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        try:
            match = self._match(request)
            parameters: Node = {**request.query_parameters, **request.form}
            key = _key(request, parameters)
            if key == KEY and self._too_fast(request, now):
                return html_response(503, BUSY_PAGE)
            self._require_scope(key, match.route)
            lag = self._settings().search_lag if key == KEY else 0.0
            call = Call(parameters, match.values, now, key, horizon(now, lag), request.body)
            return match.route.handler(call)
        except CrmError as error:
            return error.to_response()

    def arrivals(self) -> list[Document]:
        """Which orders were made when, to the microsecond, oldest first. The API knows seconds only."""
        orders = self.books.orders
        return [
            {
                "externalId": order.get("externalId"),
                "phone": order.get("phone"),
                "at": orders.made_at(order["id"]).isoformat(timespec="microseconds"),
            }
            for order in orders.all()
        ]

    def state(self) -> Document:
        """Everything that is kept, as the API shows it, oldest first."""
        books = self.books
        return {
            "orders": [shown_order(books, order, payments_by_id=False) for order in books.orders.all()],
            "customers": [self._customers.shown(customer) for customer in books.customers.all()],
            "tasks": list(books.tasks.all()),
            "comments": list(books.comments.all()),
            "notes": list(books.notes.all()),
            "offers": list(books.offers.all()),
            "files": list(books.files.all()),
            "calls": list(books.calls.all()),
            "call_events": list(books.call_events.all()),
            "modules": list(books.modules.all()),
            "dictionaries": books.dictionaries.changes(),
            "notifications": list(books.notifications.all()),
        }

    def _match(self, request: Request) -> Match[Handler]:
        try:
            match = self._router.match(request.method, request.segments)
        except WrongMethod:
            raise CrmError(405, "Method Not Allowed") from None
        if match is None:
            raise CrmError(404, "API method not found")
        return match

    def _require_scope(self, key: str, route: CrmRoute) -> None:
        if key == KEY and scope_of(route) in self._settings().missing_scopes:
            raise CrmError(403, "Access denied.")

    def _too_fast(self, request: Request, now: datetime) -> bool:
        """Whether the key has used up its last second. What is refused does not count."""
        settings = self._settings()
        if settings.rate_limit is None:
            return False
        telephony = request.path.startswith(f"{VERSION}/telephony")
        hits = self._hits[telephony]
        while hits and hits[0] <= now - WINDOW:
            hits.popleft()
        if len(hits) >= (settings.telephony_rate_limit if telephony else settings.rate_limit):
            return True
        hits.append(now)
        return False


def _key(request: Request, parameters: Node) -> str:
    key = request.headers.get("x-api-key") or parameters.get("apiKey")
    if not key:
        raise CrmError(403, '"apiKey" is missing.')
    is_user = str(key).removeprefix(USER_KEY).isdecimal()
    if key not in {KEY, INSPECTOR_KEY} and not is_user:
        raise CrmError(403, 'Wrong "apiKey" value.')
    return str(key)
