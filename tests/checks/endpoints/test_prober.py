"""The prober over real connections on loopback."""

import asyncio
import socket
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.checks.endpoints.addresses import is_public
from chalicelib.checks.endpoints.answers import Answer, Problem, Request
from chalicelib.checks.endpoints.prober import LARGEST_BODY, MOST_AT_ONCE, Prober
from chalicelib.checks.endpoints.statuses import Statuses

from .server import Server, redirect, response, serving

SHORT = timedelta(milliseconds=300)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def ask(request: Request, prober: Prober | None = None) -> Answer | Problem | None:
    [answer] = (prober or Prober()).ask([request])
    return answer


def right(answer: Answer | Problem | None) -> Answer:
    assert isinstance(answer, Answer), answer
    return answer


def test_it_brings_status_body_and_time(server: Server) -> None:
    server.replies["/health"] = response(b"all is well", "503 Service Unavailable")
    answer = right(ask(Request(server.url("/health"), "POST", {"Authorization": "secret"})))
    assert (answer.status, answer.body) == (503, b"all is well")
    assert timedelta() < answer.took < timedelta(seconds=5)
    assert answer.certificate_ends_at is None
    [head] = server.requests
    assert head.startswith("POST /health ")
    assert "authorization: secret" in head.lower()
    assert "user-agent: leadkeeper/" in head.lower()


def test_who_hangs_holds_nobody_else_up(server: Server) -> None:
    server.replies = {"/hangs": None, "/well": response()}
    requests = [Request(server.url("/hangs"), timeout=SHORT), *[Request(server.url("/well"))] * 20]
    hanging, *others = Prober().ask(requests)
    assert hanging == Problem("timeout", "0.3")
    assert [right(answer).status for answer in others] == [200] * 20


