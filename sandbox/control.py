"""``/sandbox/…``: a look at the world, and its troubles, for whoever tries things out."""

import json
from collections.abc import Callable, Mapping
from typing import Protocol

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response
from sandbox.faults import Fault, read_fault
from sandbox.retailcrm.removing import Removal
from sandbox.routing import Route, Router, WrongMethod
from sandbox.settings import Settings

MOST_OFFERS = 100_000


class World(Protocol):
    """What can be controlled."""

    settings: Settings

    def state(self) -> Document:
        """Everything that was recorded."""
        ...

    def arrivals(self) -> list[Document]:
        """The orders with the precise time at which each was made."""
        ...

    def faults(self) -> list[Document]:
        """The trouble that is on."""
        ...

    def add_fault(self, fault: Fault) -> None:
        """Switch some trouble on."""
        ...

    def clear_faults(self) -> None:
        """Switch all trouble off."""
        ...

    def configure(self, values: Mapping[str, object]) -> None:
        """Change some settings."""
        ...

    def add_task_comment(self, task_id: int, creator: int, text: str) -> None:
        """Let a user comment on a task."""
        ...

    def remove_order(self, order_id: int, removal: Removal) -> None:
        """Let somebody delete an order, or merge it into another one."""
        ...

    def remove_task(self, task_id: int, removal: Removal) -> None:
        """Let somebody delete a task."""
        ...

    def requests_so_far(self) -> Mapping[str, int]:
        """How many requests came, by kind."""
        ...

    def stock_up(self, offers: int) -> None:
        """Let the CRM and the warehouse have so many offers, in each store some."""
        ...

    def reset(self) -> None:
        """Begin anew."""
        ...


Handler = Callable[[Request], object]


class Control:
    """Answers for the paths ``/sandbox/…``. They need no key: the sandbox listens on this machine only."""

    def __init__(self, world: World) -> None:
        """Control this world."""
        self._world = world
        self._router: Router[Handler] = Router(
            [
                Route("GET", "/sandbox/health", lambda _request: {"ok": True}),
                Route("GET", "/sandbox/state", lambda _request: world.state()),
                Route("GET", "/sandbox/arrivals", lambda _request: world.arrivals()),
                Route("GET", "/sandbox/faults", lambda _request: world.faults()),
                Route("POST", "/sandbox/faults", self._add_fault),
                Route("DELETE", "/sandbox/faults", self._clear_faults),
                Route("GET", "/sandbox/settings", lambda _request: world.settings.to_document()),
                Route("POST", "/sandbox/settings", self._configure),
                Route("GET", "/sandbox/requests", lambda _request: world.requests_so_far()),
                Route("POST", "/sandbox/stock", self._stock_up),
                Route("POST", "/sandbox/comments", self._comment),
                Route("POST", "/sandbox/removals", self._remove),
                Route("POST", "/sandbox/reset", self._reset),
            ]
        )

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        try:
            match = self._router.match(request.method, request.segments)
            if match is None:
                return json_response(404, {"error": "not found"})
            return json_response(200, match.route.handler(request))
        except WrongMethod:
            return json_response(405, {"error": "method not allowed"})
        except ValueError as error:
            return json_response(400, {"error": str(error)})

    def _add_fault(self, request: Request) -> object:
        self._world.add_fault(read_fault(_json_object(request)))
        return self._world.faults()

    def _clear_faults(self, request: Request) -> object:
        del request
        self._world.clear_faults()
        return self._world.faults()

    def _configure(self, request: Request) -> object:
        self._world.configure(_json_object(request))
        return self._world.settings.to_document()

    def _comment(self, request: Request) -> object:
        given = _json_object(request)
        task, creator, text = given.get("task"), given.get("creator"), given.get("text")
        if not isinstance(task, int) or not isinstance(creator, int) or not isinstance(text, str):
            raise ValueError("task and creator must be ids, text a string")  # noqa: TRY004 -- answered as 400
        self._world.add_task_comment(task, creator, text)
        return {"ok": True}

    def _remove(self, request: Request) -> object:
        given = _json_object(request)
        order, task, by, into = (given.get(name) for name in ("order", "task", "by", "into"))
        trace = given.get("trace", True)
        ids = (order, task, by, into)
        if not all(each is None or isinstance(each, int) for each in ids) or not isinstance(trace, bool):
            raise ValueError("order, task, by and into must be ids, trace true or false")
        removal = Removal(by=by, leaves_trace=trace, into=into)
        if isinstance(order, int):
            self._world.remove_order(order, removal)
        elif isinstance(task, int):
            self._world.remove_task(task, removal)
        else:
            raise ValueError("name an order or a task")  # noqa: TRY004 -- answered as 400
        return {"ok": True}

    def _stock_up(self, request: Request) -> object:
        offers = _json_object(request).get("offers")
        if not isinstance(offers, int) or not 0 <= offers <= MOST_OFFERS:
            raise ValueError(f"offers must be a number up to {MOST_OFFERS}")
        self._world.stock_up(offers)
        return {"ok": True}

    def _reset(self, request: Request) -> object:
        del request
        self._world.reset()
        return {"ok": True}


def _json_object(request: Request) -> Document:
    try:
        value = json.loads(request.body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ValueError("a JSON object is expected")  # noqa: TRY004 -- answered as 400
    return value
