"""Which addresses a webhook may name: only public ones, whatever they are written like.

A webhook is a request that somebody's text makes this server send. Without this, it would reach
what only this server can reach: its own ports, machines inside, the metadata of a cloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

MAX_URL = 2000
HTTPS, HTTP = 443, 80
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
# Names of this machine and of networks inside.
_INSIDE = ("localhost", "internal", "local", "lan", "home", "corp", "intranet", "home.arpa")
# What Python calls global although it leads inside, or may: addresses that carry others.
_CARRIERS = tuple(
    ip_network(text)
    for text in (
        "::ffff:0:0/96",  # IPv4-mapped, RFC 4291
        "::/96",  # IPv4-compatible, RFC 4291
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # NAT64 inside a network, RFC 8215
        "2002::/16",  # 6to4, RFC 3056
        "2001::/32",  # Teredo, RFC 4380
        "fec0::/10",  # site-local, RFC 3879
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "0.0.0.0/8",
        "240.0.0.0/4",
    )
)

Address = IPv4Address | IPv6Address


class AddressRefused(ValueError):
    """An address that is not asked. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class OutboundRules:
    """What an operator lets webhooks reach.

    :param allow: host names, and networks such as 10.0.5.0/24, that may be inside.
    :param may_http: whether a message may go unencrypted.
    :param ports: the ports besides 443, and 80 with `may_http`.
    """

    allow: tuple[str, ...] = ()
    may_http: bool = False
    ports: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes."""

    scheme: str
    host: str
    port: int
    path: str


def read_target(url: str, rules: OutboundRules) -> Target:
    """Return where a URL leads, as far as its text says.

    :raises AddressRefused: it may not be asked, or is not a URL at all.
    """
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>'):
        raise AddressRefused("Enter an address such as https://example.org/hook.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("Enter an address such as https://example.org/hook.") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and rules.may_http):
        raise AddressRefused("The address must begin with https://.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("Leave the user name and password out of the address.")
    usual = HTTPS if parts.scheme == "https" else HTTP
    port = usual if port is None else port
    if port != usual and port not in rules.ports:
        raise AddressRefused(f"Port {port} is not allowed. An admin of the server can allow it.")
    host = (parts.hostname or "").rstrip(".")
    _check_host(host, rules)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def _check_host(host: str, rules: OutboundRules) -> None:
    if host in rules.allow:
        return
    if ":" in host:
        try:
            address = IPv6Address(host)
        except ValueError as error:
            raise AddressRefused("This is not an address.") from error
        _check_address(address, rules)
        return
    labels = host.split(".")
    if not host or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("The address names no host.")
    # 127.1, 0x7f.1, 017700000001 and 2130706433 are all 127.0.0.1 to a resolver.
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        try:
            address4 = IPv4Address(host)
        except ValueError as error:
            raise AddressRefused("Write a numeric address as four numbers.") from error
        _check_address(address4, rules)
        return
    if len(labels) == 1 or any(host == name or host.endswith(f".{name}") for name in _INSIDE):
        raise AddressRefused(f"{host} is a name inside a network. An admin can allow it.")


def check_addresses(host: str, found: Iterable[str], rules: OutboundRules) -> list[str]:
    """Return the addresses of a host if every one of them may be asked.

    :raises AddressRefused: one may not: a name must not lead inside by its second answer.
    """
    addresses = list(found)
    if not addresses:
        raise AddressRefused(f"{host} has no address.")
    if host not in rules.allow:
        for text in addresses:
            try:
                address = ip_address(text)
            except ValueError as error:  # with a zone, such as fe80::1%eth0
                raise AddressRefused(f"{host} leads into a network.") from error
            _check_address(address, rules)
    return addresses


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public network, for one receiver."""
    carried = any(address in net for net in _CARRIERS if net.version == address.version)
    is_plain = not (address.is_multicast or address.is_unspecified or address.is_reserved)
    return address.is_global and is_plain and not carried


def _check_address(address: Address, rules: OutboundRules) -> None:
    if is_public(address):
        return
    for text in rules.allow:
        try:
            network = ip_network(text)
        except ValueError:
            continue
        if network.version == address.version and address in network:
            return
    raise AddressRefused(f"{address} is not a public address. An admin of the server can allow it.")
