"""The CRM's users, also where the key may not read them: then nobody has to wait for that."""

from chalicelib.crm.port import NO_ACCESS, CrmReader, User
from chalicelib.errors import Unreachable


def known_users(crm: CrmReader) -> tuple[User, ...] | None:
    """Everybody who works in the CRM, or did; None if it does not tell us. There is no account without any.

    Raises:
        LeadkeeperError: the CRM does not answer.
    """
    try:
        return crm.users() or None
    except Unreachable as error:
        if error.reason != NO_ACCESS:
            raise
        # A key that may do all but this. The check of people says so.
        return None


def user_name(user_id: int | None, crm: CrmReader) -> str:
    """A user as people know them; empty for a program, and for one of whom the CRM does not tell."""
    if user_id is None:
        return ""
    return next((user.name for user in known_users(crm) or () if user.id == user_id), "")
