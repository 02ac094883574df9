"""A secret in a body reaches no storage, whatever the body is."""

import pytest

from chalicelib.gate.body_secrets import whatever_is_there, without_fields
from tests.gate.test_submissions import multipart, sent

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
NAMES = frozenset({"key"})
SECRET = "very-secret"


@pytest.mark.parametrize(
    ("body", "content_type", "left"),
    [
        (b"b=%d0%90+&key=very-secret&&a=1&a=2&c", FORM, b"b=%d0%90+&&a=1&a=2&c"),
        (b'{"a" : 1}', JSON, b'{"a" : 1}'),
        (b'{"key": "very-secret", "a": 1}', JSON, b'{"a": 1}'),
        (b'{"key": "very-secret", "a": 1', JSON, b'{"key": "***", "a": 1'),
        (b"key: very-secret\na: 1", "text/plain", b"key: ***\na: 1"),
        (b"key=very-secret", "application/x-wrong", b"key=***"),
        (b"a=%ff&key=very-secret", FORM, b"a=%ff"),
        (b"key=very-secret&" * 2000, FORM, b"key=***&" * 2000),
        (b"", FORM, b""),
    ],
)
def test_it_is_taken_out_or_painted_over(body: bytes, content_type: str, left: bytes) -> None:
    assert without_fields(sent(body, content_type), NAMES, (SECRET,)) == left


def test_it_is_painted_over_in_a_form_of_parts() -> None:
    webhook = multipart(('name="key"', SECRET), ('name="a"', "1"))
    assert whatever_is_there(webhook) == {"key": SECRET, "a": "1"}
    left = without_fields(webhook, NAMES, (SECRET,))
    assert left == webhook.body.replace(SECRET.encode(), b"***")
