"""What a shop may need of its CRM account."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field


class Need(BaseModel):
    """Something that the shop names by its code.

    Attributes:
        keys: where: the keys of the shop file, or of ``scenario.toml``.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    keys: tuple[str, ...]


class NeededStatus(Need):
    """A status; without a group nobody told us enough to make it."""

    name: str = ""
    group: str = ""


class NeededMethod(Need):
    """An order method."""

    name: str


class NeededField(Need):
    """A field of orders.

    Attributes:
        types: the types that will do, the one to make first; empty if any will, and none is to be made.
    """

    name: str = ""
    types: tuple[str, ...] = ()


class NeededUser(BaseModel):
    """Somebody of ``[[people]]`` who gets tasks."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str


class Wanted(BaseModel):
    """All that the shop needs.

    Attributes:
        site: the code of the shop in the account; empty if the account has only one.
        extensions: of our telephony in the CRM; None if we are none.
        scopes: what the key must be allowed, and what for.
    """

    model_config = ConfigDict(frozen=True)

    statuses: tuple[NeededStatus, ...] = ()
    groups: tuple[Need, ...] = ()
    methods: tuple[NeededMethod, ...] = ()
    fields: tuple[NeededField, ...] = ()
    stores: tuple[Need, ...] = ()
    delivery_types: tuple[Need, ...] = ()
    users: tuple[NeededUser, ...] = ()
    site: str = ""
    timezone: str = ""
    extensions: Mapping[str, int] | None = None
    scopes: Mapping[str, str] = Field(default_factory=dict)
