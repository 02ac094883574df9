"""The whole program as it runs on one machine, in this process, on a port of its own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from chalicelib import bootstrap
from chalicelib.engine.port import Engine
from chalicelib.gate import wiring
from chalicelib.gate.envelope import Envelope
from standalone.serve import Standalone

ENVIRONMENT = (
    "AWS_CHALICE_CLI_MODE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "DATA",
    "HOST",
    "LEADKEEPER_MODE",
    "LEADKEEPER_SHOP",
    "LEADKEEPER_TABLE",
    "LEADKEEPER_WORK_QUEUE_URL",
    "PORT",
    "RETAILCRM_API_KEY",
    "RETAILCRM_URL",
    "SANDBOX_PORT",
)
PATIENCE_SECONDS = 20


def forget() -> None:
    """The next use of the application wires a new one."""
    bootstrap.one_machine.cache_clear()
    wiring.gate.cache_clear()


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


class Host:
    """A running host. Its workers rest, so that what came in can be looked at."""

    def __init__(self, standalone: Standalone, port: int) -> None:
        self.standalone = standalone
        self.port = port
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE_SECONDS
        )

    @property
    def engine(self) -> Engine:
        return bootstrap.application().engine

    def post(self, path: str, body: bytes, content_type: str = "application/x-www-form-urlencoded") -> int:
        return self.http.post(path, content=body, headers={"content-type": content_type}).status_code

    def received(self) -> list[Envelope]:
        """What waits in the queue for the workers."""
        envelopes = []
        while (message := self.engine.work.receive()) is not None:
            envelopes.append(message.envelope)
            self.engine.work.done(message.receipt)
        return envelopes

    def raw(self, request: bytes, patience_seconds: float = PATIENCE_SECONDS) -> bytes:
        """What a sender gets who writes these very bytes."""
        with socket.create_connection(("127.0.0.1", self.port), patience_seconds) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer


@contextmanager
def running() -> Iterator[Host]:
    """Serve while it is used."""
    standalone = Standalone()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(standalone.http, access_log=False, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        assert server.listens.wait(PATIENCE_SECONDS)
        host = Host(standalone, listener.getsockname()[1])
        try:
            yield host
        finally:
            host.http.close()
            server.should_exit = True
            thread.join()
            standalone.close()
            forget()
