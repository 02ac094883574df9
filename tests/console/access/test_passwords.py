import hashlib
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.console.access.passwords import SALT_BYTES, UNKNOWN, PasswordHash, hash_of, matches
from tests.console.conftest import PASSWORD, PASSWORD_HASH

SALT = bytes(range(SALT_BYTES))
CHEAP = PasswordHash.parse(PASSWORD_HASH)


def test_a_password_is_known_by_its_hash_alone() -> None:
    assert PASSWORD not in str(CHEAP)
    assert str(CHEAP) == PASSWORD_HASH
    assert matches(PASSWORD, CHEAP)
    assert not matches(PASSWORD + " ", CHEAP)
    assert not matches("", CHEAP)


def test_a_new_hash_is_scrypt_with_the_costs_that_owasp_recommends() -> None:
    known = hash_of("й", SALT)
    method, n, r, p, salt, digest = str(known).split(":")
    assert (method, n, r, p) == ("scrypt", "16384", "8", "5")
    assert salt == urlsafe_b64encode(SALT).decode()
    expected = hashlib.scrypt("й".encode(), salt=SALT, n=16384, r=8, p=5, maxmem=2**26, dklen=32)
    assert digest == urlsafe_b64encode(expected).decode()
    assert "$" not in str(known), "shells would replace it"
    assert PasswordHash.parse(str(known)) == known
    assert (UNKNOWN.n, UNKNOWN.r, UNKNOWN.p) == (known.n, known.r, known.p), "it takes as long"
    assert (len(UNKNOWN.salt), len(UNKNOWN.digest)) == (len(known.salt), len(known.digest))
    assert matches("и\u0306", known), "typed in two characters"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "correct horse",
        "scrypt:16384:8:5::",
        "scrypt:16384:8:5:c2FsdA==",
        "scrypt:16384:8:5:c2FsdA==:aGFzaA==:more",
        "scrypt:1073741824:8:5:c2FsdA==:aGFzaA==",
        "scrypt:16384:8:5000:c2FsdA==:aGFzaA==",
        "scrypt:16384:8000:1:c2FsdA==:aGFzaA==",
        "scrypt:16383:8:5:c2FsdA==:aGFzaA==",
        "scrypt:2:1:1:c2FsdA==:aGFzaA==",
        "scrypt:-16384:8:-5:c2FsdA==:aGFzaA==",
        "md5:16384:8:5:c2FsdA==:aGFzaA==",
        "scrypt:16384:8:5:ж:aGFzaA==",
    ],
)
def test_what_is_no_hash_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="leadkeeper console password") as caught:
        PasswordHash.parse(text)
    assert not text or text not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_a_hash_or_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no hash"):
        PasswordHash.parse(text)


@given(st.text(max_size=20))
def test_only_the_password_itself_matches(other: str) -> None:
    assert not matches(other, CHEAP)
