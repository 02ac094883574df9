"""What a browser shows: a question with one button, and what became of it."""

from html import escape

from chalicelib.gate.provider import Reply

STYLE = (
    "body{font:18px/1.5 sans-serif;max-width:34em;margin:3em auto;padding:0 1em}"
    "button{font:inherit;padding:.6em 1.4em}"
    "p.en{color:#555}"
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"


def question(subject: str, person: str) -> Reply:
    """Ask. A preview of the link sees this page and changes nothing by it."""
    return _page(
        200,
        f"<h1>{escape(subject)}</h1>"
        f"<p>{escape(person)}: вы займётесь этим? Напоминаний больше не будет, пока сбой не кончится.</p>"
        '<p class="en">Will you take care? There are no more reminders until it is over.</p>'
        '<form method="post"><button name="acknowledge" value="yes">Занимаюсь · I take care</button></form>',
    )


def thanks() -> Reply:
    """It is noted."""
    return _page(
        200,
        "<h1>Принято</h1><p>Остальным скажем, что вы занимаетесь.</p>"
        '<p class="en">Noted. We tell the others that you take care.</p>',
    )


def expired() -> Reply:
    """The link is too old."""
    return _page(
        410,
        "<h1>Ссылка устарела</h1><p>Откройте её в новом оповещении.</p>"
        '<p class="en">This link has expired. Use that of a newer alert.</p>',
    )


def _page(status: int, content: str) -> Reply:
    text = (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Leadkeeper</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex, noarchive">'
        f"<style>{STYLE}</style></head><body>{content}</body></html>"
    )
    return Reply(status, text, "text/html; charset=utf-8")
