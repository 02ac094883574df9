"""What lies in which store, as retailCRM has it."""

from collections.abc import Iterator, Sequence

from chalicelib.crm.retailcrm.answers import page_count, parsed_list
from chalicelib.crm.retailcrm.models import InventoryAnswer, StoreAnswer
from chalicelib.crm.retailcrm.reading.account import PAGE, PAGE_SIZE, AccountReading
from chalicelib.errors import Refused
from chalicelib.events import OfferStock

MAX_STOCK_PAGES = 1000


class StockReading(AccountReading):
    """Reads stock."""

    def stock(self, offer_id: str) -> Iterator[Sequence[OfferStock]]:
        """See the port. What has no such id is nothing that we could write."""
        filters = [*self._of_our_shop(), ("filter[details]", "1"), ("limit", PAGE)]
        for page in range(1, MAX_STOCK_PAGES + 1):
            answer = self._client.get("store/inventories", [*filters, ("page", str(page))])
            pages = page_count(answer)
            if pages > MAX_STOCK_PAGES:
                raise Refused("too-many-offers", f"more than {MAX_STOCK_PAGES * PAGE_SIZE} offers")
            found = parsed_list(InventoryAnswer, answer.get("offers"))
            yield [each.stock(offer_id) for each in found if each.sku(offer_id)]
            if page >= pages:
                return

    def store_codes(self) -> frozenset[str]:
        """See the port."""
        answer = self._client.get("reference/stores")
        return frozenset(store.code for store in parsed_list(StoreAnswer, answer.get("stores")))
