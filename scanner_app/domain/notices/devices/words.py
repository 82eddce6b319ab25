"""What notices say about the health of devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from scanner_app.domain.notices.days import write_day

Params = Mapping[str, Any]


def say_support_ends(params: Params) -> str:
    """Return when support of a release ends, and how many devices run it."""
    count = params["count"]
    title, day = params["title"], write_day(params["day"])
    return (
        f"Support of {title} {'ended' if params['is_over'] else 'ends'} on {day}."
        f" {count:,} {'device runs' if count == 1 else 'devices run'} it."
    )


def to_release(params: Params) -> str:
    """Return the list of the devices that run a release."""
    query = urlencode({"product": params["product"], "cycle": params["cycle"]})
    return f"/monitoring/devices?{query}"


def say_exploited(params: Params) -> str:
    """Return which vulnerability touches how many devices."""
    count = params["count"]
    return (
        f"{params['cve']} ({params['title']}) is exploited, and {count:,}"
        f" {'device has' if count == 1 else 'devices have'} that product. Check"
        f" {'it' if count == 1 else 'them'}: the catalogue names no versions."
    )


def to_vulnerability(params: Params) -> str:
    """Return the list of the devices that a vulnerability may touch."""
    return f"/monitoring/vulnerabilities?{urlencode({'q': params['cve']})}"


def say_no_rule(params: Params) -> str:
    """Return which system no rule knows."""
    count = params["count"]
    return (
        f"{count:,} {'device says it runs' if count == 1 else 'devices say they run'}"
        f" {params['system']}, which no rule knows. Say which product it is."
    )


def to_rules(_params: Params) -> str:
    """Return the page of the rules."""
    return "/admin/lifecycles"
