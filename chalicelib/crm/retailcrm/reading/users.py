"""The account's users, as retailCRM has them."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from chalicelib.crm.port import NO_ACCESS, TaskCount, User
from chalicelib.crm.retailcrm.answers import page_count, parsed_list, total_count
from chalicelib.crm.retailcrm.models import UserAnswer
from chalicelib.crm.retailcrm.reading.account import PAGE, AccountReading
from chalicelib.errors import Unreachable

MAX_USER_PAGES = 20
USERS_KEPT = timedelta(minutes=10)
COUNTS_KEPT = timedelta(minutes=1)
SMALLEST_PAGE = "20"


class UserReading(AccountReading):
    """Reads who works with the CRM, and how much they have to do."""

    _users: tuple[User, ...] | Unreachable = ()
    _users_until = float("-inf")
    _counts: Mapping[int, tuple[int, float]] = MappingProxyType({})

    def users(self) -> tuple[User, ...]:
        """See the port. That the key may not read them is remembered as long: each task asks for them."""
        if self._monotonic() >= self._users_until:
            self._users = self._read_users()
            self._users_until = self._monotonic() + USERS_KEPT.total_seconds()
        if isinstance(self._users, Unreachable):
            raise Unreachable(self._users.reason, self._users.detail)
        return self._users

    def open_tasks(self, user_id: int) -> TaskCount:
        """See the port."""
        counted = self._counts.get(user_id)
        if counted is None or self._monotonic() - counted[1] >= COUNTS_KEPT.total_seconds():
            filters = [("filter[performers][]", str(user_id)), ("filter[status]", "performing")]
            answer = self._client.get("tasks", [*filters, ("limit", SMALLEST_PAGE)])
            counted = (total_count(answer), self._monotonic())
            self._counts = {**self._counts, user_id: counted}
        count, counted_at = counted
        return TaskCount(count=count, age=timedelta(seconds=self._monotonic() - counted_at))

    def _read_users(self) -> tuple[User, ...] | Unreachable:
        found: list[User] = []
        for page in range(1, MAX_USER_PAGES + 1):
            try:
                answer = self._client.get("users", [("limit", PAGE), ("page", str(page))])
            except Unreachable as error:
                if error.reason != NO_ACCESS:
                    raise
                return error
            found += [_user(user) for user in parsed_list(UserAnswer, answer.get("users"))]
            if page >= page_count(answer):
                break
        return tuple(found)


def _user(answer: UserAnswer) -> User:
    return User(
        id=answer.id,
        name=f"{answer.first_name} {answer.last_name}".strip(),
        is_active=answer.active,
        is_manager=answer.is_manager,
        groups=frozenset(group.code for group in answer.groups if group.code),
    )
