"""What notices say about licences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from scanner_app.domain.notices.days import write_day

Params = Mapping[str, Any]


def say_low_seats(params: Params) -> str:
    """Return how many seats are free."""
    free = params["free"]
    return (
        f"{params['product']} ({params['tag']}) has {free or 'no'} free seat"
        f"{'' if free == 1 else 's'} left. Buy some, or have unused ones returned."
    )


def say_over(params: Params) -> str:
    """Return how many seats too many are given."""
    over = params["over"]
    return (
        f"{over} seat{'' if over == 1 else 's'} more of {params['product']} ({params['tag']})"
        f" {'is' if over == 1 else 'are'} given than bought. Have some returned, or buy more."
    )


def say_ends(params: Params) -> str:
    """Return when a licence ends."""
    return f"The licence {params['product']} ({params['tag']}) ends on {write_day(params['day'])}."


def to_licence(params: Params) -> str:
    """Return the page of the licence."""
    return f"/licences/{quote(params['tag'], safe='')}"
