"""Passwords, of which we know a hash alone: ``scrypt:{n}:{r}:{p}:{salt}:{hash}``.

It has no ``$``, which a shell or a file of variables might replace.
"""

import hashlib
import hmac
import threading
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

LOCKED = "locked"
"""In place of a hash, or of the key of sessions: nobody gets in."""

SALT_BYTES = 16
HASH_BYTES = 32
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
"""Characters."""

METHOD = "scrypt"
PARTS = 6
LARGEST_COST = 2**20
LEAST_COST = 2**12
MAX_MEMORY = 64 * 1024 * 1024

ONE_AT_A_TIME = threading.Lock()
"""A hash takes 16 MiB and an eighth of a second on purpose: many at once must not take the machine."""


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """What is known of a password.

    Attributes:
        n: cost of time and memory, a power of two. With ``r`` 8, a thousand bytes each.
        r: size of a block.
        p: how often, one after the other.
    """

    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> "PasswordHash":
        """Read it.

        Raises:
            ValueError: it is none of ours. The error does not repeat it.
        """
        parts = text.split(":")
        try:
            n, r, p = (int(part) for part in parts[1:4])
            salt, digest = (urlsafe_b64decode(part) for part in parts[4:])
        except ValueError:
            parts = []
        if len(parts) != PARTS or parts[0] != METHOD or not LEAST_COST <= n * p <= LARGEST_COST or not salt:
            raise ValueError("this is no hash of a password; make one with `leadkeeper console password`")
        return cls(n, r, p, salt, digest)

    def __str__(self) -> str:
        salt, digest = (urlsafe_b64encode(part).decode() for part in (self.salt, self.digest))
        return f"{METHOD}:{self.n}:{self.r}:{self.p}:{salt}:{digest}"


def hash_of(password: str, salt: bytes) -> PasswordHash:
    """A new hash, with costs as OWASP recommends them where 16 MiB may be used.

    Args:
        password: as it was typed.
        salt: :data:`SALT_BYTES` random ones.
    """
    n, r, p = 2**14, 8, 5
    return PasswordHash(n, r, p, salt, _scrypt(password, salt, n, r, p))


def matches(password: str, known: PasswordHash) -> bool:
    """True if this is the password. Takes as long if it is not."""
    digest = _scrypt(password, known.salt, known.n, known.r, known.p)
    return hmac.compare_digest(digest, known.digest)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # Keyboards write the same letter in one character or in two.
    typed = unicodedata.normalize("NFC", password[:LONGEST_PASSWORD]).encode("utf-8", "surrogatepass")
    with ONE_AT_A_TIME:
        return hashlib.scrypt(typed, salt=salt, n=n, r=r, p=p, maxmem=MAX_MEMORY, dklen=HASH_BYTES)


UNKNOWN = PasswordHash(2**14, 8, 5, bytes(SALT_BYTES), bytes(HASH_BYTES))
"""What is looked at for who is not known or locked, so that the answer takes as long: no password matches."""
