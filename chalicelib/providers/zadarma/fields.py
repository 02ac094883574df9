"""The fields of a notification from Zadarma: a form, at times a multipart one. Standard library only."""

import re
from collections.abc import Mapping

from chalicelib.gate.form import MAX_FIELDS, Unparsable, form_fields

DASHES = b"--"

_NAME = re.compile(rb'\bname="([^"]*)"')


def notification_fields(body: bytes, undecodable: str = "strict") -> dict[str, str]:
    """The fields of a form, URL-encoded or multipart, in UTF-8.

    Args:
        body: as it came.
        undecodable: what to do with bytes that are no UTF-8, as for ``bytes.decode``.

    Raises:
        Unparsable: ``too-many-fields`` or ``wrong-encoding``.
    """
    is_multipart = body.startswith(DASHES) and b"form-data" in body
    try:
        fields = _multipart(body, undecodable) if is_multipart else form_fields(body, undecodable)
        return {name: value.decode("utf-8", undecodable) for name, value in fields.items()}
    except UnicodeDecodeError:
        raise Unparsable("wrong-encoding") from None


def _multipart(body: bytes, undecodable: str) -> Mapping[str, bytes]:
    """The fields of a multipart form, by the boundary that the body has.

    The one in Zadarma's header has been seen without the dashes with which the body's begins, so that
    a strict parser finds nothing.
    """
    boundary = body.splitlines()[0]
    parts = body.split(boundary)
    if len(parts) > MAX_FIELDS:
        raise Unparsable("too-many-fields")
    fields = {}
    for head, _, value in (part.partition(b"\r\n\r\n") for part in parts):
        if name := _NAME.search(head):
            fields[name[1].decode("utf-8", undecodable)] = value.removesuffix(b"\r\n")
    return fields
