"""How long personal data is kept, and how long an id, so that a repeat is still recognised."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from chalicelib.config_types import Duration

SHORTEST = timedelta(days=30)
"""What comes in may wait in a queue for 14 days, and then be retried for 10."""

LONGEST = timedelta(days=3650)


class Retention(BaseModel):
    """The shop file's table ``[retention]``.

    Attributes:
        personal_data: how long content, events, plan and results are kept, and what we remember of clients
            and parcels after it was last changed.
        ids: how long an event's id is kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    personal_data: Duration = Field(default=timedelta(days=90), le=LONGEST)
    ids: Duration = Field(default=timedelta(days=400), le=LONGEST)

    @field_validator("personal_data")
    @classmethod
    def _covers_the_work(cls, personal_data: timedelta) -> timedelta:
        if personal_data < SHORTEST:
            raise ValueError(f"an event may be worked on for weeks; use at least {SHORTEST.days}d")
        return personal_data

    @model_validator(mode="after")
    def _ids_outlive_the_rest(self) -> "Retention":
        if self.ids < self.personal_data:
            raise ValueError("ids must not be shorter than personal_data")
        return self
