"""A small mail server on this machine, for one test."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

COMMANDS = ("EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "QUIT", "RSET")


@dataclass
class Script:
    """How the server behaves, and what it saw.

    Attributes:
        answers: by command: the line to answer instead of success; empty hangs up.
        tls: encrypts after STARTTLS, which is not offered without it.
        commands: all that came in the clear.
    """

    answers: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    commands: list[str] = field(default_factory=list)
    received: list[EmailMessage] = field(default_factory=list)


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    secure: ssl.SSLSocket | None = None

    def finish(self) -> None:
        super().finish()
        if self.secure is not None:
            self.secure.close()

    def handle(self) -> None:
        script = cast("Server", self.server).script
        is_encrypted = False
        self._say("220 ready")
        while line := self.rfile.readline():
            text = line.decode("utf-8", "replace").strip()
            command = text.split(" ", maxsplit=1)[0].upper()
            if not is_encrypted:
                script.commands.append(text)
            answer = script.answers.get(command)
            if answer is not None:
                if not answer:
                    return
                self._say(answer)
            elif command == "EHLO":
                offers = "" if is_encrypted or script.tls is None else "250-STARTTLS\r\n"
                self._say(f"250-mail.example\r\n{offers}250-8BITMIME\r\n250 AUTH PLAIN")
            elif command == "STARTTLS" and script.tls is not None:
                self._say("220 go ahead")
                try:
                    secure = self.secure = script.tls.wrap_socket(self.connection, server_side=True)
                except ssl.SSLError:
                    return
                self.rfile, self.wfile = secure.makefile("rb"), secure.makefile("wb")
                is_encrypted = True
            elif command == "DATA":
                self._say("354 go on")
                self._receive(script)
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("235 welcome" if command == "AUTH" else "250 ok")

    def _receive(self, script: Script) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        answer = script.answers.get("END")
        if answer is None:
            message = message_from_bytes(b"".join(lines), policy=policy.SMTP)
            script.received.append(message)
            answer = "250 queued"
        if answer:
            self._say(answer)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
        self.wfile.flush()


class Server(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        self.script = script
        super().__init__(("127.0.0.1", 0), Session)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


@contextmanager
def mail_server(script: Script) -> Iterator[int]:
    """The port of a server that serves meanwhile."""
    with Server(script) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
