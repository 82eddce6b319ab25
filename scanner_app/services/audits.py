"""An audit from its scope to its closure; each step is a row of the table in `reconciliation`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, literal, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.lifecycle import Stage
from scanner_app.domain.reconciliation import (
    STEPS,
    AuditState,
    Decision,
    FindingState,
    ProposalKind,
    is_inside,
    propose,
)
from scanner_app.models import Asset, Audit, Finding, Location, Scan
from scanner_app.queries.audits import count_undecided, scope_condition
from scanner_app.services.asset_edits import create_asset
from scanner_app.services.register import AssetChange, actor_key, change_assets

SCOPE_KEYS = ("locations", "categories", "custodians", "statuses")
LONGEST_NAME = 200


def lock_audit(session: Session, audit_id: int) -> Audit:
    """Give an audit for change, locked before any of its findings and assets.

    :raises NotFound: there is none of that number.
    """
    audit = session.scalar(select(Audit).where(Audit.id == audit_id).with_for_update())
    if audit is None:
        raise NotFound(f"There is no audit {audit_id}.")
    return audit


def _step(audit: Audit, wanted: AuditState) -> None:
    if wanted not in STEPS[audit.state]:
        code = "audit_closed" if audit.state is AuditState.CLOSED else "wrong_state"
        raise Conflict(
            f"This audit is {audit.state.value}; it cannot become {wanted.value}.", code=code
        )
    audit.state = wanted


def create_audit(
    session: Session,
    *,
    name: str,
    scope: Mapping[str, Any],
    is_blind: bool,
    due_on: date | None,
    actor: Actor,
    now: datetime,
    revises_id: int | None = None,
) -> Audit:
    """Set up an audit as a draft.

    :raises Invalid: it has no name, or its scope names something that is not there.
    """
    label = name.strip()
    if not label:
        raise Invalid("An audit needs a name.", errors={"name": ["Say what is counted."]})
    kept = {key: [str(v) for v in scope.get(key) or []] for key in SCOPE_KEYS}
    scope_condition(session, kept, now=now)  # refuses what is not there
    audit = Audit(
        name=label[:LONGEST_NAME],
        state=AuditState.DRAFT,
        scope=kept,
        is_blind=is_blind,
        due_on=due_on,
        created_at=now,
        created_by=actor.name,
        revises_id=revises_id,
    )
    session.add(audit)
    session.flush()  # the id is the answer
    return audit


def start_counting(session: Session, *, audit_id: int, actor: Actor, now: datetime) -> Audit:
    """Freeze the expected list and start counting; from reconciling, go on counting the same list.

    :raises Conflict: the audit is in no state to be counted.
    """
    del actor  # every counter stands in the scan log
    audit = lock_audit(session, audit_id)
    is_first = audit.state is AuditState.DRAFT
    _step(audit, AuditState.COUNTING)
    audit.counting_ended_at = None
    if not is_first:
        return audit
    audit.counting_started_at = now
    condition = scope_condition(session, audit.scope, now=now)
    columns = {
        "audit_id": literal(audit.id),
        "asset_id": Asset.id,
        "is_expected": literal(True),
        "state": literal(FindingState.MISSING, Finding.__table__.c.state.type),
        "flags": literal([], Finding.__table__.c.flags.type),
        "recorded_location_id": Asset.location_id,
        "recorded_custodian_id": Asset.custodian_id,
        "recorded_status": Asset.__table__.c.status,
        "value_cents": Asset.purchase_cost_cents,
        "sightings": literal(0),
        "proposal_fields": literal({}, Finding.__table__.c.proposal_fields.type),
    }
    session.execute(
        insert(Finding).from_select(
            list(columns), select(*columns.values()).where(condition).order_by(Asset.id)
        )
    )
    return audit


def expected_tags(session: Session, *, audit_id: int, location_id: int) -> list[str]:
    """Give the tags that an audit expects in one place."""
    return list(
        session.scalars(
            select(Asset.asset_tag)
            .join(Finding, Finding.asset_id == Asset.id)
            .where(
                Finding.audit_id == audit_id,
                Finding.is_expected,
                Finding.recorded_location_id == location_id,
            )
            .order_by(Asset.asset_tag)
        )
    )


def cancel_audit(session: Session, *, audit_id: int) -> Audit:
    """Give an audit up; its scans and findings stay to be read."""
    audit = lock_audit(session, audit_id)
    _step(audit, AuditState.CANCELLED)
    return audit


def start_reconciling(session: Session, *, audit_id: int, now: datetime) -> Audit:
    """End counting and make the proposals; a decision stays where its proposal is the same."""
    audit = lock_audit(session, audit_id)
    _step(audit, AuditState.RECONCILING)
    audit.counting_ended_at = now
    session.execute(
        update(Finding)
        .where(
            Finding.audit_id == audit_id,
            Finding.state == FindingState.MISSING,
            Finding.proposal.is_(None) | (Finding.proposal != ProposalKind.MARK_MISSING),
        )
        .values(proposal=ProposalKind.MARK_MISSING, proposal_fields={}, **_UNDECIDED)
    )
    rows = session.execute(
        select(
            Finding.id,
            Finding.state,
            Finding.flags,
            Finding.recorded_location_id,
            Finding.seen_location_id,
            Finding.seen_person_id,
            Finding.proposal,
            Finding.proposal_fields,
        )
        .where(Finding.audit_id == audit_id, Finding.state != FindingState.MISSING)
        .order_by(Finding.id)
    ).all()
    ids = {i for r in rows for i in (r.recorded_location_id, r.seen_location_id) if i is not None}
    paths: dict[int, str] = {
        row.id: row.path
        for row in session.execute(select(Location.id, Location.path).where(Location.id.in_(ids)))
    }
    changed: list[dict[str, Any]] = []
    for row in rows:
        proposal = propose(
            row.state,
            row.flags,
            seen_location_id=row.seen_location_id,
            seen_person_id=row.seen_person_id,
            is_at_home=is_inside(
                paths.get(row.seen_location_id or 0), paths.get(row.recorded_location_id or 0)
            ),
        )
        kind = proposal.kind if proposal else None
        fields = (
            {"location_id": proposal.location_id, "custodian_id": proposal.custodian_id}
            if proposal
            else {}
        )
        before = {k: row.proposal_fields.get(k) for k in fields}
        if kind is not row.proposal or before != fields:
            changed.append({"the_id": row.id, "proposal": kind, "proposal_fields": fields})
    if changed:
        session.connection().execute(
            update(Finding)
            .where(Finding.id == bindparam("the_id"))
            .values(
                proposal=bindparam("proposal"),
                proposal_fields=bindparam("proposal_fields"),
                **_UNDECIDED,
            ),
            changed,
        )
    return audit


_UNDECIDED: dict[str, Any] = {
    "decision": None,
    "reason": None,
    "decided_by": None,
    "decided_at": None,
}


def decide_findings(
    session: Session,
    *,
    audit_id: int,
    finding_ids: Sequence[int],
    decision: Decision,
    reason: str | None,
    actor: Actor,
    now: datetime,
    asset: Mapping[str, Any] | None = None,
) -> int:
    """Accept or reject proposals, one or many with one reason, and give how many.

    :param asset: fields of the asset to register, where one unregistered finding is accepted.
    :raises Conflict: the audit is not being reconciled.
    :raises NotFound: a finding does not belong to this audit.
    :raises Invalid: a rejection gives no reason, or a finding proposes nothing.
    """
    audit = lock_audit(session, audit_id)
    if audit.state is not AuditState.RECONCILING:
        code = "audit_closed" if audit.state is AuditState.CLOSED else "not_reconciling"
        raise Conflict(
            f"Findings are decided while an audit is reconciled; this one is {audit.state.value}.",
            code=code,
        )
    text = (reason or "").strip()
    if decision is Decision.REJECT and not text:
        raise Invalid("Say why.", errors={"reason": ["A rejection needs a reason."]})
    wanted = sorted(set(finding_ids))
    findings = session.scalars(
        select(Finding)
        .where(Finding.audit_id == audit_id, Finding.id.in_(wanted))
        .order_by(Finding.id)
        .with_for_update()
    ).all()
    if len(findings) != len(wanted):
        raise NotFound("That finding is not one of this audit.")
    for finding in findings:
        if finding.proposal is None:
            raise Invalid(
                "This finding proposes nothing.", errors={"decision": ["Nothing to decide."]}
            )
        if finding.proposal is ProposalKind.REGISTER and decision is Decision.ACCEPT:
            fields = dict(asset or {})
            if len(findings) > 1 or not fields.get("asset_tag"):
                raise Invalid(
                    "Say what the new asset is.",
                    errors={"asset": ["Give its fields, asset_tag among them."]},
                )
            finding.proposal_fields = {**finding.proposal_fields, "asset": fields}
        finding.decision = decision
        finding.reason = text or None
        finding.decided_by = actor.name
        finding.decided_at = now
    return len(findings)


def check_closable(session: Session, *, audit: Audit, actor: Actor, needs_two: bool) -> None:
    """Refuse a closure that is not due.

    :raises Conflict: `undecided_findings`, `second_person_required`, or a wrong state.
    """
    if AuditState.CLOSED not in STEPS[audit.state]:
        code = "audit_closed" if audit.state is AuditState.CLOSED else "wrong_state"
        raise Conflict(
            f"This audit is {audit.state.value}; reconcile it before it is closed.", code=code
        )
    decided, total = count_undecided(session, audit.id)
    if decided != total:
        raise Conflict(
            f"{total - decided} of {total} proposals are undecided.", code="undecided_findings"
        )
    if needs_two:
        counted = session.scalar(
            select(func.count(Scan.id)).where(
                Scan.audit_id == audit.id, Scan.actor == actor_key(actor)
            )
        )
        if counted:
            raise Conflict(
                "You counted in this audit; somebody else has to close it.",
                code="second_person_required",
            )


def apply_decisions(session: Session, *, audit: Audit, actor: Actor, now: datetime) -> None:
    """Carry out the accepted proposals of an audit, all in the caller's transaction."""
    findings = session.scalars(
        select(Finding)
        .where(Finding.audit_id == audit.id, Finding.decision == Decision.ACCEPT)
        .order_by(Finding.asset_id, Finding.id)
    ).all()
    changes: list[AssetChange] = []
    for finding in findings:
        if finding.proposal is ProposalKind.REGISTER:
            _register(session, finding, actor, now)
        elif finding.asset_id is not None:
            changes.append(AssetChange(finding.asset_id, _fields_of(finding)))
    change_assets(
        session,
        changes=changes,
        kind="audited",
        actor=actor_key(actor),
        now=now,
        audit_id=audit.id,
    )


