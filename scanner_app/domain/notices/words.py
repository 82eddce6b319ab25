"""What notices say, and where they lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from scanner_app.domain.notices.days import write_day

Params = Mapping[str, Any]


def name_asset(params: Params) -> str:
    """Return an asset as sentences name it."""
    return f"{params['tag']} ({params['name']})" if params.get("name") else str(params["tag"])


def due_soon(params: Params) -> str:
    """Return what is said."""
    return (
        f"{name_asset(params)}, assigned to {params['person']}, is due back on"
        f" {write_day(params['day'])}."
    )


def overdue(params: Params) -> str:
    """Return what is said."""
    return (
        f"{name_asset(params)}, assigned to {params['person']}, was due back on"
        f" {write_day(params['day'])} and is not back yet."
    )


def silent(params: Params) -> str:
    """Return what is said."""
    return f"Reader {params['reader']} sent nothing since {params['since']}."


def back(params: Params) -> str:
    """Return what is said."""
    return f"Reader {params['reader']} sends again. It was silent since {params['since']}."


def audit_due(params: Params) -> str:
    """Return what is said."""
    day = write_day(params["day"])
    if params.get("is_late"):
        return f"Audit “{params['audit']}” was due on {day} and is still open."
    return f"Audit “{params['audit']}” is due on {day} and is not closed yet."


def finding_assigned(params: Params) -> str:
    """Return what is said."""
    end = f", until {write_day(params['day'])}" if params.get("day") else ""
    if params["count"] == 1:
        return f"A finding of audit “{params['audit']}” is yours to clear up{end}."
    return f"{params['count']:,} findings of audit “{params['audit']}” are yours to clear up{end}."


def closure_waits(params: Params) -> str:
    """Return what is said: an audit waits to be closed, or was sent back."""
    comment = f": {params['comment']}" if params.get("comment") else "."
    if params["is_back"]:
        return f"{params['by']} sent audit “{params['audit']}” back to you{comment}"
    return f"{params['by']} asks you to close audit “{params['audit']}”{comment}"


# What of an asset ends, as the sentence says it.
ENDS = {
    "warranty": "The warranty of {asset} ends on {day}.",
    "life": "The planned life of {asset} ends on {day}.",
}


def life_ends(params: Params) -> str:
    """Return what is said."""
    return ENDS[params["what"]].format(asset=name_asset(params), day=write_day(params["day"]))


def low_stock(params: Params) -> str:
    """Return what is said."""
    item, code = params["item"], params["code"]
    level, least = params["level"], params["least"]
    if location := params.get("location"):
        return f"{item} ({code}) is low in {location}: {level} left, and {least} is the minimum."
    return f"{item} ({code}) is low: {level} left, and {least} is the minimum."


def to_accept(params: Params) -> str:
    """Return what is said."""
    return f"Please look at what was handed to you ({params['number']}), and accept or decline it."


# What became of a link, as the sentence says it.
ANSWERS = {
    "accepted": "{person} accepted {number}.",
    "declined": "{person} declined {number}: {reason}",
    "lapsed": "{person} did not answer in time: {number} waits for another link.",
}


def answered(params: Params) -> str:
    """Return what is said."""
    return ANSWERS[params["answer"]].format_map(params)


def to_answer(params: Params) -> str:
    """Return the address for it."""
    return f"/acceptances/{params['link']}"


def to_handover(params: Params) -> str:
    """Return the address for it."""
    return f"/h/{quote(params['number'], safe='')}"


def job_failed(params: Params) -> str:
    """Return what is said."""
    return f"{params['job']} failed: {params['reason']}"


def delivery_failed(params: Params) -> str:
    """Return what is said."""
    return f"{params['what']} could not be delivered: {params['reason']}"


def attestation_asked(params: Params) -> str:
    """Return what is said."""
    audit = params["audit"]
    if params["step"]:
        return (
            f"Please answer: Audit “{audit}” asks which of the things assigned to you you have."
            " It takes a minute."
        )
    return f"Audit “{audit}” asks which of the things assigned to you you have. It takes a minute."


def to_asset(params: Params) -> str:
    """Return the address for it."""
    return f"/assets/{quote(params['tag'], safe='')}"


def to_stock(params: Params) -> str:
    """Return the address for it."""
    return f"/stock/items/{quote(params['code'], safe='')}"


def to_reader(params: Params) -> str:
    """Return the address for it."""
    return f"/readers/{params['id']}"


def to_audit(params: Params) -> str:
    """Return the address for it."""
    return f"/audits/{params['id']}"


def to_assigned(params: Params) -> str:
    """Return the address for it."""
    return f"/audits/{params['id']}?who={params['who']}"


def to_closure(params: Params) -> str:
    """Return the address for it."""
    return f"/audits/{params['id']}" if params["is_back"] else f"/audits/{params['id']}/closure"


def to_attestation(params: Params) -> str:
    """Return the address for it."""
    return f"/attest/mine/{params['id']}"


def to_page(params: Params) -> str:
    """Return the address for it."""
    return str(params["page"])


def request_waits(params: Params) -> str:
    """Return what somebody asks for, or for how much more."""
    if params.get("is_again"):
        return (
            f"{params['title']} (R{params['request']}) comes to more than was approved."
            " Decide about it again."
        )
    return f"{params['who']} asks for {params['title']} (R{params['request']}). Decide about it."


# What became of a request, as the sentence says it.
DECIDED = {
    "approved": "Your request {title} (R{request}) is approved{why}.",
    "rejected": "Your request {title} (R{request}) is refused{why}.",
    "fulfilled": "Your request {title} (R{request}) is there{why}.",
    "more_approved": "Your request {title} (R{request}) is approved for the higher amount{why}.",
    "more_refused": "Your request {title} (R{request}) is refused for the higher amount{why}.",
}
DECIDED_OTHERWISE = "Your request {title} (R{request}): {state}{why}."


def request_decided(params: Params) -> str:
    """Return what became of a request."""
    known = params["state"] in DECIDED
    said = DECIDED[params["state"]] if known else DECIDED_OTHERWISE
    return said.format_map({**params, "why": f": {params['reason']}" if params["reason"] else ""})


def budget_exceeded(params: Params) -> str:
    """Return by how much a budget is overdrawn."""
    return (
        f"The budget {params['budget']} is overdrawn by {params['over']} {params['currency']}."
        " Raise it, or buy less."
    )


def to_request(params: Params) -> str:
    """Return the page of the request."""
    return f"/requests/{params['request']}"


def to_budget(params: Params) -> str:
    """Return the page of the budget."""
    return f"/budgets/{params['id']}"
