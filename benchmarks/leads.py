"""The leads that are sent: each is told by its number, has a phone of its own, and becomes one order."""

from urllib.parse import urlencode

PATH = "/hooks/tilda/demo-token"
FIRST_PHONE = 79_160_000_000
BLOCK = 500_000
"""Numbers that one load has for itself."""


def external_id(number: int) -> str:
    """The external id of the order that this lead must become."""
    return f"lead-tilda-bench:{number}"


def phone(number: int) -> str:
    """The client's phone."""
    return f"+{FIRST_PHONE + number}"


def request(number: int, host: str, path: str = PATH) -> bytes:
    """The request as Tilda sends it, ready for the wire."""
    fields = {
        "tranid": f"bench:{number}",
        "formid": "form1",
        "formname": "Расчёт тента",
        "Name": "Мария",
        "Phone": phone(number),
        "size": "4 × 6 m",
    }
    body = urlencode(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
