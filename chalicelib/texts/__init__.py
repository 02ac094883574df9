"""The texts that people read: SMS, tasks, comments and alerts, as Jinja2 templates by language."""

from chalicelib.texts.rendering import Texts
from chalicelib.texts.samples import Checked, check_all

__all__ = ["Checked", "Texts", "check_all"]
