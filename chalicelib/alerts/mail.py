"""An alert as an e-mail, whatever sends it."""

from email.headerregistry import Address
from email.message import EmailMessage

from chalicelib.alerts.wording import one_line, with_link
from chalicelib.events import Alert
from chalicelib.gate.tickets import fingerprint

MAX_UNITS = 20_000
MAX_SUBJECT_UNITS = 150


def mail(alert: Alert, sender: str, recipient: str, shop: str) -> EmailMessage:
    """The e-mail. A second attempt has the same ``Message-ID``, so that a mailbox shows one of both.

    All that is said about one incident refers to one id, by which mail programs make it one thread.
    """
    domain = sender.partition("@")[2]
    thread = f"<{fingerprint(shop, alert.subject_id)[:32]}@{domain}>"
    itself = fingerprint(shop, alert.subject_id, alert.state, alert.text, alert.at.isoformat())[:32]
    message = EmailMessage()
    name = one_line(shop, MAX_SUBJECT_UNITS)
    message["From"] = Address(name, addr_spec=sender)
    message["To"] = recipient
    message["Subject"] = one_line(alert.title, MAX_SUBJECT_UNITS) or name
    message["Date"] = alert.at
    message["Message-ID"] = f"<{itself}@{domain}>"
    message["In-Reply-To"] = thread
    message["References"] = thread
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(with_link(alert, MAX_UNITS))
    return message
