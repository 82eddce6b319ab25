"""The corrections that findings suggest: made, decided one or many at once, and carried out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, aliased

from scanner_app.decoding.codes.read import read_code, tag_key
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.lifecycle import Stage
from scanner_app.domain.reconciliation import (
    AuditState,
    Decision,
    FindingState,
    Proposal,
    ProposalKind,
    Register,
    propose,
)
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.models import Asset, Audit, Finding, Location
from scanner_app.queries.resolution import Register as Codes
from scanner_app.queries.resolution import values_of
from scanner_app.services.register.by_hand import create_asset
from scanner_app.services.register.codes import (
    ASSET_SCHEMES,
    MAX_CODE,
    Code,
    CodeClaim,
    refuse_taken,
)
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets

CHUNK = 500
LONGEST_REASON = 2000
MOST_NAMED = 5
_UNDECIDED: dict[str, Any] = {
    "decision": None,
    "reason": None,
    "decided_by": None,
    "decided_at": None,
}


def make_proposals(session: Session, *, audit_id: int) -> list[str]:
    """Make the proposals of an audit's findings anew, and give what has to be decided again.

    A decision stays where its proposal is the same.
    """
    changed: list[dict[str, Any]] = []
    reopened: list[str] = []
    for row, proposal in _propose_all(session, audit_id):
        fields = _show_fields(proposal)
        kind = proposal.kind if proposal else None
        if kind is row.proposal and fields == _ids_of(row.proposal_fields):
            continue
        changed.append({"the_id": row.id, "new_proposal": kind, "new_fields": fields})
        if row.decision is not None:
            reopened.append(row.asset_tag or row.code or "")
    if changed:
        session.connection().execute(
            update(Finding)
            .where(Finding.id == bindparam("the_id"))
            .values(
                proposal=bindparam("new_proposal"),
                proposal_fields=bindparam("new_fields"),
                **_UNDECIDED,
            ),
            changed,
        )
    return reopened


def check_acceptances(session: Session, *, audit_id: int) -> None:
    """Refuse acceptances that the register has overtaken, under the assets' locks.

    What was accepted on Monday must not move on Friday what somebody moved on Wednesday.

    :raises Conflict: `register_changed`, naming the first few.
    """
    accepted = [Finding.decision == Decision.ACCEPT, Finding.asset_id.is_not(None)]
    session.execute(
        select(Asset.id)
        .where(
            Asset.id.in_(select(Finding.asset_id).where(Finding.audit_id == audit_id, *accepted))
        )
        .order_by(Asset.id)
        .with_for_update()
    ).all()
    stale = [
        row.asset_tag
        for row, proposal in _propose_all(session, audit_id, *accepted)
        if (proposal.kind if proposal else None) is not row.proposal
        or _show_fields(proposal) != _ids_of(row.proposal_fields)
    ]
    if stale:
        named = ", ".join(stale[:MOST_NAMED]) + (", ..." if len(stale) > MOST_NAMED else "")
        raise Conflict(
            f"The register changed since these were decided; decide them again: {named}.",
            code="register_changed",
        )


def _propose_all(
    session: Session, audit_id: int, *conditions: Any
) -> list[tuple[Any, Proposal | None]]:
    """Give findings, each with the proposal that the rules make of it now."""
    seen, standing = aliased(Location), aliased(Location)
    statement = (
        select(
            Finding.id,
            Finding.state,
            Finding.flags,
            Finding.asset_id,
            Finding.code,
            Finding.recorded_location_id,
            Finding.recorded_status,
            Finding.seen_at,
            Finding.seen_location_id,
            Finding.seen_person_id,
            Finding.proposal,
            Finding.proposal_fields,
            Finding.decision,
            Asset.asset_tag,
            Asset.status,
            Asset.location_id,
            Asset.custodian_id,
            Asset.state_at,
            seen.path.label("seen_path"),
            standing.path.label("standing_path"),
        )
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .outerjoin(seen, seen.id == Finding.seen_location_id)
        .outerjoin(standing, standing.id == Asset.location_id)
        .where(Finding.audit_id == audit_id, *conditions)
        .order_by(Finding.id)
    )
    return [(row, _propose(row)) for row in session.execute(statement)]


def _propose(row: Any) -> Proposal | None:
    register = None
    if row.asset_id is not None:
        register = Register(
            row.status,
            row.standing_path,
            row.custodian_id,
            has_moved_since=row.location_id != row.recorded_location_id
            and row.seen_at is not None
            and row.state_at > row.seen_at,
        )
    return propose(
        row.state,
        row.flags,
        register=register,
        seen_location_id=row.seen_location_id,
        seen_path=row.seen_path,
        seen_person_id=row.seen_person_id,
        recorded_status=Stage(row.recorded_status) if row.recorded_status else None,
    )


def _show_fields(proposal: Proposal | None) -> dict[str, int]:
    values = (
        {"location_id": proposal.location_id, "custodian_id": proposal.custodian_id}
        if proposal
        else {}
    )
    return {name: value for name, value in values.items() if value is not None}


def _ids_of(fields: Mapping[str, Any]) -> dict[str, int]:
    return {n: fields[n] for n in ("location_id", "custodian_id") if fields.get(n) is not None}


# -- deciding ----------------------------------------------------------------------------------


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
) -> int:
    """Accept or reject proposals, one or many with one reason, all or none; gives how many.

    :param only_open: leave those as they are that somebody has decided by now.
    :param asset: fields of the asset to register, where one unregistered finding is accepted.
    :raises Conflict: the audit is not being reconciled, or the new asset's tag is taken.
    :raises NotFound: a finding does not belong to this audit.
    :raises Invalid: a rejection gives no reason, or a finding proposes nothing.
    """
    audit = session.scalar(select(Audit).where(Audit.id == audit_id).with_for_update())
    if audit is None:
        raise NotFound(f"There is no audit {audit_id}.")
    if audit.state is not AuditState.RECONCILING:
        code = "audit_closed" if audit.state is AuditState.CLOSED else "not_reconciling"
        raise Conflict(
            f"Findings are decided while an audit is reconciled; this one is {audit.state.value}.",
            code=code,
        )
    text = (reason or "").strip()[:LONGEST_REASON]
    if decision is Decision.REJECT and not text:
        raise Invalid("Say why.", errors={"reason": ["A rejection needs a reason."]})
    wanted = sorted(set(finding_ids))
    values: dict[str, Any] = {
        "decision": decision,
        "reason": text or None,
        "decided_by": actor.name,
        "decided_at": now,
    }
    count = 0
    for start in range(0, len(wanted), CHUNK):
        findings = _lock_findings(session, audit_id, wanted[start : start + CHUNK])
        if only_open:
            findings = [finding for finding in findings if finding.decision is None]
        if decision is Decision.ACCEPT and any(
            f.proposal is ProposalKind.REGISTER for f in findings
        ):
            values["proposal_fields"] = _describe_asset(findings, len(wanted), asset)
            refuse_taken(session, [_claim(values["proposal_fields"]["asset"])])
        ids = [finding.id for finding in findings]
        session.execute(update(Finding).where(Finding.id.in_(ids)).values(**values))
        count += len(ids)
    return count


def _lock_findings(session: Session, audit_id: int, ids: Sequence[int]) -> Sequence[Any]:
    findings = session.execute(
        select(Finding.id, Finding.proposal, Finding.proposal_fields, Finding.decision)
        .where(Finding.audit_id == audit_id, Finding.id.in_(ids))
        .order_by(Finding.id)
        .with_for_update()
    ).all()
    if len(findings) != len(ids):
        raise NotFound("That finding is not one of this audit.")
    if any(finding.proposal is None for finding in findings):
        raise Invalid("This finding proposes nothing.", errors={"decision": ["Nothing to decide."]})
    return findings


def _describe_asset(
    findings: Sequence[Any], count: int, asset: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Give the proposal's fields with the new asset in them: one at a time, by its own fields."""
    fields = dict(asset or {})
    if count > 1 or not fields.get("asset_tag"):
        raise Invalid(
            "Say what the new asset is.",
            errors={"asset": ["Give its fields, asset_tag among them, one finding at a time."]},
        )
    return {**findings[0].proposal_fields, "asset": fields}


