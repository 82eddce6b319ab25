"""What notices of programmes say, and where they lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner_app.domain.notices.days import write_day

Params = Mapping[str, Any]


def say_planned(params: Params) -> str:
    """Return what is said: an audit waits to be counted, or why none could be set up."""
    if params.get("problem"):
        return f"Programme “{params['programme']}” could not set up its audit: {params['problem']}"
    count = int(params.get("places") or 0)
    said = [f"{count:,} {'location' if count == 1 else 'locations'}"] if count else []
    said += [f"until {write_day(params['day'])}"] if params.get("day") else []
    return f"Audit “{params['audit']}” waits to be counted{': ' if said else ''}{', '.join(said)}."


def to_planned(params: Params) -> str:
    """Return the page of the audit, or of the programme that could not make it."""
    if params.get("problem"):
        return f"/audits/programmes/{params['id']}"
    return f"/audits/{params['id']}"
