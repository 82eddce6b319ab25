"""Holdings of a report, worked out again: each follows from what people said of it, by acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scanner_app.domain.audits.holdings.holdings import (
    PART,
    HoldingDecision,
    count_accuracy,
    hash_holdings,
    judge_answer,
)
from scanner_app.domain.seals.check import Broken

CODE = PART
# The kinds of acts, as a report of any age names them.
ANSWERED, DECIDED = "holding_answered", "holding_decided"
UNSAID: Mapping[str, Any] = {"holds": None, "quantity": None, "recorded": None}


def check_holdings(report: Mapping[str, Any]) -> None:
    """Raise unless the frozen list has its hash, and each item and the figure follow from acts.

    :raises Broken: `holdings`.
    """
    part = report.get(PART)
    acts = report["acts"]["items"]
    frozen = [
        act["about"][PART] for act in acts if act["kind"] == "frozen" and PART in act["about"]
    ]
    if part is None:
        if frozen:
            raise Broken(CODE, "its SHA-256 is another")
        return
    items = part["items"]
    sha256 = hash_holdings(
        [
            one["kind"], one["code"], one["location"] or "", one["custodian"] or "",
            one["frozen_quantity"],
        ]
        for one in items
    )  # fmt: skip
    own = {"count": part["count"], "sha256": part["sha256"]}
    if [own] != frozen or own != {"count": len(items), "sha256": sha256}:
        raise Broken(CODE, "its SHA-256 is another")
    for one in items:
        _check_item(one, acts)
    counted = count_accuracy((one["counted"], one["recorded"]) for one in items)
    if counted != (part["figure"]["part"], part["figure"]["whole"]):
        raise Broken(CODE, part["figure"]["name"])


def _check_item(one: Mapping[str, Any], acts: Sequence[Mapping[str, Any]]) -> None:
    """Raise unless an item follows from its newest answer and the decision that came after it."""
    about = UNSAID
    answered: tuple[Any, ...] = (None, None, None)
    decided: tuple[Any, ...] = (None, None, None, None)
    for act in acts:
        said = act["about"]
        if act["kind"] == ANSWERED and said["holding"] == one["id"]:
            about = said
            answered = (act["actor_name"], _in_one_form(act["at"]), act["text"])
            decided = (None, None, None, None)
        if act["kind"] == DECIDED and one["id"] in said["holdings"]:
            at = _in_one_form(act["at"])
            decided = (said["decision"], act["text"], act["actor_name"], at)
    judged = judge_answer(
        holds=about["holds"], counted=about["quantity"], recorded=about["recorded"]
    )
    follows = (
        judged.state.value, [flag.value for flag in judged.flags],
        judged.proposal.value if judged.proposal else None,
        about["holds"], about["quantity"], about["recorded"], *answered,
    )  # fmt: skip
    shown = (
        one["state"], one["flags"], one["proposal"], one["holds"], one["counted"], one["recorded"],
        one["answered_by"], _in_one_form(one["answered_at"]), one["note"],
    )  # fmt: skip
    if shown != follows:
        raise Broken(CODE, f"{one['code']} does not follow from its answers")
    taken = (one["decision"], one["reason"], one["decided_by"], _in_one_form(one["decided_at"]))
    if taken != decided:
        raise Broken(CODE, f"{one['code']} is not decided as its acts say")
    if taken[0] == HoldingDecision.REJECT.value and not taken[1]:
        raise Broken(CODE, "a rejection without reason")


def _in_one_form(text: str | None) -> str | None:
    """Return a time in one form: acts and items write the zone in two ways."""
    return text.replace("+00:00", "Z") if text else None