def _claim(fields: Mapping[str, Any]) -> CodeClaim:
    tag = str(fields["asset_tag"])
    return CodeClaim(None, tag, [("tag", tag_key(tag))])


# -- carrying out ------------------------------------------------------------------------------


def apply_decisions(session: Session, *, audit_id: int, actor: Actor, now: datetime) -> None:
    """Carry out the accepted proposals of an audit, all in the caller's transaction.

    :raises Conflict: the register has overtaken one, or a new asset's tag is taken by now.
    """
    check_acceptances(session, audit_id=audit_id)
    findings = session.execute(
        select(
            Finding.id,
            Finding.asset_id,
            Finding.state,
            Finding.code,
            Finding.seen_location_id,
            Finding.proposal,
            Finding.proposal_fields,
            Asset.status,
            Asset.custodian_id,
        )
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .where(Finding.audit_id == audit_id, Finding.decision == Decision.ACCEPT)
        .order_by(Finding.asset_id, Finding.id)
    ).all()
    changes = [
        AssetChange(finding.asset_id, _fields_of(finding))
        for finding in findings
        if finding.asset_id is not None
    ]
    change_assets(
        session,
        changes=changes,
        kind=ChangeKind.AUDITED,
        actor=actor.key,
        now=now,
        audit_id=audit_id,
    )
    for finding in findings:
        if finding.state is FindingState.UNREGISTERED:
            _register(session, finding, actor, now)


