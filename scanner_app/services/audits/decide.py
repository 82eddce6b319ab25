"""Accept or reject what findings propose."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.deciding.lists import LIST, show_list
from scanner_app.domain.audits.evidence.needed import needs_pictures
from scanner_app.domain.audits.findings import IN_TWO, FindingState, Flag
from scanner_app.domain.audits.proposals import DECISIONS, Decision, ProposalKind
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.models import Audit, Finding
from scanner_app.queries.audits.proving.pictures import find_bare
from scanner_app.queries.audits.rounds.comparing import find_unlooked
from scanner_app.services.audits.approval.changing import record_change
from scanner_app.services.audits.counted.keep import keep_tallies
from scanner_app.services.audits.steps import lock_audit
from scanner_app.services.register.codes import CodeClaim, refuse_taken

CHUNK = 500
MAX_REASON = 2000
MAX_NAMED = 5


def decide_findings(
    session: Session,
    *,
    audit_id: int,
    finding_ids: Collection[int],
    decision: Decision,
    reason: str | None,
    actor: Actor,
    now: datetime,
    asset: Mapping[str, Any] | None = None,
    only_open: bool = False,
    rule: Mapping[str, Any] | None = None,
    asked: Mapping[str, Any] | None = None,
) -> int:
    """Decide about findings, one or many with one reason, all or none; return how many.

    Of a missing asset that was scanned outside the audit nothing is proposed: it is accepted as
    present or marked as missing, with a reason. An unknown label may be not ours, with a reason.
    All others accept or reject what is proposed.

    :param only_open: skip those that somebody has decided by now.
    :param asset: fields of the asset to register, if one unknown label is accepted.
    :param rule: the version of the rule that suggested it, kept in the act.
    :param asked: the filter whose whole list is meant, in words; kept in the act, with a hash of
        what was decided. None if the findings were picked.
    :raises Conflict: the audit is not being reconciled, a tag is taken, or a picture is needed.
    :raises NotFound: a finding does not belong to this audit.
    :raises Invalid: the decision needs a reason and has none, or is not one about this finding.
    """
    text, wanted = _read_reason(decision, reason), sorted(set(finding_ids))
    require_reconciling(audit := lock_audit(session, audit_id))
    _refuse_disagreeing(session, audit_id, wanted)
    values: dict[str, Any] = _write_decision(decision, text, actor, now)
    chosen = _lock_decidable(session, audit, wanted, decision, only_open=only_open)
    if not chosen:
        return 0
    if decision is Decision.ACCEPT and _registers(chosen):
        values["proposal_fields"] = _describe_asset(chosen, len(wanted), asset)
        refuse_taken(session, [_claim(values["proposal_fields"]["asset"])])
    ids = [finding.id for finding in chosen]
    about = {**_describe(decision, rule, chosen, asked), **_show_asset(values)}
    # One act, however many findings: it says that they were decided together.
    values["decided_act_id"] = record_change(
        session, kind=ActKind.DECIDED, actor=actor, now=now, audit_id=audit_id, text=text,
        about=about, finding_ids=ids,
    )  # fmt: skip
    _write(session, audit_id, ids, values)
    _mark_duplicates(session, audit_id, chosen, decision)
    return len(ids)


def _refuse_disagreeing(session: Session, audit_id: int, wanted: Sequence[int]) -> None:
    """Raise if many are decided at once, and two counts disagree about one of them."""
    if len(wanted) == 1:
        return
    unlooked = find_unlooked(session, audit_id)
    tags = [unlooked[id_] for id_ in wanted if id_ in unlooked]
    if tags:
        raise Conflict(
            f"Two counts disagree about {', '.join(tags[:MAX_NAMED])}"
            f"{' and others' if len(tags) > MAX_NAMED else ''}: look at each of them first.",
            code="counts_disagree",
        )


def _require_pictures(
    session: Session, audit: Audit, ids: Sequence[int], decision: Decision
) -> None:
    """Raise unless each thing has the picture that the policy asks for.

    :raises Conflict: `picture_required`, with the names of the first few.
    """
    if not needs_pictures(audit.policy):
        return
    bare = list(find_bare(session, audit.id, ids, decision).values())
    if bare:
        raise Conflict(
            f"The policy asks for a picture of {', '.join(bare[:MAX_NAMED])}"
            f"{' and others' if len(bare) > MAX_NAMED else ''}: add one on its page first.",
            code="picture_required",
        )


def _lock_decidable(
    session: Session, audit: Audit, wanted: Sequence[int], decision: Decision, *, only_open: bool
) -> list[Any]:
    """Return the findings that are decided, locked; each takes the decision."""
    chosen: list[Any] = []
    for findings in _lock_in_chunks(session, audit.id, wanted):
        open_ones = [f for f in findings if not only_open or f.decision is None]
        _require_decidable(open_ones, decision)
        _require_pictures(session, audit, [f.id for f in open_ones], decision)
        chosen += open_ones
    return chosen


def _registers(findings: Sequence[Any]) -> bool:
    return any(finding.proposal is ProposalKind.REGISTER for finding in findings)


def _write(session: Session, audit_id: int, ids: Sequence[int], values: Mapping[str, Any]) -> None:
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        session.execute(update(Finding).where(Finding.id.in_(chunk)).values(**values))
    if len(ids) > CHUNK:  # a worker takes fewer into the tallies
        keep_tallies(session, audit_id)


def _mark_duplicates(
    session: Session, audit_id: int, findings: Sequence[Any], decision: Decision
) -> None:
    """Write the flag of what was decided to be two things with one label, and of nothing else."""
    duplicate = Flag.DUPLICATE_LABEL.value
    for finding in findings:
        # Of a label that no asset has, its scans say whether it means two things.
        is_two = DECISIONS[decision].is_of_two
        if finding.asset_id is not None and is_two is not (duplicate in finding.flags):
            flags = {*finding.flags, duplicate} if is_two else {*finding.flags} - {duplicate}
            _write(session, audit_id, [finding.id], {"flags": sorted(flags)})


def _show_asset(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tag of the asset to register, if the decision names one."""
    asset = (values.get("proposal_fields") or {}).get("asset") or {}
    return {"asset_tag": asset["asset_tag"]} if asset else {}


