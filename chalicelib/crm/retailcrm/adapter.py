"""retailCRM behind the CRM port."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.actions import (
    AddNote,
    AnnotateOrder,
    CompleteOrder,
    CompleteTask,
    CreateOrder,
    CreateTask,
    LogCall,
    SetOrderStatus,
    UpdateTask,
)
from chalicelib.crm.port import CreatedOrder
from chalicelib.crm.retailcrm import requests
from chalicelib.crm.retailcrm.account import MODULE
from chalicelib.crm.retailcrm.answers import created_id
from chalicelib.crm.retailcrm.reader import RetailCrmReader
from chalicelib.crm.retailcrm.rights import needs_right
from chalicelib.errors import Refused
from chalicelib.events import OfferStock

OFFERS_A_REQUEST = 200
"""The CRM's own modules send up to 200; its hard maximum is thought to be 250 (unverified)."""


class RetailCrm(RetailCrmReader):
    """Implements ``crm.port.Crm``."""

    def create_order(self, action: CreateOrder) -> CreatedOrder:
        """See the port. The CRM refuses a second order with an external id, so we read the first."""
        try:
            answer = self._client.post("orders/create", self._with_site({"order": requests.order(action)}))
        except Refused:
            existing = self._read_order(action.external_id, "externalId")
            if existing is None:
                raise
            return CreatedOrder(id=existing.id, number=existing.number)
        order_id = created_id(answer)
        created = answer.get("order")
        if not isinstance(created, dict):
            # Older accounts may answer with the id alone (unverified).
            created = {"number": ""}
        return CreatedOrder(id=order_id, number=str(created.get("number", "")))

    def complete_order(self, action: CompleteOrder) -> None:
        """See the port. One edit carries everything, so its note tells whether it was done."""
        order = self._read_order(str(action.order_id), "id")
        if order is None:
            raise Refused("order-not-found", f"order {action.order_id} is gone")
        if _same_words(action.manager_comment, order.manager_comment):
            return
        self._edit_order(action.order_id, requests.completion(action, order))

    def annotate_order(self, action: AnnotateOrder) -> bool:
        """See the port. One edit carries everything, so its note tells whether it was done."""
        order = self._read_order(str(action.order_id), "id")
        if order is None:
            return False
        if not _same_words(action.note, order.manager_comment):
            self._edit_order(action.order_id, requests.annotation(action, order))
        return True

    def log_call(self, action: LogCall) -> bool:
        """See the port. The CRM takes an external id once, and names those that it has already."""
        line = requests.call(action, self._site, self._zone)
        with needs_right("telephony_write"):
            answer = self._client.post("telephony/calls/upload", {"calls": [line]})
        return not answer.get("duplicateCalls")

    def register_telephony(self, extensions: Mapping[str, int], logo: str) -> None:
        """See the port. The CRM takes calls from integration modules alone."""
        module = requests.telephony_module(MODULE, extensions, logo)
        self._client.post(f"integration-modules/{MODULE}/edit", {"integrationModule": module})

    def upload_file(self, content: bytes) -> int:
        """See the port. On some plans each upload costs money."""
        with needs_right("file_write"):
            answer = self._client.post_bytes("files/upload", content)
        file = answer.get("file")
        return created_id(file if isinstance(file, dict) else {})

    def attach_file(self, file_id: int, name: str, order_id: int) -> None:
        """See the port. The list of what it is attached to is written whole."""
        file = {"filename": name, "attachment": [{"order": {"id": order_id}}]}
        with needs_right("file_write"):
            self._client.post(f"files/{file_id}/edit", {"file": file})

    def set_order_status(self, action: SetOrderStatus) -> bool:
        """See the port."""
        order = self._read_order(str(action.order_id), "id")
        if order is None:
            raise Refused("order-not-found", f"order {action.order_id} is gone")
        if order.status == action.status:
            return True
        if order.status != action.from_status:
            return False
        change = {"status": action.status}
        if action.comment:
            change["statusComment"] = action.comment
        self._edit_order(action.order_id, change)
        return True

    def set_stock(self, offers: Sequence[OfferStock], offer_id: str) -> frozenset[str]:
        """See the port."""
        unknown: set[str] = set()
        for first in range(0, len(offers), OFFERS_A_REQUEST):
            batch = offers[first : first + OFFERS_A_REQUEST]
            rows = [requests.stock(offer, offer_id) for offer in batch]
            answer = self._client.post("store/inventories/upload", self._with_site({"offers": rows}))
            unknown.update(str(row.get(offer_id)) for row in answer.get("notFoundOffers") or ())
        return frozenset(unknown)

    def create_task(self, action: CreateTask, marker: str) -> int:
        """See the port."""
        answer = self._client.post(
            "tasks/create", self._with_site({"task": requests.task(action, marker, self._zone)})
        )
        return created_id(answer)

    def add_note(self, action: AddNote, marker: str) -> int:
        """See the port. The CRM has no notes on orders, only on clients."""
        note = {"text": requests.marked(action.text, marker), "customer": {"id": action.customer_id}}
        return created_id(self._client.post("customers/notes/create", self._with_site({"note": note})))

    def update_task(self, action: UpdateTask) -> bool:
        """See the port."""
        found = self.task(action.task_id)
        if found is None or found.is_complete:
            return False
        if found.performer_id == action.performer_id and found.says(action.text, action.commentary):
            return True
        if not found.is_untouched(action.before, action.former_performer_id or action.performer_id):
            return False
        task = {
            "text": action.text,
            "commentary": requests.marked(action.commentary, action.marker),
            "performerId": action.performer_id,
            **requests.due(action.due_at, self._zone),
        }
        self._client.post(f"tasks/{action.task_id}/edit", self._with_site({"task": task}))
        return True

    def complete_task(self, action: CompleteTask) -> bool:
        """See the port. The API takes no comments, so the note goes to the commentary's end."""
        found = self.task(action.task_id)
        if found is None or found.performer_id != action.performer_id:
            return False
        if found.is_complete:
            return found.says(action.before.text, action.commentary)
        if not found.is_untouched(action.before, action.performer_id):
            return False
        task = {
            "text": action.before.text,
            "commentary": requests.marked(action.commentary, action.marker),
            "performerId": action.performer_id,
            "complete": True,
        }
        self._client.post(f"tasks/{action.task_id}/edit", self._with_site({"task": task}))
        return True

    def _with_site(self, fields: dict[str, object]) -> dict[str, object]:
        return {"site": self._site, **fields} if self._site else fields

    def _edit_order(self, order_id: int, change: dict[str, Any]) -> None:
        self._client.post(f"orders/{order_id}/edit", self._with_site({"by": "id", "order": change}))


def _same_words(part: str, whole: str) -> bool:
    """True if the whole holds the part; white space does not count: CRMs tidy it up."""
    return " ".join(part.split()) in " ".join(whole.split())
