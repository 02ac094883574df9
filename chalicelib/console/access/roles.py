"""Users of the console and their roles."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; each role may do what those before it may.

    A viewer looks, with personal data masked. An operator also changes something, such as replaying an entry.
    An administrator also sees who did what.
    """

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    def includes(self, other: "Role") -> bool:
        """True if who has this role may do what the other one may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is signed in."""

    name: str
    role: Role

    def may(self, role: str) -> bool:
        """True if this role, or a greater one, is theirs: ``user.may("operator")`` in templates."""
        return self.role.includes(Role(role))
