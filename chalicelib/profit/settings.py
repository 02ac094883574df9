"""The shop file's table ``[profit]``."""

from pydantic import Field, model_validator

from chalicelib.config_types import Table


class ProfitSettings(Table):
    """Which orders count, by the CRM's codes of their statuses.

    Attributes:
        sold: the order is paid and with the client. An order under way counts as sold, too, once it is paid
            in full.
        returned: it came back. It counts as sold, and as returned.
    """

    sold: frozenset[str] = Field(default=frozenset({"complete"}), min_length=1)
    returned: frozenset[str] = frozenset({"return"})

    @property
    def statuses(self) -> tuple[tuple[str, str], ...]:
        """The statuses that are named here: each key of the shop file, and the status's code."""
        named = (("profit.sold", self.sold), ("profit.returned", self.returned))
        return tuple((key, code) for key, codes in named for code in sorted(codes))

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> "ProfitSettings":
        both = self.sold & self.returned
        if both:
            raise ValueError(f"{', '.join(sorted(both))} is in sold and in returned")
        return self
