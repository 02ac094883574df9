"""Which addresses a host has, and whether a stranger may send us there."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

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
        ip = ip.ipv4_mapped or ip.sixtofour or _translated(ip) or ip
    return ip.is_global and not ip.is_multicast


def _translated(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a NAT64 gateway would make of it."""
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None
