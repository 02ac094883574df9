"""The certificate probe against a real TLS server on this machine."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.checks.subscriptions.probes import certificate
from chalicelib.checks.subscriptions.settings import Certificate
from chalicelib.errors import Refused, Unreachable

NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = NOW - timedelta(days=400)
HOST = "localhost"


class Authority:
    """Signs certificates, and is trusted by who asks for ``trust``."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(LONG_AGO)
            .not_valid_after(NOW + timedelta(days=400))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def trust(self) -> ssl.SSLContext:
        pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server(self, folder: Path, ends_at: datetime, host: str = HOST) -> ssl.SSLContext:
        """A server's side with a certificate that ends then."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(LONG_AGO)
            .not_valid_after(ends_at)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = folder / "server.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[int]:
    """A server for one connection, and its port; without TLS if there is no context."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    if context is None:
                        connection.sendall(b"220 a mail server\r\n")
                    else:
                        context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def subscription(port: int) -> Certificate:
    return Certificate(name="site", probe="certificate", host=HOST, port=port)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.mark.parametrize("days", [90, 1, -1, -30])
def test_end_is_told_also_of_an_expired_one(authority: Authority, tmp_path: Path, days: int) -> None:
    ends_at = NOW + timedelta(days=days)
    with serving(authority.server(tmp_path, ends_at)) as port:
        assert certificate.look(subscription(port), authority.trust()).at == ends_at


def test_one_that_nobody_vouches_for_is_trouble(authority: Authority, tmp_path: Path) -> None:
    server = authority.server(tmp_path, NOW + timedelta(days=90))
    with serving(server) as port, pytest.raises(Refused, match="the certificate is not valid"):
        certificate.look(subscription(port), Authority().trust())


def test_one_for_another_host_is_trouble(authority: Authority, tmp_path: Path) -> None:
    server = authority.server(tmp_path, NOW + timedelta(days=90), "other.example")
    with serving(server) as port, pytest.raises(Refused, match="not valid: Hostname mismatch"):
        certificate.look(subscription(port), authority.trust())


def test_a_server_without_tls_is_trouble(authority: Authority) -> None:
    with serving(None) as port, pytest.raises(Unreachable):
        certificate.look(subscription(port), authority.trust())


def test_no_server_is_trouble(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        certificate.look(subscription(port), authority.trust())
