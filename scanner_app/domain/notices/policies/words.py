"""What notices say about policies and waivers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from scanner_app.domain.notices.days import write_day

Params = Mapping[str, Any]


def say_failed(params: Params) -> str:
    """Return what does not hold any more, and of what."""
    if "count" in params:
        new, count = params["new"], params["count"]
        does = f"{'device does' if new == 1 else 'devices do'} not keep it."
        if new == count:
            return f"“{params['title']}”: {new:,} {does}"
        return f"“{params['title']}”: {new:,} more {does} In all, {count:,} do not."
    return f"“{params['title']}” does not hold for {params['subject']}. {params['detail']}"


def to_failed(params: Params) -> str:
    """Return the list of the devices that do not keep a policy, or the page of the thing."""
    if "count" in params:
        return f"/monitoring/devices?{urlencode({'policy': params['policy']})}"
    return str(params["link"] or to_policy(params))


def say_waiver_ends(params: Params) -> str:
    """Return until when something is let pass."""
    return (
        f"The waiver of “{params['title']}” for {params['subject']} ends on"
        f" {write_day(params['day'])}. See to what it lets pass, or waive it again."
    )


def to_policy(params: Params) -> str:
    """Return the page of the policy, at its waivers."""
    return f"/policies/{quote(params['policy'], safe='')}#waivers"
