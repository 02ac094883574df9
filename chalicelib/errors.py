"""What can go wrong.

::

    LeadkeeperError            reason: a short code, permanent: does a retry make sense?
    ├── Unreadable             permanent: a provider cannot read an authentic webhook
    ├── Refused                permanent: a service said no for good
    │   ├── WrongNumber        no gateway can send a text message there
    │   ├── OptedOut           the client does not want our messages
    │   └── NoFile             a messenger does not give a file, or one that is too large
    ├── Unreachable            transient: a service did not answer, or asked us to come again later
    ├── Away                   transient: a service is known not to answer, so it is not asked
    ├── Postponed              transient: we must wait for ourselves (a search lag, another worker)
    │   └── TooEarly           it is not time yet, such as at night
    └── Outdated               transient: the world has moved on since the decision, decide again

    ConfigurationError         stands apart, so that nothing takes it for a failed action
"""

from collections.abc import Sequence
from datetime import timedelta


class LeadkeeperError(Exception):
    """An event could not be brought to its end.

    Attributes:
        reason: a short code such as ``crm-refused``, for journal, alerts and metrics.
        detail: what happened, for a person. Never a secret.
        permanent: True if a retry cannot help until somebody changes something.
    """

    permanent = True

    def __init__(self, reason: str, detail: str = "") -> None:
        """Keep the reason code and the explanation."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Unreadable(LeadkeeperError):
    """An authentic webhook that its provider cannot read: it goes to quarantine."""


class Refused(LeadkeeperError):
    """A service refused for good what we asked, such as an unknown status code."""


class WrongNumber(Refused):
    """A text message cannot reach this number, through whichever gateway."""


class OptedOut(Refused):
    """The client told the SMS gateway, their operator or a messenger that they want no messages of ours."""

    def __init__(self, detail: str = "") -> None:
        """Keep the explanation of who refuses."""
        super().__init__("opted-out", detail)


class NoFile(Refused):
    """A messenger does not give a file: it is gone, or too large."""

    def __init__(self, detail: str = "") -> None:
        """Keep the explanation; it must hold no URL, which may hold a token."""
        super().__init__("no-file", detail)


class Unreachable(LeadkeeperError):
    """A service did not answer, or asked us to come again later.

    Attributes:
        maybe_done: True if the service may have done the work before its answer was lost.
    """

    permanent = False

    def __init__(self, reason: str, detail: str = "", *, maybe_done: bool = False) -> None:
        """Say also whether the work may have been done."""
        super().__init__(reason, detail)
        self.maybe_done = maybe_done


class Away(LeadkeeperError):
    """A service is known not to answer: nothing was tried.

    Attributes:
        delay: when to look again at the earliest.
    """

    permanent = False

    def __init__(self, reason: str, delay: timedelta, detail: str = "") -> None:
        """Say also for how long to wait."""
        super().__init__(reason, detail)
        self.delay = delay


class Postponed(LeadkeeperError):
    """Nothing is wrong, but the next step must wait.

    Attributes:
        delay: for how long.
    """

    permanent = False

    def __init__(self, reason: str, delay: timedelta, detail: str = "") -> None:
        """Say also for how long."""
        super().__init__(reason, detail)
        self.delay = delay


class TooEarly(Postponed):
    """It is not time yet, such as at night where the client is: it waits on purpose."""


class Outdated(LeadkeeperError):
    """Somebody changed what a decision stood on: decide again."""

    permanent = False


class ConfigurationError(Exception):
    """The shop file or the environment is wrong.

    Attributes:
        key: the key in ``shop.toml``, or the environment variable.
        problem: what is wrong with it.
        fix: what to do.
    """

    def __init__(self, key: str, problem: str, fix: str, others: "Sequence[ConfigurationError]" = ()) -> None:
        """Name the key, the problem and the fix; and what else is wrong."""
        super().__init__("\n".join([f"{key}: {problem}. {fix}", *map(str, others)]))
        self.key = key
        self.problem = problem
        self.fix = fix
