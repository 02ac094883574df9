"""Passwords, of which we know a hash alone: ``scrypt:{n}:{r}:{p}:{salt}:{hash}``.

It has no ``$``, which a shell or a file of variables might replace.
"""

import hashlib
import hmac
import threading
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

SALT_BYTES = 16
HASH_BYTES = 32
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
"""Characters."""

METHOD = "scrypt"
PARTS = 6
N, R, P = 2**14, 8, 5
"""What a new hash costs, as OWASP recommends it where 16 MiB may be used."""

POSSIBLE_N = frozenset(2**power for power in range(12, 16))
MOST_R = 8
MOST_P = 10
MAX_MEMORY = 64 * 1024 * 1024

ONE_AT_A_TIME = threading.Lock()
"""A hash takes 16 MiB and an eighth of a second on purpose: many at once must not take the machine."""


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """What is known of a password.

    Attributes:
        n: cost of time and memory, one of :data:`POSSIBLE_N`. It takes ``128 * n * r`` bytes.
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
        known = _parsed(text)
        if known is None or not known.is_possible:
            raise ValueError("this is no hash of a password; make one with `leadkeeper console password`")
        return known

    @property
    def is_possible(self) -> bool:
        """True if it costs enough, and not too much to be looked at."""
        is_bounded = self.n in POSSIBLE_N and 0 < self.r <= MOST_R and 0 < self.p <= MOST_P
        return is_bounded and len(self.digest) == HASH_BYTES

    def __str__(self) -> str:
        salt, digest = (urlsafe_b64encode(part).decode() for part in (self.salt, self.digest))
        return f"{METHOD}:{self.n}:{self.r}:{self.p}:{salt}:{digest}"


def hash_of(password: str, salt: bytes) -> PasswordHash:
    """A new hash.

    Args:
        password: as it was typed.
        salt: :data:`SALT_BYTES` random ones.
    """
    return PasswordHash(N, R, P, salt, _scrypt(password, salt, N, R, P))


def matches(password: str, known: PasswordHash) -> bool:
    """True if this is the password. Takes as long if it is not."""
    digest = _scrypt(password, known.salt, known.n, known.r, known.p)
    return hmac.compare_digest(digest, known.digest)


def _parsed(text: str) -> PasswordHash | None:
    method, *numbers, salt, digest = text.split(":") if text.count(":") == PARTS - 1 else [""] * PARTS
    try:
        n, r, p = (int(number) for number in numbers)
        known = PasswordHash(n, r, p, urlsafe_b64decode(salt), urlsafe_b64decode(digest))
    except ValueError:
        return None
    return known if method == METHOD else None


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # Keyboards write the same letter in one character or in two.
    typed = unicodedata.normalize("NFC", password[:LONGEST_PASSWORD]).encode("utf-8", "surrogatepass")
    with ONE_AT_A_TIME:
        return hashlib.scrypt(typed, salt=salt, n=n, r=r, p=p, maxmem=MAX_MEMORY, dklen=HASH_BYTES)


UNKNOWN = PasswordHash(N, R, P, bytes(SALT_BYTES), bytes(HASH_BYTES))
"""What is looked at for who is not known or locked, so that the answer takes as long: no password matches."""
