"""Alerts in the form and length that a channel takes."""

from chalicelib.events import Alert
from chalicelib.plain_text import printable

BYTES_A_UNIT = 2


def cut(text: str, most: int) -> str:
    """As much as a channel takes, in UTF-16 units: a longer message would be refused as a whole.

    Half a surrogate pair becomes a question mark: no channel could send it.
    """
    whole = text.encode("utf-16-le", "replace")
    return whole[: most * BYTES_A_UNIT].decode("utf-16-le", "ignore")


def one_line(text: str, most: int) -> str:
    """The text fit for a header or a title: one line without control characters, cut."""
    return cut(" ".join(printable(text).split()), most)


def with_link(alert: Alert, most: int) -> str:
    """The text, cut, and below it the link to acknowledge, where there is one."""
    if not alert.acknowledge_url:
        return cut(alert.text, most)
    link = f"\n\n{alert.acknowledge_label}: {alert.acknowledge_url}"
    return cut(alert.text, most - len(link)) + link
