"""``GET /calendar.ics`` on AWS. One machine answers it even without a console."""

from flask import Blueprint, make_response, request
from werkzeug.wrappers import Response

from chalicelib.calendar_feed import CalendarFeed
from chalicelib.console.access.guard import public
from chalicelib.console.parts import parts

page = Blueprint("calendar", __name__)


@page.get("/calendar.ics")
@public
def feed() -> Response:
    """The calendar, for who has its token."""
    console = parts()
    reply = CalendarFeed(console.shop, console.engine.documents, console.texts, console.clock).reply(
        request.args.get("token", "")
    )
    answer = make_response(reply.body, reply.status)
    answer.content_type = reply.content_type
    return answer
