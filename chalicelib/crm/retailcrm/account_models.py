"""What retailCRM answers about the account itself, as far as we read it."""

from chalicelib.crm.retailcrm.models import Answer


class EntryAnswer(Answer):
    """An entry of a dictionary; ``group`` and ``ordering`` are those of statuses."""

    code: str
    name: str = ""
    active: bool = True
    group: str = ""
    ordering: int = 0


class FieldAnswer(Answer):
    """A custom field."""

    code: str
    name: str = ""
    type: str = ""


class ModuleAnswer(Answer):
    """An integration module."""

    active: bool = True


class ExtensionAnswer(Answer):
    """Whose extension this is, in a module for telephony."""

    code: str
    user_id: int
