"""A pretend mailbox: an IMAP4rev1 server (RFC 3501) on a loopback port, as far as reading needs it.

It knows CAPABILITY, NOOP, LOGIN, SELECT, EXAMINE, UID SEARCH SINCE, UID FETCH and LOGOUT. As in life, a
letter that is fetched without ``PEEK`` from a folder that was opened by SELECT is marked as read.
"""

import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from typing import cast

from sandbox.imap_structure import structure

HOST = "127.0.0.1"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BLANK_LINE = b"\r\n\r\n"

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_ITEM = re.compile(r"[A-Z0-9.]+(?:\[[^\]]*\])?(?:<[0-9.]+>)?")
_SECTION = re.compile(r"BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?")


@dataclass
class Letter:
    """One letter in a folder.

    Attributes:
        content: as it came, with CRLF.
        at: when the server got it.
    """

    uid: int
    content: bytes
    at: datetime
    flags: set[str] = field(default_factory=set)


@dataclass
class Folder:
    """A folder; ``validity`` changes when its letters get other numbers."""

    letters: list[Letter] = field(default_factory=list)
    validity: int = 1
    next_uid: int = 1

    def deliver(self, content: bytes, at: datetime) -> Letter:
        """Put a letter in."""
        letter = Letter(self.next_uid, content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), at)
        self.next_uid += 1
        self.letters.append(letter)
        return letter

    def renumber(self) -> None:
        """As after the server's index was lost: the same letters, other numbers."""
        self.validity += 1
        for letter in self.letters:
            letter.uid = self.next_uid
            self.next_uid += 1


@dataclass
class Post:
    """Who may read what, what goes wrong, and what the server saw.

    Attributes:
        folders: by name.
        answers: by command, such as ``LOGIN`` or ``UID FETCH``: the answer instead of the true one; empty
            hangs up.
        unreadable: numbers of letters that it cannot hand out.
        writes_names: what stands in the name of a part that was asked for, and how the server writes it.
        breaks_after: hangs up when so many bytes were sent; None is never.
        commands: what was asked, without the tag.
        sent: bytes.
    """

    user: str
    password: str
    folders: dict[str, Folder] = field(default_factory=lambda: {"INBOX": Folder()})
    answers: dict[str, str] = field(default_factory=dict)
    unreadable: set[int] = field(default_factory=set)
    writes_names: tuple[str, str] = ("", "")
    breaks_after: int | None = None
    commands: list[str] = field(default_factory=list)
    sent: int = 0

    @property
    def inbox(self) -> Folder:
        """Where new letters come."""
        return self.folders["INBOX"]