def _fields_of(finding: Any) -> dict[str, Any]:
    if finding.proposal is ProposalKind.MARK_MISSING:
        return {"status": Stage.MISSING}
    fields: dict[str, Any] = dict(_ids_of(finding.proposal_fields))
    holder = fields.get("custodian_id", finding.custodian_id)
    if finding.proposal is ProposalKind.REINSTATE:
        fields["status"] = Stage.IN_STOCK if holder is None else Stage.IN_USE
    elif "custodian_id" in fields and finding.status is Stage.IN_STOCK:
        fields["status"] = Stage.IN_USE  # as a check-out does
    return fields


def _register(session: Session, finding: Any, actor: Actor, now: datetime) -> None:
    values = dict(finding.proposal_fields.get("asset") or {})
    if "status" in values:
        values["status"] = Stage(values["status"])
    if not values.get("location") and finding.seen_location_id is not None:
        values["location"] = session.scalar(
            select(Location.code).where(Location.id == finding.seen_location_id)
        )
    codes = [(scheme, value) for scheme, value in values.get("identifiers") or ()]
    label = _label_of(session, finding.code or "", now)
    own = {tag_key(str(values.get(name) or "")) for name in ("asset_tag", "serial_number")}
    if label is not None and label[1] not in own and label not in codes:
        codes.append(label)
    create_asset(session, values={**values, "identifiers": codes}, actor=actor, now=now)


def _label_of(session: Session, code: str, now: datetime) -> Code | None:
    """Give the code that was scanned as one of the new asset's, or it would stay unknown.

    None where it cannot be one, or means something by now.
    """
    reading = read_code(code)
    if not reading.candidates:
        return None
    first = reading.candidates[0]
    if len(first.value) > MAX_CODE or not first.value.isprintable():
        return None
    if Codes(session.connection(), values_of(reading)).find(reading, at=now).kind != "unregistered":
        return None
    own_scheme = first.scheme in ASSET_SCHEMES - {"tag", "serial"}
    return (first.scheme if own_scheme else "alias", first.value)