def _fields_of(finding: Finding) -> dict[str, Any]:
    if finding.proposal is ProposalKind.MARK_MISSING:
        return {"status": Stage.MISSING}
    fields: dict[str, Any] = {}
    for name in ("location_id", "custodian_id"):
        if finding.proposal_fields.get(name) is not None:
            fields[name] = finding.proposal_fields[name]
    if finding.proposal is ProposalKind.REINSTATE:
        fields["status"] = Stage.IN_USE if fields.get("custodian_id") else Stage.IN_STOCK
    return fields


def _register(session: Session, finding: Finding, actor: Actor, now: datetime) -> None:
    values = dict(finding.proposal_fields.get("asset") or {})
    if "status" in values:
        values["status"] = Stage(values["status"])
    if not values.get("location") and finding.seen_location_id is not None:
        values["location"] = session.scalar(
            select(Location.code).where(Location.id == finding.seen_location_id)
        )
    create_asset(session, values=values, actor=actor, now=now)


def open_revision(session: Session, *, audit_id: int, actor: Actor, now: datetime) -> Audit:
    """Open the next audit of a closed one: same scope, linked to it.

    :raises Conflict: it is not closed.
    """
    audit = lock_audit(session, audit_id)
    if audit.state is not AuditState.CLOSED:
        raise Conflict("Only a closed audit is revised.", code="not_closed")
    return create_audit(
        session,
        name=f"{audit.name} (revision)"[:LONGEST_NAME],
        scope=audit.scope,
        is_blind=audit.is_blind,
        due_on=None,
        actor=actor,
        now=now,
        revises_id=audit.id,
    )
