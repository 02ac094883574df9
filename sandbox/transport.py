"""Serves an ``httpx.Client`` from a sandbox in the same process."""

import time
from collections.abc import Callable

import httpx

from sandbox.exchange import Request
from sandbox.world import Sandbox


class SandboxTransport(httpx.BaseTransport):
    """The pretend world for code under test: ``httpx.Client(transport=SandboxTransport(sandbox))``.

    Whatever the host of a URL, its path decides which service answers.
    """

    def __init__(self, sandbox: Sandbox, sleep: Callable[[float], None] = time.sleep) -> None:
        """Serve from this sandbox; ``sleep`` is called for the fault ``latency``."""
        self._sandbox = sandbox
        self._sleep = sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, or fail as the network would."""
        path, _, query = request.url.raw_path.decode("latin-1").partition("?")
        response = self._sandbox.handle(
            Request(
                method=request.method,
                path=path,
                query=query,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=request.read(),
            )
        )
        if response.refused:
            raise httpx.ConnectError("the sandbox refuses the connection", request=request)
        if response.hung:
            raise httpx.ReadTimeout("the sandbox does not answer", request=request)
        if response.delay:
            self._wait(request, response.delay)
        if response.dropped:
            raise httpx.ReadError("the sandbox dropped the answer", request=request)
        return httpx.Response(
            response.status, headers=dict(response.headers), content=response.body, request=request
        )

    def _wait(self, request: httpx.Request, delay: float) -> None:
        patience = request.extensions.get("timeout", {}).get("read")
        if patience is not None and delay > patience:
            self._sleep(patience)
            raise httpx.ReadTimeout("the sandbox answers too late", request=request)
        self._sleep(delay)
