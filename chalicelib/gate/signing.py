"""Prove to AWS who asks: Signature Version 4 of a POST, in the standard library."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

from chalicelib.errors import ConfigurationError

ALGORITHM = "AWS4-HMAC-SHA256"
PURPOSE = "aws4_request"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The keys of a role. On Lambda they stand in the environment and outlive the process."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Credentials":
        """Read the variables that Lambda sets.

        Raises:
            ConfigurationError: names the variable that is missing or cannot stand in an HTTP header.
        """
        return cls(
            access_key=_credential(environ, "AWS_ACCESS_KEY_ID"),
            secret_key=_credential(environ, "AWS_SECRET_ACCESS_KEY"),
            session_token=_credential(environ, "AWS_SESSION_TOKEN", required=False),
        )


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs requests to one service in one region."""

    credentials: Credentials
    region: str
    service: str

    def sign(self, path: str, headers: Mapping[str, str], body: bytes, now: datetime) -> dict[str, str]:
        """The headers of a POST together with those that prove who sends it.

        Args:
            path: as it is sent, percent-encoded, without ``.``, ``..`` and empty segments.
            headers: what to send, with ``Host``; each of them is signed.
            body: what to send.
            now: aware. AWS allows for clocks that differ by up to 15 minutes.
        """
        moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        complete = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
        complete["x-amz-date"] = moment
        if self.credentials.session_token:
            complete["x-amz-security-token"] = self.credentials.session_token
        scope = f"{moment[:8]}/{self.region}/{self.service}/{PURPOSE}"
        names = ";".join(sorted(complete))
        request = _canonical(path, complete, names, body)
        text = "\n".join((ALGORITHM, moment, scope, sha256(request.encode()).hexdigest()))
        complete["authorization"] = (
            f"{ALGORITHM} Credential={self.credentials.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={self._signature(moment[:8], text)}"
        )
        return complete

    def _signature(self, day: str, text: str) -> str:
        key = b"AWS4" + self.credentials.secret_key.encode()
        for part in (day, self.region, self.service, PURPOSE, text):
            key = hmac.digest(key, part.encode(), "sha256")
        return key.hex()


def _canonical(path: str, headers: Mapping[str, str], names: str, body: bytes) -> str:
    # An encoded path is encoded once more: so AWS does it for all services but S3.
    lines = (f"{name}:{headers[name]}" for name in sorted(headers))
    return "\n".join(("POST", quote(path, safe="/~"), "", *lines, "", names, sha256(body).hexdigest()))


def _credential(environ: Mapping[str, str], name: str, *, required: bool = True) -> str:
    value = environ.get(name, "").strip()
    if required and not value:
        raise ConfigurationError(name, "not set in the environment", "Lambda sets it; set it elsewhere")
    if not (value.isascii() and value.isprintable()):
        # Looked at here, because http.client would repeat the value in its own error.
        raise ConfigurationError(name, "it holds characters that no credential has", "Set it anew")
    return value
