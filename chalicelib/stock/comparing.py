"""Compare what the third parties, our memory and the CRM say of the stock. Pure, and sparing of memory.

Of 20,000 offers there may be 100,000 figures. So of each offer one tuple is kept, and pages go by.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.events import OfferStock
from chalicelib.stock.memory import Shelves, Told

EXAMPLES = 5
Figures = tuple[float | None, ...]
"""Of one offer, one for each store; None where nothing is known."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that differs.

    Attributes:
        told: what is right: the third party's figure, else what we remember of it.
        remembered: what we remember; None if nothing.
        in_crm: what the CRM has; None where only the other two were compared.
    """

    sku: str
    store: str
    told: float
    remembered: float | None
    in_crm: float | None = None


@dataclass(slots=True)
class Differences:
    """Everything that differs.

    Attributes:
        missed: what the third party says otherwise than we remember, by sku and store.
        strayed: what the CRM has otherwise than we remember; likewise.
        examples: a few of them, for people.
        unknown: how many offers lie in a store, and the CRM does not know them.
        unknown_stores: the codes of our stores that the CRM does not know: nothing was compared there.
    """

    missed: dict[str, dict[str, float]] = field(default_factory=dict)
    strayed: dict[str, dict[str, float]] = field(default_factory=dict)
    examples: list[Difference] = field(default_factory=list)
    unknown: int = 0
    unknown_stores: Sequence[str] = ()

    @property
    def offers(self) -> int:
        """How many offers differ."""
        return len(self.missed.keys() | self.strayed.keys())

    def add(self, found: dict[str, dict[str, float]], difference: Difference) -> None:
        """Note one, in ``missed`` or ``strayed``."""
        found.setdefault(difference.sku, {})[difference.store] = difference.told
        if len(self.examples) < EXAMPLES:
            self.examples.append(difference)


class Pictures:
    """What third parties say of all their stores."""

    def __init__(self, stores: Sequence[str]) -> None:
        """Of these stores, by the CRM's codes; those that no picture is added of stay unknown."""
        self._places = {store: place for place, store in enumerate(stores)}
        self._nothing: list[float | None] = [None] * len(stores)
        self._offers: dict[str, list[float | None]] = {}

    def add(self, store: str, quantities: Mapping[str, float | None]) -> None:
        """A store's picture: what it does not name is not there; what has None is unknown just now."""
        place = self._places[store]
        for figures in self._offers.values():
            figures[place] = 0.0
        self._nothing[place] = 0.0
        for sku, quantity in quantities.items():
            figures = self._offers.setdefault(sku, self._nothing.copy())
            figures[place] = None if quantity is None else max(quantity, 0)

    def of(self, sku: str) -> Sequence[float | None]:
        """What is said of an offer, one figure for each store; None where nothing is."""
        return self._offers.get(sku, self._nothing)

    @property
    def skus(self) -> Iterable[str]:
        """All offers that some picture names."""
        return self._offers.keys()


class Comparison:
    """Goes through our memory, then through the CRM.

    Attributes:
        differences: what was found so far.
    """

    def __init__(
        self,
        stores: Sequence[str],
        pictures: Pictures,
        moving: Collection[str],
        settled_before: float,
        *,
        with_memory: bool,
    ) -> None:
        """Compare with these pictures.

        Args:
            stores: the CRM's codes.
            pictures: what third parties say.
            moving: skus that changed just now: what differs there puts itself right.
            settled_before: likewise what we heard later, in seconds since 1970.
            with_memory: False to tell of the CRM alone, as long as we remember nothing yet.
        """
        self.differences = Differences()
        self._stores = stores
        self._pictures = pictures
        self._moving = moving
        self._settled_before = settled_before
        self._with_memory = with_memory
        self._right: dict[str, Figures] = {}

    def remembered(self, offers: Mapping[str, Shelves]) -> None:
        """A page of our memory."""
        for sku, shelves in offers.items():
            self._compare(sku, shelves)

    def nothing_more_remembered(self) -> None:
        """What the pictures name and our memory does not is news, too."""
        for sku in self._pictures.skus:
            if sku not in self._right:
                self._compare(sku, {})

    def in_crm(self, offers: Iterable[OfferStock]) -> None:
        """A page of the CRM's offers."""
        for offer in offers:
            right = self._right.pop(offer.sku, None)
            if right is not None:
                self._compare_crm(offer, right)

    def nothing_more_in_crm(self) -> None:
        """What is left is in no page of the CRM's."""
        self.differences.unknown = sum(any(figures) for figures in self._right.values())

    def _compare(self, sku: str, shelves: Shelves) -> None:
        told = self._pictures.of(sku)
        right: list[float | None] = []
        for store, figure in zip(self._stores, told, strict=True):
            shelf = shelves.get(store)
            if not self._is_settled(sku, shelf):
                right.append(None)
                continue
            remembered = shelf.quantity if shelf else None
            right.append(remembered if figure is None else figure)
            if self._with_memory and figure is not None and figure != (remembered or 0):
                self.differences.add(self.differences.missed, Difference(sku, store, figure, remembered))
        self._right[sku] = tuple(right)

    def _compare_crm(self, offer: OfferStock, right: Figures) -> None:
        quantities = dict(offer.stores)
        missed = self.differences.missed.get(offer.sku, {})
        for store, figure in zip(self._stores, right, strict=True):
            in_crm = quantities.get(store, 0)
            if figure is None or figure == in_crm or store in missed:
                continue
            difference = Difference(offer.sku, store, figure, figure, in_crm)
            self.differences.add(self.differences.strayed, difference)

    def _is_settled(self, sku: str, shelf: Told | None) -> bool:
        return sku not in self._moving and (shelf is None or shelf.at < self._settled_before)
