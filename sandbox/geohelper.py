"""Behaves like GeoHelper's ``phone-data``, as far as its own clients tell."""

from datetime import datetime

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response

PATH = "/api/v1/phone-data"
KEY = "geohelper-sandbox"
SHORTEST_PHONE = 10

_RANGES = (
    (79131000000, 79131999999, "Новосибирская область", "RU-NVS", "Asia/Novosibirsk", 25200),
    (79136000000, 79136999999, "Омская область", "RU-OMS", "Asia/Omsk", 21600),
    (79160000000, 79169999999, "Москва", "RU-MOW", "Europe/Moscow", 10800),
    (79241000000, 79241999999, "Приморский край", "RU-PRI", "Asia/Vladivostok", 36000),
)
"""Made up but for their form; any other number has no region."""


class GeoHelper:
    """Tells the region of a number."""

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        del now
        parameters = request.query_parameters
        if request.path != PATH or request.method != "GET":
            return _error(404, "Not found")
        if parameters.get("apiKey") != KEY:
            return _error(403, "Wrong apiKey")
        wanted = parameters.get("filter")
        phone = wanted.get("phone", "") if isinstance(wanted, dict) else ""
        digits = "".join(character for character in str(phone) if character.isdecimal())
        if len(digits) < SHORTEST_PHONE:
            return _error(400, "filter.phone: This value is too short.")
        return json_response(200, {"success": True, "language": "ru", "result": _result(int(digits))})

    def template(self, request: Request) -> str:
        """The path, for counting."""
        return request.path


def _result(number: int) -> Document:
    for first, last, name, code, zone, offset in _RANGES:
        if first <= number <= last:
            return {
                "dataSource": "rossvyaz",
                "abcDefCode": 0,
                "rangeStart": first,
                "rangeEnd": last,
                "providerName": "Sandbox",
                "region": {
                    "id": "1",
                    "name": name,
                    "countryIso": "ru",
                    "codes": {"iso": code},
                    "timezone": zone,
                    "timezoneOffset": offset,
                    "localizedNames": [],
                },
            }
    return {"dataSource": "rossvyaz", "abcDefCode": 0}


def _error(status: int, message: str) -> Response:
    content = {"success": False, "error": {"message": message, "code": status, "details": [message]}}
    return json_response(status, content)
