"""The routes of the HTTP Lambda, and nothing else."""

import os
from datetime import UTC, datetime

from chalice.app import Chalice, Response

from chalicelib import __version__, logs
from chalicelib.gate import wiring
from chalicelib.gate.webhook import Webhook

app = Chalice(app_name="leadkeeper", configure_logs=False)
# Chalice would refuse to answer a sender without a fitting Accept header; our answers are text.
app.api.binary_types = []

if os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
    logs.configure()
    # Already now: while Lambda starts a function it lends it more CPU than the function has later.
    wiring.gate()

if os.environ.get("AWS_CHALICE_CLI_MODE"):
    # What the deploying command must see, and the HTTP function itself never needs: the workers, and
    # that the API must hand over each body byte for byte.
    from chalicelib.functions import functions

    app.api.binary_types = ["*/*"]
    app.register_blueprint(functions)

METHODS = ["GET", "POST", "OPTIONS"]
"""A browser asks by OPTIONS before a page of another host may post: the gate answers for who may."""
ANY_CONTENT = ["*/*"]


@app.route("/health")
def health() -> dict[str, str]:
    """Say that the function answers."""
    return {"status": "ok", "version": __version__}


@app.route("/hooks/{source}", methods=METHODS, content_types=ANY_CONTENT)
def hook(source: str) -> Response:
    """Receive a webhook at the source's base URL."""
    return _receive(source)


@app.route("/hooks/{source}/{first}", methods=METHODS, content_types=ANY_CONTENT)
def hook_with_token(source: str, first: str) -> Response:
    """Receive a webhook with a token in its path."""
    return _receive(source, first)


@app.route("/hooks/{source}/{first}/{second}", methods=METHODS, content_types=ANY_CONTENT)
def hook_with_path(source: str, first: str, second: str) -> Response:
    """Receive a webhook whose sender adds a path of its own, such as ``events/summary``."""
    return _receive(source, first, second)


@app.route("/hooks/{source}/{first}/{second}/{third}", methods=METHODS, content_types=ANY_CONTENT)
def hook_with_long_path(source: str, first: str, second: str, third: str) -> Response:
    """Receive a webhook with a token and a path of the sender's own."""
    return _receive(source, first, second, third)


def _receive(source: str, *path: str) -> Response:
    request = app.current_request
    assert request is not None  # noqa: S101 -- Chalice sets it before it calls a view
    body = request.raw_body
    webhook = Webhook(
        source=source,
        method=request.method,
        path=path,
        query=dict(request.query_params or {}),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body if isinstance(body, bytes) else body.encode(),
        received_at=datetime.now(UTC),
    )
    reply = wiring.gate().receive(webhook)
    headers: dict[str, str | list[str]] = {**dict(reply.headers), "Content-Type": reply.content_type}
    return Response(body=reply.body, status_code=reply.status, headers=headers)
