"""Callbacks are strangers' addresses: which of them we ask at all, and which hosts we connect to.

A hub can be told to fetch any address, so nobody is to reach through it what they could not reach themselves. The
spelling is judged when it comes in; where it leads is judged at each connect, by the very address that is connected to:
a name may lead elsewhere by then.
"""

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from errno import EACCES
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any
from urllib.parse import urlsplit

from feedsvc.errors import FeedsvcError

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

LONGEST = 2_000
"""How long an address may be, in characters."""

_VISIBLE = re.compile(r"[!#-;=?-\[\]_a-z~]+")
# RFC 1123 section 2.1, with the underscores that people use all the same.
_NAME = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?"
)
# RFC 6052 section 2.1: an IPv4 address as a network with IPv6 alone spells it.
_NAT64 = ip_network("64:ff9b::/96")
# RFC 4291 section 2.4; all else is local, special, or nobody's.
_UNICAST = ip_network("2000::/3")
# What of both is not public, by IANA's registries of special-purpose addresses (RFC 6890), and groups (RFC 5771). By
# itself Python knows some of them, others with each version. The last is where a machine in Azure finds its metadata.
_SPECIAL: Networks = [
    *map(ip_network, ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12")),
    *map(ip_network, ("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15")),
    *map(ip_network, ("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")),
    *map(ip_network, ("2001::/23", "2001:db8::/32", "3fff::/20")),
    ip_network("168.63.129.16/32"),
]


class Unwelcome(FeedsvcError):
    """An address that is not asked; the sentence says why."""


class Forbidden(OSError):
    """What a name leads to is no public address."""


@dataclass(frozen=True, slots=True)
class Callback:
    """An address of a stranger's that may be asked, and its host: name and port, as limits are counted by it."""

    url: str
    host: str


def read_networks(text: str) -> Networks:
    """The networks that `text` lists, with white space between them."""
    return [ip_network(network) for network in text.split()]


def read_callback(url: str, opened: Networks) -> Callback:
    """The callback at `url`, with the networks that are `opened` though they are not public. Raises `Unwelcome`."""
    if len(url) > LONGEST:
        raise Unwelcome(f"hub.callback is longer than {LONGEST} characters.")
    if not _VISIBLE.fullmatch(url):
        raise Unwelcome("hub.callback has a character that no address has (RFC 3986).")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Unwelcome("hub.callback is no address.") from None
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise Unwelcome("hub.callback is no absolute http or https address.")
    if "@" in parts.netloc:
        raise Unwelcome("hub.callback has a user or a password in it.")
    if "#" in url:  # and be it an empty one
        raise Unwelcome("hub.callback has a fragment.")
    if port == 0:
        raise Unwelcome("hub.callback has no port that can be asked.")
    _require_welcome(host, opened)
    usual = 443 if parts.scheme.lower() == "https" else 80
    name = f"[{host}]" if ":" in host else host.rstrip(".")
    return Callback(url, f"{name}:{port or usual}")


def _require_welcome(host: str, opened: Networks) -> None:
    try:
        address = ip_address(host)
    except ValueError:
        # The decimal, octal, hexadecimal and short spellings of IPv4 all end in a number, which no name does.
        last = host.rstrip(".").rpartition(".")[2]
        if not _NAME.fullmatch(host) or last.isdecimal() or re.fullmatch("0x[0-9a-f]*", last):
            raise Unwelcome("hub.callback names no host in the usual way.") from None
        return
    if not is_public(address, opened):
        raise Unwelcome("hub.callback is in a network that is not public.")


def is_public(address: Address, opened: Networks) -> bool:
    """Whether a stranger may have us connect to an address: it is public, and so is any that it wraps; or it is in a
    network that is opened."""
    wrapped = list(_unwrapped(address))
    if any(_is_in(each, opened) for each in wrapped):
        return True
    return all(not _is_in(each, _SPECIAL) and (each.version == 4 or each in _UNICAST) for each in wrapped)


def _unwrapped(address: Address) -> Iterator[Address]:
    """The IPv4 address that is meant, or one of IPv6 and what it would be carried to (RFC 3056)."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped:
        yield address.ipv4_mapped
    elif address in _NAT64:
        yield IPv4Address(address.packed[-4:])
    else:
        yield address
        if address.sixtofour:
            yield address.sixtofour


def _is_in(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def guarded_sockets(opened: Networks) -> Callable[[Any], socket.socket]:
    """What makes the socket for each connection (an entry of `getaddrinfo` in), and raises `Forbidden` instead if it
    would lead to what is not public."""

    def make(found: Any) -> socket.socket:
        family, kind, protocol, _, there = found
        address = ip_address(str(there[0]).partition("%")[0])
        if not is_public(address, opened):
            raise Forbidden(EACCES, f"{address} is in a network that is not public")
        return socket.socket(family, kind, protocol)

    return make
