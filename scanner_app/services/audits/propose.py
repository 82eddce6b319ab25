"""Make the corrections that findings propose, and check that they are still right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.proposals import Decision, Proposal, RegisterState, propose
from scanner_app.domain.errors import Conflict
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Finding, Location
from scanner_app.services.seals.acts import record_act

MAX_NAMED = 5
_UNDECIDED: dict[str, Any] = {
    "decision": None,
    "reason": None,
    "decided_by": None,
    "decided_at": None,
    "decided_act_id": None,
}


def make_proposals(
    session: Session, *, audit_id: int, actor: Actor | None, now: datetime
) -> list[str]:
    """Make the proposals of an audit again, and return the tags of what is undecided again.

    A decision is kept if its proposal is still the same.

    :param actor: who took the step that this belongs to, named by the act of what is open again.
    """
    changed: list[dict[str, Any]] = []
    reopened: dict[int, str] = {}
    for row, proposal in _propose_all(session, audit_id):
        fields = _show_fields(proposal)
        kind = proposal.kind if proposal else None
        if kind is row.proposal and fields == ids_of(row.proposal_fields):
            continue
        changed.append({"the_id": row.id, "new_proposal": kind, "new_fields": fields})
        if row.decision is not None:
            reopened[row.id] = row.asset_tag or row.code or ""
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
    if reopened:
        record_act(
            session,
            kind=ActKind.DECISION_REOPENED,
            actor=actor,
            now=now,
            audit_id=audit_id,
            finding_ids=reopened,
        )
    return list(reopened.values())


def require_current(session: Session, *, audit_id: int) -> None:
    """Raise if the register has overtaken an accepted proposal. The assets are locked first.

    What was accepted on Monday must not move on Friday what someone moved on Wednesday.

    :raises Conflict: `register_changed`, with the tags of the first few.
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
        or _show_fields(proposal) != ids_of(row.proposal_fields)
    ]
    if stale:
        named = ", ".join(stale[:MAX_NAMED]) + (", ..." if len(stale) > MAX_NAMED else "")
        raise Conflict(
            f"The register changed since these were decided; decide them again: {named}.",
            code="register_changed",
        )


def _propose_all(
    session: Session, audit_id: int, *conditions: Any
) -> list[tuple[Any, Proposal | None]]:
    """Return findings, each with the proposal that the rules make of it now."""
    seen, current = aliased(Location), aliased(Location)
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
            current.path.label("current_path"),
        )
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .outerjoin(seen, seen.id == Finding.seen_location_id)
        .outerjoin(current, current.id == Asset.location_id)
        .where(Finding.audit_id == audit_id, *conditions)
        .order_by(Finding.id)
    )
    return [(row, _propose(row)) for row in session.execute(statement)]


def _propose(row: Any) -> Proposal | None:
    register = None
    if row.asset_id is not None:
        register = RegisterState(
            row.status,
            row.current_path,
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


def ids_of(fields: Mapping[str, Any]) -> dict[str, int]:
    """Return the ids of the location and the person that a proposal sets."""
    return {n: fields[n] for n in ("location_id", "custodian_id") if fields.get(n) is not None}
