"""Ask many endpoints at once, within bounds: connections, bytes, redirects, time."""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from chalicelib import __version__
from chalicelib.checks.endpoints.addresses import Resolve, is_public, resolve
from chalicelib.checks.endpoints.answers import LONGEST_WORDS, Answer, Problem, Request, timed_out
from chalicelib.checks.endpoints.settings import LONGEST_TIMEOUT

MOST_AT_ONCE = 200
"""A process may have 1,024 open files, on Lambda as well."""

ROUND = timedelta(seconds=45)
"""A round, and a look at the control probe, end before the next round begins, a minute later."""

LARGEST_BODY = 64 * 1024
MOST_REDIRECTS = 5
RESOLVERS = 50
"""Threads: a name server that is silent holds one up for seconds."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
KEEP_METHOD = frozenset({307, 308})
HEADERS = {
    "User-Agent": f"leadkeeper/{__version__}",
    # What is packed small may be huge.
    "Accept-Encoding": "identity",
    "Accept": "*/*",
}

log = logging.getLogger(__name__)


class Prober:
    """Asks endpoints."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = resolve,
        verify: ssl.SSLContext | None = None,
        round_time: timedelta = ROUND,
    ) -> None:
        """Ask over the network.

        Args:
            transport: replaces the network in tests.
            resolve: finds a host's addresses.
            verify: which certificates are trusted; None for those that everybody trusts.
            round_time: after it, nobody is waited for any more.
        """
        self._transport = transport
        self._resolve = resolve
        self._verify = verify
        self._round_time = round_time

    def ask(self, requests: Sequence[Request]) -> list[Answer | Problem | None]:
        """Answers in the order of the requests; None where the round's time did not suffice to ask."""
        return asyncio.run(self._ask_all(requests)) if requests else []

    async def _ask_all(self, requests: Sequence[Request]) -> list[Answer | Problem | None]:
        slots = asyncio.Semaphore(MOST_AT_ONCE)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(RESOLVERS, "resolver"))
        async with self._client() as http:
            tasks = [asyncio.create_task(self._ask(http, request, slots)) for request in requests]
            _, late = await asyncio.wait(tasks, timeout=self._round_time.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if late:
            log.warning("the round's time did not suffice", extra={"asked": len(tasks), "late": len(late)})
        return [None if task in late else task.result() for task in tasks]

    def _client(self) -> httpx.AsyncClient:
        if self._verify is None:
            self._verify = httpx.create_ssl_context()
        return httpx.AsyncClient(
            transport=self._transport,
            verify=self._verify,
            headers=HEADERS,
            # Each request has a time-out of its own for the whole; this one is for each of its steps.
            timeout=LONGEST_TIMEOUT.total_seconds(),
            # Each probe shows what a new visitor would meet.
            limits=httpx.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=0),
            # Passwords of .netrc are not for endpoints, and a proxy is no part of what is watched.
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    async def _ask(
        self, http: httpx.AsyncClient, request: Request, slots: asyncio.Semaphore
    ) -> Answer | Problem:
        async with slots:
            try:
                async with asyncio.timeout(request.timeout.total_seconds()):
                    return await self._follow(http, request)
            except TimeoutError:
                return timed_out(request)
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                return _failure(error)
            except Exception as error:
                # A fault of our own: one strange answer must not end the watch over all the others.
                log.exception("a probe failed unexpectedly")
                return _failure(error)

    async def _follow(self, http: httpx.AsyncClient, request: Request) -> Answer | Problem:
        """Ask, and go where the answers send us."""
        began = asyncio.get_running_loop().time()
        first = http.build_request(
            request.method, request.url, headers=dict(request.headers), content=request.content
        )
        certificate_ends: list[datetime] = []
        this = first
        for _ in range(MOST_REDIRECTS + 1):
            status, location, body = await _exchange(http, this, certificate_ends)
            if status not in REDIRECTS or status in request.final or not location:
                took = timedelta(seconds=asyncio.get_running_loop().time() - began)
                return Answer(status, body, took, min(certificate_ends, default=None))
            url = _original_url(this).join(location)
            address = None
            if url.host != first.url.host and not request.allow_private:
                address = await self._public_address(url)
                if address is None:
                    return Problem("redirect-refused", url.host)
            this = _redirected(http, first, status, url, address)
        return Problem("too-many-redirects", str(MOST_REDIRECTS))

    async def _public_address(self, url: httpx.URL) -> str | None:
        """The address to connect to; None if one of the host's addresses is not public."""
        addresses = await self._resolve(url.host, _port(url))
        return addresses[0] if addresses and all(map(is_public, addresses)) else None


async def _exchange(
    http: httpx.AsyncClient, request: httpx.Request, certificate_ends: list[datetime]
) -> tuple[int, str, bytes]:
    """One request: status, where it sends us, the beginning of the body."""
    response = await http.send(request, stream=True)
    try:
        ends_at = _certificate_end(response)
        if ends_at is not None:
            certificate_ends.append(ends_at)
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) >= LARGEST_BODY:
                break
    finally:
        await response.aclose()
    return response.status_code, response.headers.get("location", ""), bytes(body[:LARGEST_BODY])


def _certificate_end(response: httpx.Response) -> datetime | None:
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream else None
    certificate = tls.getpeercert() if tls else None
    if not certificate:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def _redirected(
    http: httpx.AsyncClient, first: httpx.Request, status: int, url: httpx.URL, address: str | None
) -> httpx.Request:
    """The next request. Connects to the address that was looked at: a second look-up may find another."""
    method = first.method if status in KEEP_METHOD or first.method == "HEAD" else "GET"
    # The shop's own headers hold secrets of the first host.
    headers = dict(first.headers) if _is_same_origin(first.url, url) else {}
    headers = {name: value for name, value in headers.items() if name not in ("host", "content-length")}
    if address is None:
        return http.build_request(method, url, headers=headers)
    headers["Host"] = url.netloc.decode("ascii")
    extensions = {"sni_hostname": url.host, "original_url": url}
    return http.build_request(method, url.copy_with(host=address), headers=headers, extensions=extensions)


def _original_url(request: httpx.Request) -> httpx.URL:
    """As it was before an address took the place of the host."""
    url: httpx.URL = request.extensions.get("original_url", request.url)
    return url


def _is_same_origin(first: httpx.URL, second: httpx.URL) -> bool:
    if first.host != second.host:
        return False
    is_upgrade = (first.scheme, _port(first), second.scheme, _port(second)) == ("http", 80, "https", 443)
    return is_upgrade or (first.scheme, _port(first)) == (second.scheme, _port(second))


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _failure(error: BaseException) -> Problem:
    """What kept an answer from coming: the innermost cause says it best."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
        if isinstance(error, ssl.SSLCertVerificationError):
            return Problem("certificate-invalid", error.verify_message)
    return Problem("unreachable", (_words(error) or type(error).__name__)[:LONGEST_WORDS])


def _words(error: BaseException) -> str:
    match error:
        case ssl.SSLError():
            return error.reason or str(error)
        case socket.gaierror():
            return str(error.strerror)
        case OSError(errno=int(number)):
            return os.strerror(number)
        case _:
            return str(error)
