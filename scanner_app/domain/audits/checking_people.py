"""Check what a report says of people: who closed, their statements, and answers of custodians."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner_app.domain.audits.acts import ActKind, StatementOf
from scanner_app.domain.audits.approver import COUNTS, DECIDES, Approver, refuse_approver
from scanner_app.domain.audits.asking.attestation import Grade, count_attested, flags_of
from scanner_app.domain.audits.findings import FindingState, Flag
from scanner_app.domain.audits.policy import attestation_of, needs_signature, needs_statements
from scanner_app.domain.seals.canonical import hash_canonical
from scanner_app.domain.seals.check import Broken

ATTESTED = {Flag.ATTESTED.value, Flag.ATTESTED_WITH_PICTURE.value}


def check_approver(report: Mapping[str, Any]) -> None:
    """Raise unless the person who closed did nothing that the rule of the audit forbids them.

    :raises Broken: `decisions`.
    """
    acts = report["acts"]["items"]
    closing = [item for item in acts if item["kind"] == "closed"]
    if report["audit"]["state"] != "closed":
        return
    rule = Approver(report["policy"]["approver"])
    if rule is Approver.ANYONE:
        return
    closer = closing[-1]["person_key"] if closing else None
    counters = {one["person"] for one in report["counted_by"]}
    counters |= {item["person_key"] for item in acts if item["kind"] in COUNTS}
    deciders = {item["person_key"] for item in acts if item["kind"] in DECIDES}
    if refuse_approver(rule, closer, counters=counters, deciders=deciders) is not None:
        counted = closer is None or closer in counters
        raise Broken("decisions", f"the approver {'counted' if counted else 'decided'}")


def check_statements(report: Mapping[str, Any]) -> None:
    """Raise unless each statement is what its act says, and those that the policy asks for exist.

    :raises Broken: `decisions`.
    """
    acts = [item for item in report["acts"]["items"] if item["kind"] == ActKind.STATEMENT.value]
    shown = report["statements"]
    if len(acts) != len(shown):
        raise Broken("decisions", "a statement is missing")
    for act, one in zip(acts, shown, strict=True):
        drawn = one.get("signature")
        sha256 = hash_canonical(drawn) if drawn is not None else None
        said = [act["at"], act["actor_name"], act["person_key"], act["text"]]
        if said != [one["at"], one["name"], one["person"], one["text"]]:
            raise Broken("decisions", f"the statement of {one['name']} is not what its act says")
        if sha256 != act["about"].get("signature"):
            raise Broken("decisions", f"the signature of {one['name']} is another")
    if report["audit"]["state"] == "closed":
        closing = [a for a in acts if a["about"].get("as") == StatementOf.APPROVER.value]
        if needs_statements(report["policy"]) and not any(a["text"] for a in closing):
            raise Broken("decisions", "the approver stated nothing")
        if needs_signature(report["policy"]) and not any(
            "signature" in a["about"] for a in closing
        ):
            raise Broken("decisions", "the approver did not sign")


def check_attestations(report: Mapping[str, Any]) -> None:
    """Raise unless each answer is what its act says, and no finding is attested without one.

    :raises Broken: `attestations`.
    """
    part = report.get("attestations")
    answers = part["answers"] if part is not None else []
    said = [
        (finding, act["at"], act["about"]["answer"], act["about"]["grades"], act["text"])
        for act in report["acts"]["items"]
        if act["kind"] == ActKind.ATTESTED.value
        for finding in act["findings"]
    ]
    shown = {
        (one["finding"], _in_one_form(one["at"]), one["answer"], one["grade"], one["note"])
        for one in answers
    }
    tags = {f["id"]: f["asset_tag"] for f in report["findings"]}
    known = {
        (finding, _in_one_form(at), answer, grades.get(tags.get(finding)), note)
        for finding, at, answer, grades, note in said
    }
    if shown != known:
        raise Broken("attestations", "an answer is not what its act says")
    newest = {one["finding"]: one["grade"] for one in answers}
    is_judged = report["audit"]["counting_ended_at"] is not None
    for finding in report["findings"]:
        grade = newest.get(finding["id"]) if finding["state"] == FindingState.MISSING else None
        follows = set(flags_of(Grade(grade) if grade is not None else None))
        if {*finding["flags"]} & ATTESTED != (follows if is_judged else set()):
            raise Broken("attestations", f"{finding['asset_tag']} does not follow from its answers")
    if part is None:
        return
    counted = count_attested(
        [(f["state"], f["flags"]) for f in report["findings"]], attestation_of(report["policy"])
    )
    if counted != (part["figure"]["part"], part["figure"]["whole"]):
        raise Broken("attestations", part["figure"]["name"])


def _in_one_form(text: str) -> str:
    """Return a time in one form: acts and answers write the zone in two ways."""
    return text.replace("+00:00", "Z")
