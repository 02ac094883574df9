"""What a content of ours must look like: the schemas that the shop's programmer reads are what is checked."""

from pathlib import Path

from chalicelib.gate.checked_content import CheckedContent

SCHEMAS = Path(__file__).parent / "schemas"
LEAD_SUBMITTED = "lead.submitted"
MESSAGE_RECEIVED = "message.received"
CONTENT = CheckedContent(SCHEMAS, (LEAD_SUBMITTED, MESSAGE_RECEIVED))
