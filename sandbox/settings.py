"""What can be set while the sandbox runs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace

from sandbox.documents import Document
from sandbox.retailcrm.codes import SCOPES

OUTCOMES = frozenset({"delivered", "failed", "expired", "pending"})


@dataclass(frozen=True)
class Settings:
    """How the pretend services behave.

    Attributes:
        search_lag: seconds until the CRM's lists show a new object, or the new state of a changed one.
        joins_customers: whether the CRM puts an order that names no customer on the card with the same phone.
            Whether the real one does is not known.
        rate_limit: requests a second for the CRM key ``sandbox``; None for no limit.
        telephony_rate_limit: likewise for paths under ``/telephony``; only where ``rate_limit`` is set.
        twilio_lag: seconds until Twilio's list shows a new message.
        twilio_balance: what ``Balance.json`` says.
        twilio_outcome: what becomes of Twilio's text messages: one of ``OUTCOMES``.
        smsru_outcome: likewise at SMS.ru.
        smsc_outcome: likewise at SMSC.
        new_account: whether the CRM's dictionaries begin as those of a new account, without what the demo
            shop made for itself. What was made since stays.
        missing_scopes: what the CRM key ``sandbox`` may not do, such as ``reference_write``.
    """

    search_lag: float = 0.0
    joins_customers: bool = True
    rate_limit: int | None = 10
    telephony_rate_limit: int = 40
    twilio_lag: float = 0.0
    twilio_balance: str = "100.00"
    twilio_outcome: str = "delivered"
    smsru_outcome: str = "delivered"
    smsc_outcome: str = "delivered"
    new_account: bool = False
    missing_scopes: Sequence[str] = ()

    def to_document(self) -> Document:
        """As a JSON object."""
        return {**asdict(self), "missing_scopes": list(self.missing_scopes)}

    def changed(self, values: Mapping[str, object]) -> "Settings":
        """The same settings with some of them replaced.

        Raises:
            ValueError: an unknown name or a value of the wrong kind.
        """
        unknown = sorted(set(values) - {each.name for each in fields(self)})
        if unknown:
            raise ValueError(f"unknown setting: {', '.join(unknown)}")
        for name, value in values.items():
            _check(name, value)
        # The names and kinds have just been checked; a mapping cannot tell mypy so.
        return replace(self, **values)  # type: ignore[arg-type]


def _check(name: str, value: object) -> None:
    if name in {"new_account", "joins_customers"}:
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false")
    elif name == "missing_scopes":
        if not isinstance(value, list) or not set(value) <= set(SCOPES):
            raise ValueError(f"missing_scopes must be a list of {', '.join(SCOPES)}")
    elif name == "twilio_balance":
        if not isinstance(value, str):
            raise ValueError("twilio_balance must be a string such as '12.34'")
    elif name.endswith("_outcome"):
        if value not in OUTCOMES:
            raise ValueError(f"{name} must be one of {', '.join(sorted(OUTCOMES))}")
    else:
        _check_number(name, value)


def _check_number(name: str, value: object) -> None:
    if name == "rate_limit" and value is None:
        return
    kinds = int if name.endswith("rate_limit") else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or value < 0:
        raise ValueError(f"{name} must be a number that is not negative")
