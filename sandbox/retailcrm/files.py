"""The methods ``/files…``: what is attached to orders."""

import base64
from hashlib import sha256

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.retailcrm.books import Books
from sandbox.retailcrm.call import Call, CrmRoute
from sandbox.retailcrm.errors import BLANK, FORMAT, INVALID, CrmError, not_found

KEPT_BYTES = 4096
"""Of a file's content, to look at."""


class Files:
    """Takes files, and shows them at orders."""

    def __init__(self, books: Books) -> None:
        """Work on these books."""
        self._books = books

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        return [
            CrmRoute("POST", "/files/upload", self._upload),
            CrmRoute("GET", "/files/{id}", self._show),
            CrmRoute("POST", "/files/{id}/edit", self._edit),
        ]

    def _upload(self, call: Call) -> Response:
        """A file whose name and place nobody knows yet."""
        if not call.body:
            raise CrmError(400, FORMAT, {"file": BLANK})
        file = {
            "filename": "",
            "size": len(call.body),
            "sha256": sha256(call.body).hexdigest(),
            "begins": base64.b64encode(call.body[:KEPT_BYTES]).decode(),
            "createdAt": self._books.local(call.now),
            "attachment": [],
        }
        key = self._books.files.add(file, call.now)
        return json_response(200, {"success": True, "file": {"id": key}})

    def _show(self, call: Call) -> Response:
        return json_response(200, {"success": True, "file": self._file(call)})

    def _edit(self, call: Call) -> Response:
        before, given = self._file(call), call.entity("file")
        places = given.get("attachment", before["attachment"])
        if not isinstance(places, list):
            raise CrmError(400, FORMAT, {"attachment": INVALID})
        file = {
            **before,
            "filename": str(given.get("filename", before["filename"])),
            "attachment": [self._place(place) for place in places],
        }
        self._books.files.change(before["id"], file, call.now)
        return json_response(200, {"success": True, "file": file})

    def _file(self, call: Call) -> Document:
        file = self._books.files.get(call.number())
        if file is None:
            raise not_found()
        return file

    def _place(self, place: object) -> Document:
        reference = place.get("order") if isinstance(place, dict) else None
        order = self._books.order_of(reference) if isinstance(reference, dict) else None
        if order is None:
            raise CrmError(400, FORMAT, {"attachment": INVALID})
        return {"order": {"id": order["id"]}}