class HungUp(Exception):
    """The server breaks the connection on purpose."""


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    disable_nagle_algorithm = True
    folder: Folder | None = None
    may_write = False

    def handle(self) -> None:
        """Answer until the client goes, or we hang up."""
        self._post = cast("Server", self.server).post
        try:
            self._say(b"* OK [CAPABILITY IMAP4rev1] ready")
            while line := self.rfile.readline():
                tag, _, asked = line.decode("utf-8", "replace").strip().partition(" ")
                self._post.commands.append(asked)
                if not self._obey(tag, asked):
                    return
        except (HungUp, OSError):
            return

    def _obey(self, tag: str, asked: str) -> bool:
        """Answer one command; whether the session goes on."""
        words = [_unescaped(quoted) if quoted else bare for quoted, bare in _WORD.findall(asked)]
        command = words[0].upper() if words else ""
        if command == "UID" and len(words) > 1:
            command = f"UID {words[1].upper()}"
        if command in self._post.answers:
            if not self._post.answers[command]:
                raise HungUp
            self._say(f"{tag} {self._post.answers[command]}".encode())
            return True
        commands: Mapping[str, Callable[[list[str], str], str]] = {
            "CAPABILITY": self._capability,
            "NOOP": lambda _, __: "OK nothing happened",
            "LOGIN": self._login,
            "SELECT": self._open,
            "EXAMINE": self._open,
            "UID SEARCH": self._search,
            "UID FETCH": self._fetch,
            "LOGOUT": self._logout,
        }
        answer = commands[command](words, asked) if command in commands else "BAD unknown command"
        self._say(f"{tag} {answer}".encode())
        return command != "LOGOUT"

    def _capability(self, words: list[str], asked: str) -> str:
        del words, asked
        self._say(b"* CAPABILITY IMAP4rev1")
        return "OK that is all"

    def _login(self, words: list[str], asked: str) -> str:
        del asked
        is_known = words[1:] == [self._post.user, self._post.password]
        return "OK welcome" if is_known else "NO [AUTHENTICATIONFAILED] who are you?"

    def _open(self, words: list[str], asked: str) -> str:
        del asked
        self.folder = self._post.folders.get(words[1])
        self.may_write = words[0].upper() == "SELECT"
        if self.folder is None:
            return "NO [NONEXISTENT] no such folder"
        self._say(b"* %d EXISTS" % len(self.folder.letters))
        self._say(b"* OK [UIDVALIDITY %d] as long as" % self.folder.validity)
        self._say(b"* OK [UIDNEXT %d] next" % self.folder.next_uid)
        return "OK [READ-WRITE] open" if self.may_write else "OK [READ-ONLY] open"

    def _search(self, words: list[str], asked: str) -> str:
        del asked
        if self.folder is None or len(words) != 4 or words[2].upper() != "SINCE":  # noqa: PLR2004 -- UID SEARCH SINCE day
            return "BAD only UID SEARCH SINCE is known"
        day, month, year = words[3].split("-")
        since = datetime(int(year), MONTHS.index(month) + 1, int(day), tzinfo=UTC).date()
        found = [str(letter.uid) for letter in self.folder.letters if letter.at.date() >= since]
        self._say(" ".join(["* SEARCH", *found]).encode())
        return "OK found"

    def _fetch(self, words: list[str], asked: str) -> str:
        if self.folder is None:
            return "BAD no folder is open"
        wanted = set(_numbers(words[2]))
        names = _ITEM.findall(asked[asked.index("(") :])
        if wanted & self._post.unreadable and any("[]" in name for name in names):
            return "NO [SERVERBUG] cannot read it"
        for number, letter in enumerate(list(self.folder.letters), 1):
            if letter.uid in wanted:
                told = b" ".join(self._item(letter, name) for name in names)
                self._say(b"* %d FETCH (%s)" % (number, told))
        return "OK fetched"

    def _logout(self, words: list[str], asked: str) -> str:
        del words, asked
        self._say(b"* BYE see you")
        return "OK gone"

    def _item(self, letter: Letter, name: str) -> bytes:
        match name:
            case "UID":
                return b"UID %d" % letter.uid
            case "FLAGS":
                return b"FLAGS (%s)" % " ".join(sorted(letter.flags)).encode()
            case "INTERNALDATE":
                at = letter.at
                return f'INTERNALDATE "{at.day:2}-{MONTHS[at.month - 1]}-{at:%Y %H:%M:%S %z}"'.encode()
            case "RFC822.SIZE":
                return b"RFC822.SIZE %d" % len(letter.content)
            case "BODYSTRUCTURE":
                return b"BODYSTRUCTURE " + structure(BytesParser().parsebytes(letter.content))
            case _:
                return self._section(letter, name)

    def _section(self, letter: Letter, name: str) -> bytes:
        found = _SECTION.fullmatch(name)
        if found is None:
            return b""
        peek, section, first, count = found.groups()
        if not peek and self.may_write:
            letter.flags.add("\\Seen")
        content = _part(letter.content, section)
        origin = ""
        if first is not None:
            origin = f"<{first}>"
            content = content[int(first) : int(first) + int(count)]
        section = section.replace(*self._post.writes_names)
        return f"BODY[{section}]{origin} {{{len(content)}}}\r\n".encode() + content

    def _say(self, line: bytes) -> None:
        line += b"\r\n"
        limit = self._post.breaks_after
        if limit is not None and self._post.sent + len(line) > limit:
            self.wfile.write(line[: max(0, limit - self._post.sent)])
            raise HungUp
        self._post.sent += len(line)
        self.wfile.write(line)


class Server(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine."""

    daemon_threads = True

    def __init__(self, post: Post, tls: ssl.SSLContext | None = None) -> None:
        """Serve this, encrypted with a certificate if there is one."""
        self.post = post
        super().__init__((HOST, 0), Session)
        if tls:
            # The handshake is a matter of the connection's own thread.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)


@contextmanager
def imap_server(post: Post, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that serves meanwhile."""
    with Server(post, tls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _part(content: bytes, section: str) -> bytes:
    head, blank, text = content.partition(BLANK_LINE)
    if section.startswith("HEADER.FIELDS"):
        wanted = {name.lower() for name in re.findall(r"[\w-]+", section.partition("(")[2])}
        fields = re.split(rb"\r\n(?![ \t])", head)
        kept = [one for one in fields if one.partition(b":")[0].decode("latin-1").lower() in wanted]
        return b"".join(one + b"\r\n" for one in kept) + b"\r\n"
    return {"": content, "HEADER": head + blank, "TEXT": text}[section]


def _numbers(told: str) -> Iterator[int]:
    for part in told.split(","):
        first, _, last = part.partition(":")
        yield from range(int(first), int(last or first) + 1)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
