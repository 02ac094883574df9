"""One entry of the journal: what came in, what became of it; try it again, or discard it."""

from itertools import islice

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from chalicelib.console.access.guard import current_user, needs, record
from chalicelib.console.access.roles import Role
from chalicelib.console.journal.entry import fields_in, view_of
from chalicelib.console.journal.wording import Wording
from chalicelib.console.masks import Open
from chalicelib.console.pages.journal import links, row_view, wording_for
from chalicelib.console.parts import parts
from chalicelib.console.words import counted, word
from chalicelib.entry import SET_ASIDE, UNKNOWN_RESULT, Entry
from chalicelib.interventions import Obstacle, discard, may_be_replayed, replay, set_aside

page = Blueprint("entry", __name__)

MOST_AT_ONCE = 50
"""So many are replayed by one press of the button: each costs about eight calls of AWS in a row."""

SHORT_ID = 12
LONGEST_NOTE = 300
TOLD = frozenset({"replayed", "discarded", "nothing_to_do", "content_expired", "busy"})


@page.get("/journal/<entry_id>")
def show(entry_id: str) -> str:
    """The page of an entry, by its id or its beginning."""
    entry = _entry(entry_id)
    envelope = parts().engine.journal.envelope(entry.id)
    webhook = envelope.webhook if envelope else None
    wording = wording_for(entry, fields_in(webhook) or ())
    view = view_of(entry, webhook, wording, links(), parts().clock())
    told = request.args.get("told", "")
    return render_template("entry.html", entry=entry, view=view, told=told if told in TOLD else "")


@page.get("/journal/<entry_id>/replay")
@needs(Role.OPERATOR)
def confirm_replay(entry_id: str) -> str:
    """Ask before an entry is tried again."""
    entry = _entry(entry_id)
    warning = ""
    # Of anything else that may be done the replay sees for itself whether it is.
    if entry.reason == UNKNOWN_RESULT and entry.next_action is not None:
        title = wording_for(entry).title(entry.next_action)
        warning = word(g.language, "entry.confirm_unknown", action=title)
    return _confirm("replay", entry, is_possible=may_be_replayed(entry, parts().clock()), warning=warning)


@page.post("/journal/<entry_id>/replay")
@needs(Role.OPERATOR)
def replay_one(entry_id: str) -> Response:
    """Try an entry again."""
    entry = _entry(entry_id)
    if may_be_replayed(entry, parts().clock()):
        record("replayed", entry.id[:SHORT_ID])
    obstacle = replay(parts().engine, entry, current_user().name, parts().clock())
    return _told(entry, obstacle, "replayed")


@page.get("/journal/<entry_id>/discard")
@needs(Role.OPERATOR)
def confirm_discard(entry_id: str) -> str:
    """Ask before an entry is discarded."""
    entry = _entry(entry_id)
    return _confirm("discard", entry, is_possible=entry.status in SET_ASIDE)


@page.post("/journal/<entry_id>/discard")
@needs(Role.OPERATOR)
def discard_one(entry_id: str) -> Response:
    """Let nothing be done about an entry any more."""
    entry = _entry(entry_id)
    if entry.status in SET_ASIDE:
        record("discarded", entry.id[:SHORT_ID])
    note = request.form.get("note", "").strip()[:LONGEST_NOTE]
    obstacle = discard(parts().engine, entry, current_user().name, parts().clock(), note)
    return _told(entry, obstacle, "discarded")


@page.get("/journal/replay-all")
@needs(Role.OPERATOR)
def confirm_all() -> str:
    """Ask before all that wait for one reason are tried again."""
    reason = request.args.get("reason", "") or abort(404)
    waiting = len(list(islice(set_aside(parts().engine.journal, reason, parts().clock()), MOST_AT_ONCE + 1)))
    if waiting > MOST_AT_ONCE:
        text = word(g.language, "entry.confirm_all_many", count=MOST_AT_ONCE)
    elif waiting:
        text = counted(g.language, "entry.confirm_all_count", waiting)
    else:
        text = word(g.language, "entry.confirm_all_none")
    done = request.args.get("done", type=int)
    what, advice = Wording(g.language, parts().zone, Open()).reason_in_words(reason)
    return render_template(
        "confirm.html",
        what="all",
        title=what,
        about=(advice,),
        text=text,
        warning=counted(g.language, "entry.told_all", done) if done is not None else "",
        fields={"reason": reason},
        asks_why=False,
        is_possible=waiting > 0,
        action=url_for("entry.replay_all"),
        back=url_for("journal.show", state="needs-person"),
    )


@page.post("/journal/replay-all")
@needs(Role.OPERATOR)
def replay_all() -> Response:
    """Try the oldest of those that wait for one reason again."""
    reason = request.form.get("reason", "") or abort(404)
    engine, who = parts().engine, current_user().name
    waiting = list(islice(set_aside(engine.journal, reason, parts().clock()), MOST_AT_ONCE))
    if waiting:
        record("replayed_reason", reason)
    done = sum(replay(engine, entry, who, parts().clock()) is None for entry in waiting)
    return redirect(url_for("entry.confirm_all", reason=reason, done=done), code=303)


def _entry(entry_id: str) -> Entry:
    """The one whose id begins so; the page is 404 if there is none, or more than one."""
    found = parts().engine.journal.find(entry_id)
    return found[0] if len(found) == 1 else abort(404)


def _confirm(what: str, entry: Entry, *, is_possible: bool, warning: str = "") -> str:
    text = f"entry.confirm_{what}_text" if is_possible else "entry.told_nothing_to_do"
    row = row_view(entry, wording_for(entry), links())
    received = wording_for(entry).second(entry.received_at)
    return render_template(
        "confirm.html",
        what=what,
        title=row.title,
        about=[text for text in (row.source, received, *row.about, row.reason) if text],
        text=word(g.language, text),
        warning=warning,
        fields={},
        asks_why=what == "discard" and is_possible,
        is_possible=is_possible,
        action=url_for(f"entry.{what}_one", entry_id=entry.id),
        back=url_for("entry.show", entry_id=entry.id),
    )


def _told(entry: Entry, obstacle: Obstacle | None, success: str) -> Response:
    """Back to the entry, which says what became of it."""
    told = success if obstacle is None else obstacle.value.replace("-", "_")
    return redirect(url_for("entry.show", entry_id=entry.id, told=told), code=303)
