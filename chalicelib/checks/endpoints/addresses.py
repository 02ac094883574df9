"""Which addresses a host has, and whether a stranger may send us there."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port in, addresses out; ``OSError`` if it has none."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system.

    Raises:
        OSError: there is no such host, or nobody who knows.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def is_public(address: str) -> bool:
    """False for loopback, private, link-local, reserved and whatever else is not of the open Internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # An IPv4 address in disguise.
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_global and not ip.is_multicast
