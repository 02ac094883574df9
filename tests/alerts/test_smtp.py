"""E-mail over a real connection to a server on this machine."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.alerts.port import AlertChannel, Closed
from chalicelib.alerts.settings import SmtpSettings
from chalicelib.alerts.smtp import SmtpChannel
from chalicelib.errors import LeadkeeperError, Refused, Unreachable

from .contract import TEXT, URL, ChannelContract, Trouble, an_alert
from .mail_server import Script, mail_server

TROUBLE: dict[str, dict[str, str]] = {
    "hang": {"END": ""},
    "429": {"MAIL": "451 4.7.1 greylisted, come back later"},
    "500": {"EHLO": "421 too busy", "HELO": "421 too busy"},
    "refused": {"END": "554 5.7.1 looks like spam"},
    "closed": {"AUTH": "535 5.7.8 bad credentials"},
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + secret)
    return path


class TestContract(ChannelContract):
    secrets: ClassVar[tuple[str, ...]] = ("smtp-s3cret",)
    longest = 21_000

    @pytest.fixture(autouse=True)
    def _servers(self) -> Iterator[None]:
        with ExitStack() as self.running:
            yield

    def serving(self, script: Script, **changes: Any) -> SmtpChannel:
        self.script = script
        port = self.running.enter_context(mail_server(script))
        return self.of(port=port, **changes)

    def of(self, tls: ssl.SSLContext | None = None, **changes: Any) -> SmtpChannel:
        settings: dict[str, Any] = {
            "host": "localhost",
            "security": "none",
            "user": "shop",
            "password": "smtp-s3cret",
            "sender": "alerts@shop.example",
            **changes,
        }
        return SmtpChannel(SmtpSettings.model_validate(settings), "Тенты", tls)

    def channel(self, trouble: Trouble | None = None) -> AlertChannel:
        if trouble == "refuse":
            with socket.socket() as unused:
                unused.bind(("127.0.0.1", 0))
                return self.of(port=unused.getsockname()[1])
        return self.serving(Script(answers=TROUBLE.get(trouble or "", {})))

    def told(self) -> list[str]:
        return [message.get_content().replace("\r\n", "\n").strip("\n") for message in self.script.received]

    # The message

    def test_its_headers(self) -> None:
        self.tell(self.channel(), an_alert())
        (message,) = self.script.received
        assert message["From"] == "Тенты <alerts@shop.example>"
        assert message["To"] == "ivan@shop.example"
        assert message["Subject"] == TEXT.splitlines()[0]
        assert message["Date"].datetime == datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
        assert message["Auto-Submitted"] == "auto-generated"

    def test_all_about_one_incident_is_one_thread(self) -> None:
        channel = self.channel()
        for state in ("firing", "firing", "resolved"):
            self.tell(channel, an_alert(state=state))
        self.tell(channel, an_alert(subject_id="endpoint:Another"))
        first, again, end, other = self.script.received
        assert first["Message-ID"] == again["Message-ID"] != end["Message-ID"]
        assert first["References"] == end["References"] != other["References"]
        assert first["References"] not in {first["Message-ID"], end["Message-ID"]}

    def test_a_title_adds_no_header(self) -> None:
        self.tell(self.channel(), an_alert("x\r\nBcc: evil@example.com\r\n\r\nbody"))
        (message,) = self.script.received
        assert message["Bcc"] is None
        assert not any("evil" in command for command in self.script.commands)

    def test_the_link_stands_below_the_text(self) -> None:
        self.tell(self.channel(), an_alert("x", acknowledge_url=URL, acknowledge_label="Занимаюсь"))
        assert self.told() == [f"x\n\nЗанимаюсь: {URL}"]

    # The session

    def test_over_starttls_nothing_of_the_mail_is_in_the_clear(self, certificate: Path) -> None:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate)
        trust = ssl.create_default_context(cafile=str(certificate))
        self.tell(self.serving(Script(tls=server), security="starttls", tls=trust), an_alert())
        assert [command.split()[0].upper() for command in self.script.commands] == ["EHLO", "STARTTLS"]
        assert len(self.told()) == 1

    def test_a_certificate_that_nobody_vouches_for_is_refused(self, certificate: Path) -> None:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate)
        with pytest.raises(Closed, match="certificate"):
            self.tell(self.serving(Script(tls=server), security="starttls"), an_alert())
        assert not self.told()

    def test_without_starttls_the_password_stays_here(self) -> None:
        with pytest.raises(Closed, match="cannot do"):
            self.tell(self.serving(Script(), security="starttls"), an_alert())
        assert not any(command.startswith("AUTH") for command in self.script.commands)

    def test_mail_must_not_travel_unencrypted(self) -> None:
        with pytest.raises(ValueError, match="unencrypted"):
            self.of(host="mail.example")

    @pytest.mark.parametrize(
        ("answers", "kind", "to_everybody"),
        [
            ({"RCPT": "550 5.1.1 no such user"}, Closed, False),
            ({"RCPT": "452 4.2.2 mailbox full"}, Unreachable, None),
            ({"MAIL": "553 5.7.1 sender not allowed"}, Closed, True),
            ({"AUTH": "454 4.7.0 try later"}, Unreachable, None),
            ({"DATA": "554 no"}, Refused, None),
            ({"EHLO": ""}, Unreachable, None),
        ],
    )
    def test_what_the_server_says_decides(
        self, answers: dict[str, str], kind: type[LeadkeeperError], *, to_everybody: bool | None
    ) -> None:
        with pytest.raises(kind) as caught:
            self.tell(self.serving(Script(answers=answers)), an_alert())
        assert getattr(caught.value, "to_everybody", None) == to_everybody
