"""A test lead as Tilda would send it."""

from urllib.parse import urlencode

from chalicelib.gate.submissions import FORM_TYPE
from chalicelib.providers.test_leads import MARK, Submission, mark
from chalicelib.providers.tilda.read import Settings


def submission(settings: Settings, lead_id: str) -> Submission:
    """A form with a mark instead of a client."""
    token = settings.tokens[0]
    fields = {
        "tranid": lead_id,
        "formid": "leadkeeper-test",
        "formname": "Leadkeeper test",
        "Name": "Leadkeeper test",
        MARK: mark(token, lead_id),
    }
    return Submission((token,), {"content-type": FORM_TYPE}, urlencode(fields).encode())