def test_a_body_that_trickles_without_end_is_a_time_out(server: Server) -> None:
    server.replies["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegins"
    server.replies["/ends"] = response()
    answer = ask(Request(server.url("/"), timeout=SHORT))
    assert isinstance(answer, Problem)
    assert answer.reason in {"timeout", "unreachable"}


class Crowded(httpx.AsyncBaseTransport):
    """Counts on our side of the connections: a server hears of a closed one only when it gets to it."""

    def __init__(self) -> None:
        self.now_asked = 0
        self.most_asked = 0

    async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
        self.now_asked += 1
        self.most_asked = max(self.most_asked, self.now_asked)
        for _turn_of_the_others in range(10):
            await asyncio.sleep(0)
        self.now_asked -= 1
        return httpx.Response(200, stream=httpx.ByteStream(b"ok"))


def test_no_more_are_asked_at_once_than_a_process_may_have_open() -> None:
    crowded = Crowded()
    requests = [Request("https://site.example/")] * (MOST_AT_ONCE + 50)
    answers = Prober(crowded).ask(requests)
    assert [right(answer).status for answer in answers] == [200] * len(requests)
    assert crowded.most_asked == MOST_AT_ONCE


def test_the_round_ends_even_if_it_did_not_suffice(server: Server) -> None:
    server.replies["/hangs"] = None
    prober = Prober(round_time=timedelta(milliseconds=200))
    requests = [Request(server.url("/hangs"))] * (MOST_AT_ONCE + 1)
    assert prober.ask(requests) == [None] * len(requests)


def test_only_the_beginning_of_a_body_is_read(server: Server) -> None:
    # Who reads on finds the connection broken.
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {10 * LARGEST_BODY}\r\n\r\n".encode()
    server.replies["/"] = head + b"x" * (LARGEST_BODY + 1)
    assert len(right(ask(Request(server.url()))).body) == LARGEST_BODY


def test_a_closed_port_is_no_connection() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    answer = ask(Request(f"http://127.0.0.1:{port}/"))
    assert answer == Problem("unreachable", "Connection refused")


@pytest.mark.parametrize(
    "reply",
    [b"", b"\x00\xff\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", redirect("http://[")],
)
def test_nonsense_is_trouble_and_no_crash(server: Server, reply: bytes) -> None:
    server.replies["/"] = reply
    answer = ask(Request(server.url()))
    assert isinstance(answer, Problem)
    assert answer.reason == "unreachable"
    assert answer.found


def test_no_cookies_are_kept(server: Server) -> None:
    server.replies = {
        "/a": response(b"", "302 Found", Set_Cookie="session=1; Path=/", Location="/b"),
        "/b": response(),
    }
    ask(Request(server.url("/a")))
    assert len(server.requests) == 2
    assert "cookie" not in "".join(server.requests).lower()


# Redirects


async def somewhere_public(_host: str, _port: int) -> Sequence[str]:
    return ["93.184.216.34"]


async def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def both(_host: str, _port: int) -> Sequence[str]:
    return ["93.184.216.34", "10.0.0.1"]


def test_redirects_on_the_same_host_are_followed(server: Server) -> None:
    server.replies = {"/old": redirect("/new"), "/new": response(b"here")}
    answer = right(ask(Request(server.url("/old"), headers={"X-Api-Key": "secret"})))
    assert (answer.status, answer.body) == (200, b"here")
    assert all("secret" in head for head in server.requests)


def test_an_expected_redirect_is_not_followed(server: Server) -> None:
    server.replies = {"/old": redirect("/new"), "/new": response()}
    answer = right(ask(Request(server.url("/old"), final=Statuses(((302, 302),)))))
    assert answer.status == 302
    assert len(server.requests) == 1


def test_redirects_without_end_are_given_up(server: Server) -> None:
    server.replies["/"] = redirect("/")
    assert ask(Request(server.url())) == Problem("too-many-redirects", "5")


@pytest.mark.parametrize("resolve", [here, both])
def test_a_redirect_to_a_private_address_is_refused(server: Server, resolve: object) -> None:
    server.replies = {"/": redirect(server.url("/admin", "inside.example")), "/admin": response()}
    answer = ask(Request(server.url()), Prober(resolve=resolve))  # type: ignore[arg-type]  # one of two functions
    assert answer == Problem("redirect-refused", "inside.example")
    assert len(server.requests) == 1


@pytest.mark.parametrize("host", ["169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0"])  # noqa: S104 -- it must be refused
def test_private_addresses_are_known_in_each_way_of_writing(server: Server, host: str) -> None:
    server.replies = {"/": redirect(f"http://{host}:{server.port}/admin"), "/admin": response()}
    answer = ask(Request(server.url()))
    assert isinstance(answer, Problem)
    assert answer.reason == "redirect-refused"


def test_it_is_followed_where_the_shop_allows_it_but_without_the_shops_secrets(server: Server) -> None:
    server.replies = {"/": redirect(server.url("/inside", "localhost")), "/inside": response(b"in")}
    request = Request(server.url(), headers={"Authorization": "secret"}, allow_private=True)
    assert right(ask(request)).body == b"in"
    assert "secret" in server.requests[0]
    assert "secret" not in server.requests[1]


def test_it_connects_to_the_very_address_that_was_looked_at(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "chalicelib.checks.endpoints.prober.is_public", lambda address: address == "127.0.0.1"
    )
    server.replies = {"/": redirect(server.url("/new?a=1", "elsewhere.example"), "307 Temporary Redirect")}
    server.replies["/new?a=1"] = redirect("/last")
    server.replies["/last"] = response(b"last")
    answer = right(ask(Request(server.url(), "POST"), Prober(resolve=here)))
    assert answer.body == b"last"
    assert [head.split("\r\n")[0] for head in server.requests] == [
        "POST / HTTP/1.1",
        "POST /new?a=1 HTTP/1.1",
        "GET /last HTTP/1.1",
    ]
    assert all(f"host: elsewhere.example:{server.port}" in head.lower() for head in server.requests[1:])


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 -- it must be refused
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:0a00:0001::", False),
        ("64:ff9b::a00:1", False),
    ],
)
def test_which_addresses_are_public(address: str, *, expected: bool) -> None:
    assert is_public(address) is expected


# TLS


ENDS_AT = datetime(2040, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(ENDS_AT)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Server(context) as server:
        server.replies["/"] = response()
        yield server


def test_the_certificates_end_is_read_from_the_connection(tls_server: Server, certificate: Path) -> None:
    prober = Prober(verify=ssl.create_default_context(cafile=certificate))
    answer = right(ask(Request(tls_server.url(host="localhost", scheme="https")), prober))
    assert answer.certificate_ends_at == ENDS_AT
    assert len(tls_server.requests) == 1


def test_a_certificate_that_nobody_trusts_is_trouble(tls_server: Server) -> None:
    answer = ask(Request(tls_server.url(host="localhost", scheme="https")))
    assert answer == Problem("certificate-invalid", "self-signed certificate")


def test_a_redirect_to_a_pinned_address_still_checks_the_hosts_name(
    tls_server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.checks.endpoints.prober.is_public", lambda _address: True)
    prober = Prober(resolve=here, verify=ssl.create_default_context(cafile=certificate))
    with serving() as plain:
        plain.replies = {
            "/right": redirect(tls_server.url(host="localhost", scheme="https")),
            "/wrong": redirect(tls_server.url(host="other.example", scheme="https")),
        }
        right_answer, wrong_answer = prober.ask([Request(plain.url("/right")), Request(plain.url("/wrong"))])
    assert right(right_answer).certificate_ends_at == ENDS_AT
    assert isinstance(wrong_answer, Problem)
    assert wrong_answer.reason == "certificate-invalid"
