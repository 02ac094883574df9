"""What a source can set that asks questions, and wants the answers sent."""

from urllib.parse import urlsplit

from pydantic import field_validator

from chalicelib.config_types import Url
from chalicelib.providers.reading import Secrets, SourceSettings
from chalicelib.shopfile import LOOPBACK_HOSTS


class ProductionSource(SourceSettings):
    """A production system.

    Attributes:
        secret: what it signs with, and we, too, with the first one; a list while it is replaced.
        answer_url: where answers go; None if production reads them in the CRM.
    """

    secret: Secrets
    answer_url: Url | None = None

    @field_validator("answer_url")
    @classmethod
    def _is_encrypted(cls, url: str | None) -> str | None:
        if url and not url.startswith("https://") and urlsplit(url).hostname not in LOOPBACK_HOSTS:
            raise ValueError("answers must not travel unencrypted; use https://")
        return url

    @property
    def signing_secret(self) -> str:
        """What answers are signed with."""
        return self.secret if isinstance(self.secret, str) else self.secret[0]
