"""Alerts by e-mail, through any mail server."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.alerts.mail import mail
from chalicelib.alerts.port import Closed
from chalicelib.alerts.settings import SmtpSettings
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.events import Alert
from chalicelib.people import Person

TIMEOUT_SECONDS = 7
"""For each answer of the server."""

FIRST_PERMANENT_CODE = 500


class SmtpChannel:
    """Implements ``alerts.port.AlertChannel``."""

    is_shared = False

    def __init__(self, settings: SmtpSettings, shop: str, tls: ssl.SSLContext | None = None) -> None:
        """Send in this shop's name; ``tls`` says whom to trust, if not the authorities of this machine."""
        self._settings = settings
        self._shop = shop
        self._tls = tls

    def address(self, person: Person) -> str:
        """See the port."""
        return person.email

    def tell(self, address: str, alert: Alert) -> None:
        """See the port."""
        message = mail(alert, self._settings.sender, address, self._shop)
        with _failures(), self._connection() as server:
            server.send_message(message)

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """A session, encrypted as the settings want it: a password never travels in the clear."""
        settings = self._settings
        place = (settings.host, settings.port)
        tls = self._tls or ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(*place, timeout=TIMEOUT_SECONDS, context=tls)
            if settings.security == "tls"
            else smtplib.SMTP(*place, timeout=TIMEOUT_SECONDS)
        )
        try:
            if settings.security == "starttls":
                server.starttls(context=tls)
            if settings.user:
                server.login(settings.user, settings.password.get_secret_value())
            yield server
        finally:
            # Whether the server says goodbye changes nothing about the message.
            server.close()


@contextmanager
def _failures() -> Iterator[None]:
    """What the library raises, in our words. Servers' own words may repeat the message."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        raise _by_code(next(iter(error.recipients.values()))[0], "the recipient", closed=False) from None
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused) as error:
        who = "the sender" if isinstance(error, smtplib.SMTPSenderRefused) else "user and password"
        raise _by_code(error.smtp_code, who, closed=True) from None
    except smtplib.SMTPResponseException as error:
        raise _by_code(error.smtp_code, "the message", closed=None) from None
    except smtplib.SMTPNotSupportedError:
        raise Closed("the mail server cannot do what the settings want", to_everybody=True) from None
    except ssl.SSLCertVerificationError:
        raise Closed("the mail server's certificate is not valid", to_everybody=True) from None
    except (ConnectionRefusedError, smtplib.SMTPConnectError) as error:
        raise Unreachable("alert-unreachable", f"mail server: {type(error).__name__}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(
            "alert-unreachable", f"mail server: {type(error).__name__}", maybe_done=True
        ) from None


def _by_code(code: int, what: str, *, closed: bool | None) -> LeadkeeperError:
    """By RFC 5321 a code of 4xx may pass; ``closed``: to everybody, to this address, or only this alert."""
    detail = f"the mail server refuses {what}: {code}"
    if code < FIRST_PERMANENT_CODE:
        return Unreachable("alert-unreachable", detail)
    return Refused("alert-refused", detail) if closed is None else Closed(detail, to_everybody=closed)
