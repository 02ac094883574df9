"""How the CRM refuses."""

from collections.abc import Mapping, Sequence

from sandbox.exchange import Response, json_response

NOT_LOADED = "Order is not loaded"
INPUT = "Errors in the input parameters"
FORMAT = "Errors in the entity format"

BLANK = "This value should not be blank."
INVALID = "This value is not valid."
NO_CHOICE = "The value you selected is not a valid choice."
EXTRA = "This form should not contain extra fields."


class CrmError(Exception):
    """An answer with ``success: false``."""

    def __init__(
        self, status: int, message: str, errors: Mapping[str, str] | Sequence[str] | None = None
    ) -> None:
        """Keep the HTTP status, the ``errorMsg`` and the details."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors

    def to_response(self) -> Response:
        """As the CRM words it."""
        content: dict[str, object] = {"success": False, "errorMsg": self.message}
        if self.errors:
            content["errors"] = self.errors
        return json_response(self.status, content)


def not_found() -> CrmError:
    """The refusal for an unknown entity."""
    return CrmError(404, "Not found")


def bad_parameter(name: str, message: str = INVALID) -> CrmError:
    """The refusal for a bad filter or query value."""
    return CrmError(400, INPUT, {f"children[{name}]": message})
