import getpass
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib import __version__, bootstrap, shopfile
from chalicelib.actions import CreateTask
from chalicelib.bootstrap import sqlite_engine
from chalicelib.engine.port import Engine, Message
from chalicelib.entry import Entry, Status
from chalicelib.entry import Result as Outcome
from chalicelib.events import CallMissed
from chalicelib.gate.envelope import OWN_SOURCE
from chalicelib.interventions import Obstacle, replay
from standalone.cli import main
from tests.engine.contract import an_envelope, received
from tests.standalone.host import forget

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TASK = CreateTask(
    text="Перезвонить", commentary="Звонил дважды", due_at=NOON, performer_id=1, phone="+79161234567"
)


def leadkeeper(*arguments: str) -> Result:
    """Run a command as in a process of its own."""
    done = CliRunner().invoke(main, arguments)
    if bootstrap.one_machine.cache_info().currsize:
        bootstrap.application().engine.close()
    forget()
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def engine() -> Iterator[Engine]:
    """The same file as the commands use, open beside them."""
    engine = sqlite_engine(Path("data"))
    yield engine
    engine.close()


def keep(engine: Engine, name: str, status: Status, source: str = "mango", reason: str = "") -> Entry:
    envelope = an_envelope(name, source=source, body=f"body of {name}".encode())
    entry = engine.journal.open(envelope, NOON)
    if status is Status.OPEN:
        return entry
    call = CallMissed(call_id=name, phone="+79161234567", called_at=NOON)
    entry = entry.frozen((call,), (TASK,), NOON)
    if status is Status.DONE:
        return engine.journal.save(entry.recorded(Outcome(state="done", reference="task 7", at=NOON)))
    return engine.journal.save(
        entry.closed(status, reason, "unknown status deliverd" if reason else "", NOON)
    )


def park_again(engine: Engine, entry: Entry) -> None:
    reopened = engine.journal.get(entry.id)
    assert reopened is not None
    engine.journal.save(reopened.closed(Status.PARKED, "crm-refused", "", NOON))


def waiting(engine: Engine) -> list[Message]:
    messages = []
    for queue in (engine.work, engine.notify):
        while (message := queue.receive()) is not None:
            messages.append(message)
    return messages


