"""What all actions have in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Action(BaseModel):
    """One thing to do. Frozen, because a plan is stored before its first action.

    Attributes:
        client: the memory key of the client, such as ``client:+79161234567``; what was made is
            remembered there, because the CRM's search lags. Empty if there is nobody to remember.
        is_repeatable: True if carrying it out twice has one effect. Otherwise an attempt that may have
            succeeded is looked for before it is repeated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_repeatable: ClassVar[bool] = True

    client: str = ""
