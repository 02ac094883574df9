"""The commands in the README work as pasted."""

import re
import shlex
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.world import FORM, World

README = Path(__file__).parent.parent / "README.md"


def curl_commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    joined = "\n".join(blocks).replace("\\\n", " ")
    return [shlex.split(line) for line in joined.splitlines() if line.startswith("curl ")]


def send(world: World, command: list[str]) -> int:
    fields: list[tuple[str, str]] = []
    body, content_type = b"", FORM
    arguments = iter(command[1:])
    url = ""
    for argument in arguments:
        match argument:
            case "--data-urlencode":
                name, _, value = next(arguments).partition("=")
                fields.append((name, value))
            case "-H":
                content_type = next(arguments).partition(": ")[2]
            case "-d":
                body = next(arguments).encode()
            case _:
                url = argument
    _, _, source, *path = urlsplit(url).path.split("/")
    return world.post(source, "/".join(path), body or urlencode(fields).encode(), content_type).status


def test_curl_examples_sent_ten_times_have_one_effect(world: World) -> None:
    commands = curl_commands()
    assert len(commands) == 5
    for _ in range(10):
        assert [send(world, command) for command in commands] == [200] * 5
        world.work()
    assert [order.get("phone") for order in world.orders] == ["+79165550001", "+79165550002", None]
    assert "klient.kak_zovut: Анна" in world.orders[-1]["customerComment"]
    assert len(world.tasks) == 1
    assert [message["to"] for message in world.messages] == ["+79161112233"]
