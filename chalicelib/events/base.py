"""What each event is, and where clients come from."""

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """Something that happened. Frozen; times are aware and in UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Attribution(Event):
    """Where the client came from: the five ``utm_`` values, empty where unknown."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    keyword: str = ""
    content: str = ""
