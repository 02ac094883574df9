"""The shop file's table ``[stock]``."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from chalicelib.config_types import Table
from chalicelib.stock.places import Place, place_of


class StoreSettings(Table):
    """One store.

    Attributes:
        code: the store's symbolic code in the CRM.
        ids: what the third parties call it: MoySklad its id, 1C whatever it pushes. The code is one, too.
        city: where it is.
        name: as managers read it; the city if there is none.
        latitude: in degrees, for a city that Leadkeeper does not know. Likewise ``longitude``.
    """

    code: str = Field(min_length=1)
    ids: tuple[str, ...] = ()
    city: str = ""
    name: str = ""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)

    @model_validator(mode="after")
    def _is_a_place(self) -> "StoreSettings":
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude need each other")
        return self

    @property
    def title(self) -> str:
        """As managers read it."""
        return self.name or self.city or self.code

    @property
    def place(self) -> Place | None:
        """Where it is; None if nobody said so, or its city is unknown."""
        if self.latitude is not None and self.longitude is not None:
            return Place(self.latitude, self.longitude)
        return place_of(self.city)


class StockSettings(Table):
    """What lies where, and how the CRM calls it.

    Attributes:
        stores: those whose stock the CRM gets; what lies elsewhere is left out.
        offer_id: by which of the CRM's ids of an offer the third party's sku is meant.
        in_orders: whether a new order's comment says where its goods are.
    """

    stores: tuple[StoreSettings, ...] = Field(min_length=1)
    offer_id: Literal["externalId", "xmlId"] = "externalId"
    in_orders: bool = True

    @model_validator(mode="after")
    def _are_told_apart(self) -> "StockSettings":
        names = [name for store in self.stores for name in {store.code, *store.ids}]
        if len(names) != len(set(names)):
            raise ValueError("two stores have the same code or id")
        return self

    @property
    def codes(self) -> Mapping[str, str]:
        """The CRM's code of each store, by whatever it is called."""
        return {name: store.code for store in self.stores for name in (store.code, *store.ids)}
