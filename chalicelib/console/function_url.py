"""The console on AWS: answers the events of the function's URL."""

from collections.abc import Callable, Mapping
from typing import Any

from apig_wsgi import make_lambda_handler

from chalicelib.bootstrap import Application
from chalicelib.console.wiring import console_of

Event = Mapping[str, Any]


class FunctionUrl:
    """The console of this process, put together anew once its secrets were rotated."""

    def __init__(self) -> None:
        """Put nothing together yet."""
        self._application: Application | None = None
        self._handler: Callable[[Any, Any], dict[str, Any]] = lambda _event, _context: {}

    def reply(self, application: Application, event: Event, context: object) -> dict[str, Any]:
        """What the function returns to its URL."""
        if application is not self._application:
            self._handler = make_lambda_handler(console_of(application))
            self._application = application
        return self._handler(event, context)


function_url = FunctionUrl()