@pytest.mark.parametrize("command", [("journal",), ("checks", "list"), ("incidents",)])
def test_a_stage_on_aws_needs_its_library(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEADKEEPER_TABLE", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    monkeypatch.setitem(sys.modules, "boto3", None)
    done = leadkeeper(*command)
    assert done.exit_code == 2
    assert done.stderr == (
        "leadkeeper: LEADKEEPER_TABLE: it leads to AWS, and boto3 is not installed. Run make install-dev\n"
    )


# check


def test_check_says_that_the_example_is_right() -> None:
    done = leadkeeper("check")
    assert done.exit_code == 0
    assert "shop.example.toml is right: 6 sources, 2 people, mode act" in done.stdout


def test_check_names_messengers_that_cannot_reply() -> None:
    text = shopfile.load({}).path.read_text(encoding="utf-8")
    messenger = '[sources.max]\nprovider = "max"\nsecret = "env:TILDA_TOKEN"\n'
    Path("shop.toml").write_text(f"{messenger}{text}", encoding="utf-8")
    done = leadkeeper("check")
    assert done.exit_code == 0
    assert "sources.max has no token to reply with" in done.stdout


def test_check_touches_no_data() -> None:
    leadkeeper("check")
    assert not Path("data").exists()


def test_check_names_key_and_fix_and_fails() -> None:
    Path("shop.toml").write_text('[shop]\nname = "Тенты"\ntimezone = "Tomsk"\n', encoding="utf-8")
    done = leadkeeper("check")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("leadkeeper: shop.timezone: 'Tomsk' is no time zone")
    assert "Traceback" not in done.output


def test_settings_may_stand_in_a_file_beside_the_shop_file() -> None:
    Path(".env").write_text("LEADKEEPER_MODE=observe\n", encoding="utf-8")
    assert "mode observe" in leadkeeper("check").stdout


def test_the_version_is_told() -> None:
    assert __version__ in leadkeeper("--version").stdout


# journal


def test_the_journal_is_a_table_newest_first(engine: Engine) -> None:
    keep(engine, "one", Status.DONE)
    parked = keep(engine, "two", Status.PARKED, reason="crm-refused")
    done = leadkeeper("journal")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["id", "received", "source", "status", "events", "actions", "why"]
    assert lines[1].startswith(parked.id[:12])
    assert "20.11. 19:00:00" in lines[1]  # the shop's clock
    for words in ("mango", "parked", "done", "call-missed", "create-task", "task 7", "crm-refused"):
        assert words in done.stdout


def test_an_id_is_shown_as_it_stands(engine: Engine) -> None:
    entry = engine.journal.open(an_envelope("one"), NOON)
    call = CallMissed(call_id="one", phone="+79161234567", called_at=NOON)
    frozen = entry.frozen((call,), (TASK,), NOON)
    told = Outcome(state="done", reference="call pbx:office:1.2 [red]", at=NOON)
    engine.journal.save(frozen.recorded(told))
    assert "call pbx:office:1.2 [red]" in leadkeeper("journal").stdout


def test_the_journal_says_until_when_something_waits(engine: Engine) -> None:
    entry = keep(engine, "one", Status.OPEN)
    held = engine.journal.save(entry.held("quiet-hours", "", NOON + timedelta(hours=10), NOON))
    assert "quiet-hours; waits until 21.11. 05:00" in leadkeeper("journal").stdout
    assert "quiet-hours; waits until 21.11. 05:00" in leadkeeper("journal", held.id[:12]).stdout


def test_without_data_it_says_where_it_looked_and_makes_nothing() -> None:
    done = leadkeeper("journal")
    assert done.exit_code == 2
    assert "DATA: there is no data in" in done.stderr
    assert not Path("data").exists()


@pytest.mark.usefixtures("engine")
def test_the_journal_can_be_read_without_any_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETAILCRM_URL", "https://real.example")
    assert leadkeeper("journal").exit_code == 0


@pytest.mark.usefixtures("engine")
def test_an_empty_journal_is_an_empty_table() -> None:
    done = leadkeeper("journal")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 1


def ids(*arguments: str) -> list[str]:
    done = leadkeeper("journal", "--json", *arguments)
    assert done.exit_code == 0
    return [entry["id"] for entry in json.loads(done.stdout)]


def test_the_journal_can_be_chosen_from(engine: Engine) -> None:
    entries = {
        status: keep(engine, status.value, status, source="tilda" if status is Status.PARKED else "mango").id
        for status in Status
    }
    assert len(ids()) == len(Status)
    assert ids("--parked") == [entries[Status.PARKED]]
    assert ids("--quarantined") == [entries[Status.QUARANTINED]]
    assert set(ids("--parked", "--quarantined")) == {entries[Status.PARKED], entries[Status.QUARANTINED]}
    assert ids("--status", "observed") == [entries[Status.OBSERVED]]
    assert ids("--source", "tilda") == [entries[Status.PARKED]]
    assert ids("--source", "tilda", "--status", "done") == []
    assert len(ids("--limit", "2")) == 2


def test_an_unknown_status_is_a_usage_error() -> None:
    assert leadkeeper("journal", "--status", "lost").exit_code == 2


def test_the_journal_as_json_is_whole_however_long_its_lines(engine: Engine) -> None:
    entry = keep(engine, "one", Status.PARKED, reason="crm-refused")
    entry = engine.journal.save(entry.waiting("crm-refused", "очень длинный текст " * 50, NOON))
    (shown,) = json.loads(leadkeeper("journal", "--json").stdout)
    expected: dict[str, Any] = json.loads(entry.model_dump_json(exclude={"version"}))
    assert shown == expected


def test_one_entry_is_shown_with_content_plan_and_results(engine: Engine) -> None:
    entry = keep(engine, "one", Status.DONE)
    done = leadkeeper("journal", entry.id[:8])
    assert done.exit_code == 0
    for words in (entry.id, "body of one", "call-missed", "create-task", "Перезвонить", "task 7"):
        assert words in done.stdout


def test_one_entry_as_json_has_its_content(engine: Engine) -> None:
    entry = keep(engine, "one", Status.PARKED, reason="crm-refused")
    shown = json.loads(leadkeeper("journal", "--json", entry.id).stdout)
    assert shown["content"] == "body of one"
    assert shown["status"] == "parked"
    assert shown["plan"][0]["text"] == "Перезвонить"


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("command", ["journal", "replay"])
def test_an_entry_that_is_not_there_is_an_error(command: str) -> None:
    done = leadkeeper(command, "0123")
    assert done.exit_code == 1
    assert "there is no entry 0123" in done.stderr


@pytest.mark.parametrize("command", ["journal", "replay"])
def test_the_beginning_of_several_ids_is_an_error(engine: Engine, command: str) -> None:
    entries = [keep(engine, str(number), Status.PARKED) for number in range(17)]
    first = [entry.id[0] for entry in entries]
    shared = next(letter for letter in first if first.count(letter) > 1)
    done = leadkeeper(command, shared)
    assert done.exit_code == 1
    assert f"more than one entry begins with {shared}" in done.stderr


# replay


@pytest.mark.parametrize("status", [Status.PARKED, Status.QUARANTINED, Status.OBSERVED, Status.OPEN])
def test_what_is_not_at_its_end_is_replayed(engine: Engine, status: Status) -> None:
    entry = keep(engine, "one", status)
    done = leadkeeper("replay", entry.id[:12])
    assert done.exit_code == 0
    assert done.stdout == f"{entry.id[:12]}: will be tried again\n"
    reopened = engine.journal.get(entry.id)
    assert reopened is not None
    assert reopened.is_open
    assert len(reopened.interventions) == 1
    assert reopened.attempts == 0
    message = received(engine.work)
    assert message.envelope.id == entry.id
    assert message.envelope.replay > 0
    assert message.envelope.webhook.body == b"body of one"


def test_what_surely_was_not_done_is_decided_anew_and_what_may_be_done_keeps_its_plan(engine: Engine) -> None:
    entries = [keep(engine, "one", Status.OBSERVED), keep(engine, "two", Status.PARKED)]
    entries.append(engine.journal.save(keep(engine, "three", Status.PARKED).uncertain(NOON)))
    leadkeeper("replay", *(entry.id for entry in entries))
    plans = [found.plan for entry in entries if (found := engine.journal.get(entry.id))]
    assert plans == [(), (), (TASK,)]


@pytest.mark.parametrize("status", [Status.DONE, Status.IGNORED])
def test_what_is_at_its_end_is_not_replayed(engine: Engine, status: Status) -> None:
    entry = keep(engine, "one", status)
    done = leadkeeper("replay", entry.id)
    assert done.exit_code == 1
    assert f"it is {status}: nothing waits for a person" in done.stderr
    assert engine.journal.get(entry.id) == entry
    assert waiting(engine) == []


def test_a_replay_can_be_replayed(engine: Engine) -> None:
    entry = keep(engine, "one", Status.PARKED)
    leadkeeper("replay", entry.id)
    twice = leadkeeper("replay", entry.id)
    assert "it is being worked on just now" in twice.stderr
    assert engine.work.depth().messages == 1
    park_again(engine, entry)
    assert leadkeeper("replay", entry.id).exit_code == 0
    assert engine.work.depth().messages == 2


def test_everything_with_one_reason_is_replayed_oldest_first(engine: Engine) -> None:
    for number, name in enumerate(["one", "two", "three"]):
        entry = engine.journal.open(an_envelope(name), NOON + timedelta(minutes=number))
        reason = "crm-refused" if name == "two" else "crm-unreachable"
        engine.journal.save(entry.closed(Status.PARKED, reason, "", NOON))
    done = leadkeeper("replay", "--reason", "crm-unreachable")
    assert done.exit_code == 0
    assert "2 of 2 will be tried again" in done.stdout
    wanted = [an_envelope(name).id for name in ("one", "three")]
    assert [message.envelope.id for message in waiting(engine)] == wanted
    for entry_id in wanted:
        replayed = engine.journal.get(entry_id)
        assert replayed is not None
        engine.journal.save(replayed.failed("crm-unreachable", "", datetime.now(UTC)))
    assert "0 of 0" in leadkeeper("replay", "--reason", "crm-unreachable").stdout


def test_a_replay_says_who_wanted_it(engine: Engine) -> None:
    entry = keep(engine, "one", Status.PARKED)
    leadkeeper("replay", entry.id, "--by", "Анна")
    park_again(engine, entry)
    leadkeeper("replay", entry.id)
    reopened = engine.journal.get(entry.id)
    assert reopened is not None
    assert [done.who for done in reopened.interventions] == ["Анна", getpass.getuser()]
    assert "Анна" in leadkeeper("journal", entry.id).stdout


# discard


@pytest.mark.parametrize("status", [Status.PARKED, Status.QUARANTINED])
def test_what_is_set_aside_can_be_discarded(engine: Engine, status: Status) -> None:
    entries = [keep(engine, name, status, reason="crm-refused") for name in ("one", "two")]
    done = leadkeeper("discard", *(entry.id for entry in entries), "--by", "Анна", "--why", "дубль")
    assert done.exit_code == 0
    assert "nothing is to be done about it any more" in done.stdout
    shown = leadkeeper("journal", entries[0].id).stdout
    for words in ("discarded", "Анна: дубль", "crm-refused"):
        assert words in shown
    assert ids("--status", "discarded") == [entry.id for entry in reversed(entries)]
    assert "0 of 0" in leadkeeper("replay", "--reason", "crm-refused").stdout
    assert leadkeeper("replay", entries[0].id).exit_code == 0


@pytest.mark.parametrize("status", [Status.DONE, Status.OPEN, Status.OBSERVED])
def test_what_waits_for_nobody_is_not_discarded(engine: Engine, status: Status) -> None:
    entry = keep(engine, "one", status)
    done = leadkeeper("discard", entry.id)
    assert done.exit_code == 1
    assert f"it is {status}: nothing waits for a person" in done.stderr
    assert engine.journal.get(entry.id) == entry


def test_discard_wants_an_entry() -> None:
    assert leadkeeper("discard").exit_code == 2


def test_a_message_of_our_own_goes_back_to_its_own_queue(engine: Engine) -> None:
    entry = keep(engine, "one", Status.PARKED, source=OWN_SOURCE)
    assert leadkeeper("replay", entry.id).exit_code == 0
    assert engine.work.depth().messages == 0
    assert received(engine.notify).envelope.id == entry.id


def test_what_has_expired_is_told_and_cannot_be_replayed(engine: Engine) -> None:
    parked = keep(engine, "one", Status.PARKED)
    engine.expire(NOON + timedelta(days=90))
    done = leadkeeper("journal", parked.id[:12])
    assert done.exit_code == 0
    for words in (parked.id, "mango", "20.11.2026 19:00:00", "expired", "its personal data has expired"):
        assert words in done.stdout
    assert "9161234567" not in done.stdout
    assert ids() == []
    refused = leadkeeper("replay", parked.id)
    assert refused.exit_code == 1
    assert "its content has expired" in refused.stderr
    assert waiting(engine) == []


def test_an_entry_that_is_just_being_worked_on_is_left_alone(engine: Engine) -> None:
    old = keep(engine, "one", Status.OPEN)
    engine.journal.save(old.waiting("somebody", "else was faster", NOON))
    assert replay(engine, old, "Анна", NOON + timedelta(hours=1)) is Obstacle.BUSY
    assert waiting(engine) == []


def test_replay_wants_an_entry() -> None:
    assert leadkeeper("replay").exit_code == 2


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_wrong_shop_file_stops_each_command_with_a_sentence(command: str) -> None:
    Path("shop.toml").write_text("[shop", encoding="utf-8")
    done = leadkeeper(command)
    assert done.exit_code == 2
    assert done.stderr.startswith("leadkeeper: shop.toml: it is not valid TOML")


def test_a_data_folder_that_cannot_be_used_stops_a_command_with_a_sentence() -> None:
    Path("data").write_text("in the way", encoding="utf-8")
    done = leadkeeper("journal")
    assert done.exit_code == 2
    assert done.stderr.startswith("leadkeeper: DATA: ")
