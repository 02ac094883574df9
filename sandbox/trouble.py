"""What each service answers while a fault is on."""

from sandbox.exchange import Response, html_response, json_response
from sandbox.faults import STATUSES
from sandbox.telegram import failure
from sandbox.twilio import TwilioError

RETRY_AFTER = 3
_HALF_AN_ANSWER = b'{"success": true, "orders": [{"id": 1, "num'
_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Access denied.",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}
_TWILIO_CODES = {
    400: 20001,
    401: 20003,
    403: 20003,
    429: 20429,
    500: 20500,
    502: 20500,
    503: 20503,
    504: 20504,
}
_SERVER_TROUBLE = 500


def faulty(target: str, kind: str) -> Response:
    """The answer of a service in trouble. The kinds ``latency`` and ``drop`` are no business of it."""
    if kind == "refuse":
        return Response(refused=True)
    if kind == "reset":
        return Response(dropped=True)
    if kind == "hang":
        return Response(hung=True)
    if kind == "garbage":
        return Response(200, {"content-type": "application/json"}, _HALF_AN_ANSWER)
    status = STATUSES[kind]
    if target in {"telegram", "telegram_bot"}:
        return _telegram(status)
    if target == "twilio":
        return TwilioError(status, _TWILIO_CODES[status], _REASONS[status]).to_response()
    if status >= _SERVER_TROUBLE:
        # A trouble of the servers in front: there is no JSON to parse.
        return html_response(status, f"<html><head><title>{status} {_REASONS[status]}</title></head></html>")
    # Of MoySklad's headers the one that says how soon to come again, in milliseconds.
    headers = {"x-lognex-retry-after": "1"} if target == "moysklad" else {}
    return json_response(status, {"success": False, "errorMsg": _REASONS[status]}, headers)


def _telegram(status: int) -> Response:
    if status == STATUSES["429"]:
        return failure(status, f"Too Many Requests: retry after {RETRY_AFTER}", retry_after=RETRY_AFTER)
    return failure(status, _REASONS[status])
