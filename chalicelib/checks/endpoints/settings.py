"""What a shop sets for its endpoints: ``[[endpoints]]``, ``[[test_leads]]`` and ``[control_probe]``."""

import importlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr

from chalicelib.checks.endpoints.maintenance import Window
from chalicelib.checks.endpoints.statuses import SUCCESS, ExpectedStatuses
from chalicelib.config_types import Duration
from chalicelib.errors import ConfigurationError
from chalicelib.events import Severity
from chalicelib.providers.reading import SourceSettings

LONGEST_NAME = 50
"""Characters. With ``MOST_WATCHED`` it bounds our one document: DynamoDB takes 400 KB."""

MOST_WATCHED = 1000
SHORTEST_INTERVAL = timedelta(minutes=1)
LONGEST_TIMEOUT = timedelta(seconds=30)


def _full_url(value: str) -> str:
    url = AnyHttpUrl(value)
    if url.username or url.password:
        raise ValueError("a password in the URL would show up in logs; use headers")
    return str(url)


def _public_address(value: str) -> str:
    url = urlsplit(_full_url(value))
    if url.query or url.fragment:
        raise ValueError("only the address of this host is needed; sources and tokens are known")
    return url.geturl().rstrip("/")


FullUrl = Annotated[str, AfterValidator(_full_url)]
"""Unlike other URLs of the shop file, a slash at its end does matter."""


class Watched(BaseModel):
    """What all that is watched has in common.

    Attributes:
        name: for people; also names the incident.
        every: how often to look.
        timeout: for how long to wait for one answer, all of it.
        fail_after: so many failures in a row are trouble.
        recover_after: so many successes in a row are its end.
        parent: the name of what this one depends on: while that is in trouble, only that is told of.
        maintenance: when nobody is told of trouble, on the shop's clock.
        responsible: the person who is told; empty for the leads.
        severity: how much it matters.
        public: whether it is on the public status page, if there is one.
    """

    # Headers are among the input, so an error must not show it.
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    every: Duration = Field(default=timedelta(minutes=1), ge=SHORTEST_INTERVAL)
    timeout: Duration = Field(default=timedelta(seconds=10), gt=timedelta(), le=LONGEST_TIMEOUT)
    fail_after: int = Field(default=3, ge=1)
    recover_after: int = Field(default=2, ge=1)
    parent: str = ""
    maintenance: tuple[Window, ...] = ()
    responsible: str = ""
    severity: Severity = "critical"
    public: bool = True


class Endpoint(Watched):
    """A URL that must answer as expected.

    Attributes:
        headers: sent with each request to this host and to no other.
        status: the statuses that are right.
        text: what the answer must hold; empty if anything will do.
        json_values: what a JSON answer must hold, by path: ``queue.depth``, ``checks.0.state``.
        max_latency: a slower answer is a failure.
        certificate_days: with fewer days left, the certificate is an incident of its own.
        allow_private: whether a redirect may lead to a private address.
    """

    url: FullUrl
    method: Literal["GET", "HEAD", "POST", "PUT", "OPTIONS"] = "GET"
    headers: Mapping[str, SecretStr] = Field(default_factory=dict)
    status: ExpectedStatuses = SUCCESS
    text: str = ""
    json_values: Mapping[str, str | int | float | bool] = Field(default_factory=dict, alias="json")
    max_latency: Duration | None = None
    certificate_days: int | None = Field(default=None, ge=1)
    allow_private: bool = False


class TestLead(Watched):
    """A marked test lead that must come through our own gate, queue and pipeline.

    Attributes:
        url: our public address, as the landing pages reach it, without ``/hooks``.
        source: which source it plays.
        within: how soon it must have come through.
    """

    __test__ = False  # For pytest, which would collect it for its name.

    every: Duration = Field(default=timedelta(minutes=15), ge=SHORTEST_INTERVAL)
    fail_after: int = Field(default=2, ge=1)
    recover_after: int = Field(default=1, ge=1)
    url: Annotated[str, AfterValidator(_public_address)]
    source: str
    within: Duration = timedelta(minutes=2)


class ControlProbe(BaseModel):
    """Outside addresses that practically always answer: if none does, our own network is down.

    Attributes:
        urls: one or two, of different owners. Empty if nobody should look.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: tuple[FullUrl, ...] = Field(default=(), max_length=3)


def problems(
    endpoints: Sequence[Endpoint],
    test_leads: Sequence[TestLead],
    people: Collection[str],
    sources: Mapping[str, SourceSettings],
) -> Iterator[ConfigurationError]:
    """What does not fit together."""
    watched: list[Watched] = [*endpoints, *test_leads]
    if len(watched) > MOST_WATCHED:
        yield ConfigurationError("endpoints", f"more than {MOST_WATCHED}", "Watch fewer")
    names = [one.name for one in watched]
    parents = {one.name: one.parent for one in watched}
    for number, one in enumerate(watched):
        key = f"{'endpoints' if isinstance(one, Endpoint) else 'test_leads'}.{one.name}"
        if one.name in names[:number]:
            yield ConfigurationError(f"{key}.name", "two have this name", "Give each a name of its own")
        if one.parent and one.parent not in parents:
            yield ConfigurationError(f"{key}.parent", f"there is no {one.parent!r}", "Correct the name")
        elif _is_own_ancestor(one.name, parents):
            yield ConfigurationError(f"{key}.parent", "it is its own ancestor", "Break the circle")
        if one.responsible and one.responsible not in people:
            yield ConfigurationError(
                f"{key}.responsible", f"there is no {one.responsible!r} in [[people]]", "Correct the name"
            )
    for lead in test_leads:
        yield from _source_problems(lead, sources)


def _is_own_ancestor(name: str, parents: Mapping[str, str]) -> bool:
    ancestor = parents[name]
    for _ in parents:
        if ancestor == name:
            return True
        ancestor = parents.get(ancestor, "")
    return False


def _source_problems(lead: TestLead, sources: Mapping[str, SourceSettings]) -> Iterator[ConfigurationError]:
    key = f"test_leads.{lead.name}.source"
    settings = sources.get(lead.source)
    if settings is None:
        yield ConfigurationError(key, f"there is no source {lead.source!r}", "Correct the name")
        return
    try:
        importlib.import_module(f"chalicelib.providers.{settings.provider}.test_lead")
    except ModuleNotFoundError:
        yield ConfigurationError(
            key, f"the provider {settings.provider} has no test leads", "Name a source of Tilda's"
        )
