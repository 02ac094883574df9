"""What production may tell: the schemas that its programmer reads are what is checked."""

from pathlib import Path

from chalicelib.gate.checked_content import CheckedContent

SCHEMAS = Path(__file__).parent / "schemas"
TYPES = frozenset({"question", "comment", "promised", "ready"})
CONTENT = CheckedContent(SCHEMAS, TYPES)
