"""What browsers are told to forbid."""

from flask import request
from werkzeug.wrappers import Response

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def secure(answer: Response) -> Response:
    """Say it with an answer. Pages are kept nowhere: the next person at this browser must not see them."""
    answer.headers.update(HEADERS)
    if request.endpoint != "static":
        answer.headers["Cache-Control"] = "no-store"
    return answer
