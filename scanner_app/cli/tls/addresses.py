"""The names and addresses of this machine, and how a phone reaches it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import TypeAlias

IPv4: TypeAlias = ipaddress.IPv4Address


def find_names(host: str) -> tuple[list[str], list[IPv4]]:
    """Return the names and IPv4 addresses at which this machine may be reached."""
    own = socket.gethostname().partition(".")[0].lower() or "scanner"
    names = [f"{own}.local", own, "localhost"]
    addresses = {ipaddress.IPv4Address("127.0.0.1"), *_own_addresses()}
    try:
        given = ipaddress.ip_address(host)
        if isinstance(given, ipaddress.IPv4Address) and not given.is_unspecified:
            addresses.add(given)
    except ValueError:
        names.insert(0, host.lower())
    return list(dict.fromkeys(names)), sorted(addresses)


def _own_addresses() -> set[IPv4]:
    found: set[IPv4] = set()
    try:
        for *_, target in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET):
            found.add(ipaddress.IPv4Address(target[0]))
    except OSError:
        pass  # many host names do not resolve; the route below still finds the address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: connecting a datagram socket only asks from which address it would
            # send.
            probe.connect(("192.0.2.1", 9))
            found.add(ipaddress.IPv4Address(probe.getsockname()[0]))
        except OSError:
            pass  # there is no network at all
    return found


def choose_address(names: Iterable[str], *, port: int) -> str:
    """Return the address that a phone is most likely to reach: a network address, else the name."""
    outside = [name for name in names if _is_reachable(name)]
    return f"https://{outside[0] if outside else 'localhost'}:{port}"


def _is_reachable(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return not address.is_loopback and not address.is_link_local
