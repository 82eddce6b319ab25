"""An audit from its scope to its closure; each step is a row of the table in `reconciliation`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from scanner_app.domain.reconciliation import (
    STEPS,
    AuditState,
    FindingState,
    hides_expectation,
)
from scanner_app.models import Asset, Audit, Finding, Scan
from scanner_app.queries.audits import AuditRow, find_revision, scope_condition
from scanner_app.queries.findings import count_undecided
from scanner_app.services.proposals import make_proposals

SCOPE_KEYS = ("locations", "categories", "custodians", "statuses")
LONGEST_NAME = 200
REVISION = ", revision"


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


def sees_expectation(audit: AuditRow, actor: Actor) -> bool:
    """Tell whether an actor may see what an audit expects: not who counts blind, while counting."""
    return not hides_expectation(
        is_blind=audit.is_blind, state=audit.state, may_run=actor.can(Action.RUN_AUDITS)
    )


def check_sees_expectation(audit: AuditRow, actor: Actor) -> None:
    """Let pass who may see what an audit expects.

    :raises NotAllowed: the audit is blind, and whoever asks counts in it.
    """
    if not sees_expectation(audit, actor):
        raise NotAllowed(
            "This audit is counted blind: what it expects is shown when counting has ended.",
            code="blind_audit",
        )


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
    if not label.isprintable() or len(label) > LONGEST_NAME:
        text = f"At most {LONGEST_NAME} characters, all of them visible."
        raise Invalid("This name cannot be taken.", errors={"name": [text]})
    kept = {key: [str(v) for v in scope.get(key) or []] for key in SCOPE_KEYS}
    scope_condition(session, kept, now=now)  # refuses what is not there
    audit = Audit(
        name=label,
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
    """End counting and make the proposals; a decision stays where its proposal is the same.

    :raises Conflict: the audit is not being counted.
    """
    audit = lock_audit(session, audit_id)
    _step(audit, AuditState.RECONCILING)
    audit.counting_ended_at = now
    session.flush()
    make_proposals(session, audit_id=audit_id)
    return audit


def check_closable(session: Session, *, audit: Audit, actor: Actor, needs_two: bool) -> None:
    """Refuse a closure that is not due.

    :raises Conflict: `undecided_findings`, `second_person_required`, or a wrong state.
    """
    if AuditState.CLOSED not in STEPS[audit.state]:
        if audit.state is AuditState.CLOSED:
            raise Conflict(
                "This audit is closed already. What comes after it goes into a revision.",
                code="audit_closed",
            )
        raise Conflict(
            f"This audit is {audit.state.value}; reconcile it before it is closed.",
            code="wrong_state",
        )
    decided, total = count_undecided(session, audit.id)
    if decided != total:
        raise Conflict(
            f"{total - decided} of {total} proposals are undecided. Accept or reject each first.",
            code="undecided_findings",
        )
    if needs_two:
        counted = session.scalar(
            select(func.count(Scan.id)).where(Scan.audit_id == audit.id, Scan.actor == actor.key)
        )
        if counted:
            raise Conflict(
                "You counted in this audit; somebody else has to close it.",
                code="second_person_required",
            )


def open_revision(session: Session, *, audit_id: int, actor: Actor, now: datetime) -> Audit:
    """Open the next audit of a closed one: same scope, linked to it.

    :raises Conflict: it is not closed, or another audit revises it already.
    :raises Invalid: its scope names something that is no longer there.
    """
    audit = lock_audit(session, audit_id)
    if audit.state is not AuditState.CLOSED:
        raise Conflict("Only a closed audit is revised.", code="not_closed")
    following = find_revision(session, audit_id)
    if following is not None:
        raise Conflict(
            f"Audit {following} revises this one already. Go on there.", code="already_revised"
        )
    return create_audit(
        session,
        name=_next_name(audit.name),
        scope=audit.scope,
        is_blind=audit.is_blind,
        due_on=None,
        actor=actor,
        now=now,
        revises_id=audit.id,
    )


def _next_name(name: str) -> str:
    """Give the name of a revision: `Spring`, `Spring, revision`, `Spring, revision 3`."""
    base, mark, number = name.rpartition(REVISION)
    if not mark or (number and not number.strip().isdecimal()):
        return name[: LONGEST_NAME - len(REVISION)] + REVISION
    return f"{base}{REVISION} {int(number or 2) + 1}"
