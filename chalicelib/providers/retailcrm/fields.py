"""What a trigger sends, wherever it puts it: query, form or JSON. Standard library only."""

from chalicelib.gate.form import form_texts, json_value
from chalicelib.gate.webhook import Webhook


def sent_fields(webhook: Webhook, undecodable: str = "strict") -> dict[str, object]:
    """The fields of the query and of the body; the body's win.

    Its content type does not matter: what begins like a JSON object is one, else it is a form.

    Args:
        webhook: as the gate let it in.
        undecodable: what to do with bytes in a form that are no UTF-8, as for ``bytes.decode``.

    Raises:
        Unparsable: ``wrong-encoding``, ``broken-json`` or ``too-many-fields``.
    """
    body = webhook.body.lstrip()
    if body.startswith((b"{", b"\xef\xbb\xbf{")):
        value = json_value(webhook.body)
        return {**webhook.query, **(value if isinstance(value, dict) else {})}
    return {**webhook.query, **form_texts(body, undecodable)}
