"""What notices say about contracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from scanner_app.domain.notices.days import write_day

Params = Mapping[str, Any]


def say_act_by(params: Params) -> str:
    """Return what is to be decided, until when, and what happens otherwise."""
    return (
        f"Decide about {_name(params)} by {write_day(params['day'])}: it runs until"
        f" {write_day(params['ends_on'])}, and then {params['fate']}."
    )


def say_rolled_over(params: Params) -> str:
    """Return which term began without a decision."""
    return (
        f"Nobody decided about {_name(params)}, so term {params['term']} was made: it runs until"
        f" {write_day(params['day'])}."
    )


def say_lease_ends(params: Params) -> str:
    """Return when what is leased goes back."""
    return (
        f"The lease {_name(params)} ends on {write_day(params['day'])}."
        " What it covers goes back unless it is renewed."
    )


def say_not_run(params: Params) -> str:
    """Return since when nobody looked."""
    return (
        f"The daily check last ran on {write_day(params['day'])}, and then not for"
        f" {params['days']} days. See that a worker runs."
    )


def to_contract(params: Params) -> str:
    """Return the page of the contract."""
    return f"/contracts/{quote(params['number'], safe='')}"


def _name(params: Params) -> str:
    supplier = f", {params['supplier']}" if params.get("supplier") else ""
    return f"{params['number']} ({params['name']}{supplier})"
