"""The console of a wired shop. Hosts import this when they need it: it loads Flask."""

from flask import Flask

from chalicelib.bootstrap import Application, texts_of
from chalicelib.console.app import create_console
from chalicelib.console.parts import ConsoleParts


def console_of(application: Application) -> Flask:
    """The shop's console, a WSGI application."""
    return create_console(
        ConsoleParts(
            shop=application.shop,
            engine=application.engine,
            crm=application.crm,
            decider=application.decider,
            texts=texts_of(application.shop),
            incidents=application.incidents,
            checks=application.checks,
            clock=application.clock,
        )
    )
