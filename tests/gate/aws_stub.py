"""A loopback stand-in for SQS and SSM that keeps what it was asked and can misbehave."""

import json
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

REGION = "eu-central-1"


@dataclass(frozen=True)
class Asked:
    """One request: its path, its headers by lower-case name, its raw body, and the client's port."""

    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def operation(self) -> str:
        return self.headers["x-amz-target"].partition(".")[2]

    @property
    def fields(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass(frozen=True)
class Answer:
    """How to answer once: ``content`` None means as AWS would."""

    status: int = 200
    content: bytes | None = None
    hang: bool = False
    close: bool = False

    @classmethod
    def error(cls, status: int, code: str, message: str = "") -> "Answer":
        return cls(status, json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": message}).encode())


class AwsStub:
    """The server's state. ``answers`` are used up one by one; then all goes well."""

    def __init__(self, *, keeps_alive: bool = True) -> None:
        self.keeps_alive = keeps_alive
        self.asked: list[Asked] = []
        self.answers: deque[Answer] = deque()
        self.parameters: dict[str, str] = {}
        self.url = ""
        self.released = threading.Event()

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [asked.fields for asked in self.asked if asked.operation == "SendMessage"]

    def content(self, asked: Asked) -> bytes:
        if asked.operation == "GetParameter":
            name = asked.fields["Name"]
            return json.dumps({"Parameter": {"Name": name, "Value": self.parameters[name]}}).encode()
        return json.dumps({"MessageId": f"message-{len(self.asked)}"}).encode()

    def environment(self) -> dict[str, str]:
        """As a function on AWS would have it, with this stub as AWS."""
        return {
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "very-secret-key",
            "AWS_SESSION_TOKEN": "very-secret-session-token",
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
        }


@contextmanager
def running_stub(*, keeps_alive: bool = True, certificate: Path | None = None) -> Iterator[AwsStub]:
    """Serve on a free port of this machine, with a certificate and its key over TLS."""
    stub = AwsStub(keeps_alive=keeps_alive)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stub))
    server.daemon_threads = True
    server.block_on_close = False
    stub.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield stub
    finally:
        stub.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def self_signed(path: Path) -> Path:
    """Write a certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stub")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
    return path


def _handler(stub: AwsStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            asked = Asked(self.path, headers, body, self.client_address[1])
            stub.asked.append(asked)
            answer = stub.answers.popleft() if stub.answers else Answer()
            if answer.hang:
                stub.released.wait(10)
                self.close_connection = True
                return
            content = stub.content(asked) if answer.content is None else answer.content
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(content)))
            if not stub.keeps_alive:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)
            # Without the header that would announce it, as by a time-out of the server.
            self.close_connection = answer.close or not stub.keeps_alive

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    return Handler
