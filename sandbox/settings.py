"""What can be set while the sandbox runs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from sandbox.documents import Document

OUTCOMES = frozenset({"delivered", "failed", "expired", "pending"})


@dataclass(frozen=True)
class Settings:
    """How the pretend services behave.

    Attributes:
        search_lag: seconds until the CRM's lists show a new object, or the new state of a changed one.
        rate_limit: requests a second for the CRM key ``sandbox``; None for no limit.
        telephony_rate_limit: likewise for paths under ``/telephony``; only where ``rate_limit`` is set.
        twilio_lag: seconds until Twilio's list shows a new message.
        twilio_balance: what ``Balance.json`` says.
        twilio_outcome: what becomes of Twilio's text messages: one of ``OUTCOMES``.
        smsru_outcome: likewise at SMS.ru.
        smsc_outcome: likewise at SMSC.
    """

    search_lag: float = 0.0
    rate_limit: int | None = 10
    telephony_rate_limit: int = 40
    twilio_lag: float = 0.0
    twilio_balance: str = "100.00"
    twilio_outcome: str = "delivered"
    smsru_outcome: str = "delivered"
    smsc_outcome: str = "delivered"

    def to_document(self) -> Document:
        """As a JSON object."""
        return asdict(self)

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
    if name == "twilio_balance":
        if not isinstance(value, str):
            raise ValueError("twilio_balance must be a string such as '12.34'")
        return
    if name.endswith("_outcome"):
        if value not in OUTCOMES:
            raise ValueError(f"{name} must be one of {', '.join(sorted(OUTCOMES))}")
        return
    if name == "rate_limit" and value is None:
        return
    kinds = int if name.endswith("rate_limit") else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or value < 0:
        raise ValueError(f"{name} must be a number that is not negative")
