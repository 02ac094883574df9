"""MoySklad's webhooks, as it sends them when somebody sells something."""

import json

from sandbox.moysklad import an_id

TOKEN = "bench-moysklad-token"  # noqa: S105 -- it opens nothing but the benchmark's own server
PATH = f"/hooks/moysklad/{TOKEN}"
API = "https://api.moysklad.ru/api/remap/1.2"


def request(number: int, host: str, path: str = PATH) -> bytes:
    """The request with this number, ready for the wire."""
    demand = {"type": "demand", "href": f"{API}/entity/demand/{an_id(number)}"}
    body = json.dumps({"events": [{"meta": demand, "action": "CREATE", "accountId": an_id(1)}]}).encode()
    head = (
        f"POST {path}?requestId={an_id(number)} HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