def _write_decision(decision: Decision, text: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the columns of a decision, without its act."""
    named = {"decided_by": actor.name, "decided_at": now}
    return {"decision": decision, "reason": text or None, **named}


def _describe(
    decision: Decision,
    rule: Mapping[str, Any] | None,
    chosen: Sequence[Any],
    asked: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return what the act of a decision is about, and for many over which list it was made."""
    about: dict[str, Any] = {"decision": decision.value}
    if rule:
        about["rule"] = dict(rule)
    if len(chosen) > 1 or asked is not None:
        about[LIST] = show_list([(f.id, f.state, f.proposal) for f in chosen], asked)
    return about


def _read_reason(decision: Decision, reason: str | None) -> str:
    """Return the reason as it is kept.

    :raises Invalid: the decision needs one and has none.
    """
    text = (reason or "").strip()[:MAX_REASON]
    needed = DECISIONS[decision].needs_reason
    if needed and not text:
        raise Invalid(needed, errors={"reason": [needed]})
    return text


def require_reconciling(audit: Audit) -> None:
    """Raise unless an audit is being reconciled.

    :raises Conflict: `not_reconciling`, or `audit_closed`.
    """
    if audit.state is not AuditState.RECONCILING:
        code = "audit_closed" if audit.state is AuditState.CLOSED else "not_reconciling"
        raise Conflict(
            "Findings can be decided only while an audit is being reconciled; "
            f"this one is {audit.state.value}.",
            code=code,
        )


def _lock_in_chunks(
    session: Session, audit_id: int, wanted: Sequence[int]
) -> Iterator[Sequence[Any]]:
    for start in range(0, len(wanted), CHUNK):
        yield _lock_findings(session, audit_id, wanted[start : start + CHUNK])


def _lock_findings(session: Session, audit_id: int, ids: Sequence[int]) -> Sequence[Any]:
    findings = session.execute(
        select(
            Finding.id,
            Finding.state,
            Finding.proposal,
            Finding.proposal_fields,
            Finding.decision,
            Finding.outside_scan_id,
            Finding.asset_id,
            Finding.flags,
        )
        .where(Finding.audit_id == audit_id, Finding.id.in_(ids))
        .order_by(Finding.id)
        .with_for_update()
    ).all()
    if len(findings) != len(ids):
        raise NotFound("That finding does not belong to this audit.")
    return findings


def _require_decidable(findings: Sequence[Any], decision: Decision) -> None:
    row = DECISIONS[decision]
    if row.is_of_two:
        if not all(IN_TWO.intersection(finding.flags) for finding in findings):
            raise Invalid(
                "Only an asset that was in two places sooner than the way takes may be two things.",
                errors={"decision": ["It was not in two places so soon."]},
            )
    elif row.is_of_unknown_label:
        if any(finding.state is not FindingState.UNREGISTERED for finding in findings):
            raise Invalid(
                "Only an unknown label can be not ours. This is an asset of the register.",
                errors={"decision": ["It is not an unknown label."]},
            )
    elif not row.is_of_outside_scan:
        if any(finding.proposal is None for finding in findings):
            raise Invalid(
                "This finding proposes nothing, so there is nothing to decide.",
                errors={"decision": ["Nothing to decide."]},
            )
    elif not all(
        finding.state is FindingState.MISSING and finding.outside_scan_id is not None
        for finding in findings
    ):
        raise Invalid(
            "Only a missing asset that was scanned outside the audit is decided in this way.",
            errors={"decision": ["It was not scanned outside the audit."]},
        )


def _describe_asset(
    findings: Sequence[Any], count: int, asset: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the fields of a proposal with the new asset in them. Each asset needs its own."""
    fields = dict(asset or {})
    if count > 1 or not fields.get("asset_tag"):
        raise Invalid(
            "The new asset needs an asset tag.",
            errors={
                "asset": ["Enter its fields, at least asset_tag, and accept one finding at a time."]
            },
        )
    return {**findings[0].proposal_fields, "asset": fields}


def _claim(fields: Mapping[str, Any]) -> CodeClaim:
    tag = str(fields["asset_tag"])
    return CodeClaim(None, tag, [("tag", tag_key(tag))])
