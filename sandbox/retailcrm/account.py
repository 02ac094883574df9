"""The account itself: settings, what a key may do, notifications to users."""

from collections.abc import Callable

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.retailcrm import codes
from sandbox.retailcrm.books import Books
from sandbox.retailcrm.call import KEY, Call, CrmRoute
from sandbox.retailcrm.errors import BLANK, FORMAT, NO_CHOICE, CrmError
from sandbox.settings import Settings

_VERSIONS = ("3.0", "4.0", "5")


class Account:
    """Answers about the account."""

    def __init__(self, books: Books, settings: Callable[[], Settings]) -> None:
        """Work on these books."""
        self._books = books
        self._behaviour = settings

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        return [
            CrmRoute("GET", "/settings", self._settings),
            CrmRoute("POST", "/notifications/send", self._notify),
        ]

    def unversioned_routes(self) -> list[CrmRoute]:
        """The paths without a version."""
        return [
            CrmRoute("GET", "/credentials", self._credentials),
            CrmRoute("GET", "/api-versions", self._versions),
            CrmRoute("GET", "/system-info", self._system_info),
        ]

    def _settings(self, call: Call) -> Response:
        def setting(value: str) -> Document:
            return {"value": value, "updated_at": self._books.local(call.now)}

        hours = {"start_time": "09:00", "end_time": "20:00"}
        days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        settings = {
            "default_currency": setting("RUB"),
            "system_language": setting("RU"),
            "timezone": setting(codes.TIMEZONE),
            "work_times": [{"day_type": day, **hours} for day in days],
            "non_working_days": [],
        }
        return json_response(200, {"success": True, "settings": settings})

    def _credentials(self, call: Call) -> Response:
        missing = self._behaviour().missing_scopes if call.key == KEY else ()
        content = {
            "success": True,
            "credentials": [],
            "scopes": [scope for scope in codes.SCOPES if scope not in missing],
            "siteAccess": "access_full",
            "sitesAvailable": [codes.SITE],
        }
        return json_response(200, content)

    def _versions(self, call: Call) -> Response:
        del call
        return json_response(200, {"success": True, "versions": list(_VERSIONS)})

    def _system_info(self, call: Call) -> Response:
        del call
        url = "https://sandbox.example"
        content = {"success": True, "systemVersion": "sandbox", "publicUrl": url, "technicalUrl": url}
        return json_response(200, content)

    def _notify(self, call: Call) -> Response:
        notification = call.entity("notification")
        errors: dict[str, str] = {}
        if notification.get("type") not in {"api.info", "api.error"}:
            errors["type"] = NO_CHOICE
        if not notification.get("message"):
            errors["message"] = BLANK
        if not notification.get("userGroups") and not notification.get("userIds"):
            errors["userIds"] = BLANK
        if errors:
            raise CrmError(400, FORMAT, errors)
        kept = {**notification, "createdAt": self._books.local(call.now)}
        self._books.notifications.add(kept, call.now)
        return json_response(200, {"success": True})
