"""The CRM's account itself: what its owner has set up there, and the port through which we add to it."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.crm.port import User


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Entry(_Part):
    """What an order may name by a code: a method, a way of delivery, a store.

    Attributes:
        is_active: False once somebody switched it off.
    """

    code: str
    name: str = ""
    is_active: bool = True


class Status(Entry):
    """A status of orders.

    Attributes:
        ordering: where it stands among the others.
    """

    group: str = ""
    ordering: int = 0


class OrderField(_Part):
    """A field that the shop added to its orders; its type is the CRM's word for it."""

    code: str
    name: str = ""
    type: str = ""


class Module(_Part):
    """An integration module.

    Attributes:
        extensions: the user's id by extension, where it is telephony.
    """

    is_active: bool = True
    extensions: Mapping[str, int] = Field(default_factory=dict)


class Account(_Part):
    """What there is. A part that the key may not read is None.

    Attributes:
        scopes: what the key may do, by the CRM's names; None if the CRM does not tell.
        timezone: the name of the account's zone; empty if unknown.
        sites: the codes of the shops that the key may see.
        groups: the codes of the groups of statuses.
        modules: those with our code: one or none.
    """

    scopes: frozenset[str] | None = None
    timezone: str = ""
    sites: frozenset[str] | None = None
    groups: frozenset[str] | None = None
    statuses: tuple[Status, ...] | None = None
    methods: tuple[Entry, ...] | None = None
    fields: tuple[OrderField, ...] | None = None
    stores: tuple[Entry, ...] | None = None
    delivery_types: tuple[Entry, ...] | None = None
    users: tuple[User, ...] | None = None
    modules: tuple[Module, ...] | None = None

    def allows(self, scope: str) -> bool:
        """Whether the key has a scope; where the CRM does not tell, it has to be tried."""
        return self.scopes is None or scope in self.scopes


class MakeMethod(_Part):
    """Make an order method."""

    code: str
    name: str


class MakeStatus(_Part):
    """Make a status."""

    code: str
    name: str
    group: str
    ordering: int


class MakeField(_Part):
    """Make a field of orders."""

    code: str
    name: str
    type: str


class RegisterTelephony(_Part):
    """Register us as telephony, or bring the extensions of our entry up to date."""

    extensions: Mapping[str, int]
    is_new: bool


Step = MakeMethod | MakeStatus | MakeField | RegisterTelephony


class CrmAccount(Protocol):
    """Reads the account and adds to it. Raises what the methods of :class:`chalicelib.crm.port.Crm` raise."""

    def read(self) -> Account:
        """What there is now."""
        ...

    def carry_out(self, step: Step) -> bool:
        """Do this, unless somebody has done it since: then False, and what they made stays as it is.

        Raises:
            Refused: also for a right that the key lacks, which is named.
        """
        ...
