"""What the notices of reservations say, and where they lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

# What is said of a reservation.
RESERVED = {
    "ready": "Your reservation {number} begins {starts_at}: {things}.",
    "at_risk": "{things} of your reservation {number}, from {starts_at}, is still with {holder}.",
    "instead": "{things} of your reservation {number}, from {starts_at}, is still with {holder}."
    " {substitute} is free in its place.",
    "lapsed": "Nobody picked up reservation {number} ({things}), so it is free again.",
}


def say_wanted_back(params: Mapping[str, Any]) -> str:
    """Return what is said to who has a thing that somebody else has reserved."""
    name = f" ({params['name']})" if params.get("name") else ""
    return (
        f"{params['tag']}{name}, assigned to {params['person']}, is reserved for somebody else from"
        f" {params['starts_at']}. Please bring it back before."
    )


def say_reservation(params: Mapping[str, Any]) -> str:
    """Return what is said to who has reserved something."""
    return RESERVED[params["what"]].format_map(params)


def link_reservation(params: Mapping[str, Any]) -> str:
    """Return the address of a reservation."""
    return f"/reservations/{quote(params['number'], safe='')}"
