"""When a TLS server's certificate ends."""

import socket
import ssl
from datetime import UTC, datetime

from chalicelib.checks.subscriptions.probes.port import End
from chalicelib.checks.subscriptions.settings import Certificate
from chalicelib.errors import Refused, Unreachable

SECONDS = 10
EVEN_IF_EXPIRED = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: else an expired one ends the handshake, and nobody tells its date."""


def look(subscription: Certificate, trust: ssl.SSLContext | None = None) -> End:
    """Ask the server for it, and look who vouches for it.

    Raises:
        Unreachable: there is no server, or it speaks no TLS.
        Refused: nobody whom this machine trusts vouches for it, or it is another host's.
    """
    trust = trust or ssl.create_default_context()
    trust.verify_flags |= EVEN_IF_EXPIRED
    address = (subscription.host, subscription.port)
    try:
        with (
            socket.create_connection(address, SECONDS) as connection,
            trust.wrap_socket(connection, server_hostname=subscription.host) as server,
        ):
            certificate = server.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        raise Refused("probe-refused", f"the certificate is not valid: {error.verify_message}") from None
    except OSError as error:
        raise Unreachable("probe-unreachable", type(error).__name__) from None
    seconds = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return End(datetime.fromtimestamp(seconds, UTC))
