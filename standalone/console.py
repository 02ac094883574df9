"""The console on one machine: a WSGI application behind the server that takes the webhooks.

Only a shop with a console loads this: it brings Flask.
"""

import os
import string
from typing import Any, cast
from urllib.parse import quote

from a2wsgi import WSGIMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from chalicelib.bootstrap import Application
from chalicelib.console.app import MAX_FORM_BYTES
from chalicelib.console.wiring import console_of
from standalone.http import Asgi, Receive, Scope, Send, read_body

THREADS = 4
"""Pages that are made at once. Webhooks need none of them, and go on whatever the pages do."""


class ConsoleHost:
    """The ASGI application of the console."""

    def __init__(self, application: Application) -> None:
        """Serve the console of this shop."""
        # The library describes scopes and messages closer than ASGI's own words, which a server keeps to.
        pages: Any = console_of(application)
        behind_proxy: Any = WSGIMiddleware(pages, workers=THREADS)
        trusted = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
        self._pages: Asgi = cast("Asgi", ProxyHeadersMiddleware(behind_proxy, trusted_hosts=trusted))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # A form is taken in as a whole first: who sends theirs slowly must hold up no thread.
        body = await read_body(receive, MAX_FORM_BYTES)
        if body is None:
            return

        async def whole() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        # The library takes nothing but ASCII there, and a server hands over whatever was sent.
        query = quote(scope["query_string"], safe=string.punctuation).encode()
        await self._pages({**scope, "query_string": query}, whole, send)
