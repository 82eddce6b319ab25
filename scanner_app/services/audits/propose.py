"""Make the corrections that findings propose, and check that they are still right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.asking.attestation import Attestation, leaves_unmarked
from scanner_app.domain.audits.findings import FLAGS_OF_THE_LOG, FindingState, Flag
from scanner_app.domain.audits.policy import attestation_of
from scanner_app.domain.audits.proposals import (
    APPLIED,
    Proposal,
    ProposalKind,
    RegisterState,
    propose,
)
from scanner_app.domain.audits.travel import PlacedSighting, Spot, find_travel, is_any_elsewhere
from scanner_app.domain.errors import Conflict
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Audit, Finding, Location
from scanner_app.queries.audits.asking.attestation import find_attested
from scanner_app.queries.audits.asking.pictures import find_said_flags
from scanner_app.queries.audits.outside import find_outside_scans, find_weak
from scanner_app.queries.audits.places import find_depth, lift_paths, load_placed, load_spots
from scanner_app.queries.audits.reconciling.foreign import find_called_foreign
from scanner_app.queries.audits.reconciling.matches import find_matched
from scanner_app.queries.audits.reconciling.missing_before import find_missing_before
from scanner_app.queries.audits.rounds.comparing import find_disagreeing
from scanner_app.services.audits.approval.changing import record_change
from scanner_app.services.audits.count import recompute_findings
from scanner_app.services.audits.outside.presence import rests_outside, take_outside

MAX_NAMED = 5
_UNDECIDED: dict[str, Any] = {
    "decision": None,
    "reason": None,
    "decided_by": None,
    "decided_at": None,
    "decided_act_id": None,
}


def make_proposals(
    session: Session, *conditions: Any, audit_id: int, actor: Actor | None, now: datetime
) -> list[str]:
    """Make the proposals of an audit again, and return the tags of what is undecided again.

    A decision is kept if its proposal is still the same, and no newer scan outside of the audit
    came after it.

    :param conditions: of which findings; of all if there are none.
    :param actor: who took the step that this belongs to, named by the act of what is open again.
    """
    reopened = _write_changed(session, _propose_all(session, audit_id, *conditions))
    _record_reopened(session, reopened, audit_id=audit_id, actor=actor, now=now)
    return list(reopened.values())


@dataclass(frozen=True, slots=True)
class Late:
    """What arrived late in an audit: the scans, and the assets and codes that they are about."""

    scan_ids: Sequence[str]
    asset_ids: Collection[int]
    code_keys: Collection[str]


def take_late(session: Session, late: Late, *, audit_id: int, actor: Actor, now: datetime) -> None:
    """Make the proposals of findings again that a late sighting or undo has changed.

    Their decisions are open again, whatever is proposed now: they were made without it. The caller
    has locked the audit (shared) and the assets.
    """
    proposed = _propose_touched(session, audit_id, late.asset_ids, late.code_keys)
    reopened = _write_changed(session, proposed, reopens_all=True)
    record_change(
        session,
        kind=ActKind.LATE_TAKEN,
        actor=actor,
        now=now,
        audit_id=audit_id,
        about={"scan_ids": list(late.scan_ids)},
        finding_ids=[one.row.id for one in proposed],
    )
    _record_reopened(session, reopened, audit_id=audit_id, actor=actor, now=now)


def judge_again(
    session: Session,
    *,
    audit_id: int,
    asset_ids: Collection[int],
    code_keys: Collection[str],
    actor: Actor,
    now: datetime,
) -> None:
    """Judge a few findings again and make their proposals, after what they rest on was changed.

    Their decisions are open again: they were made without it.
    """
    recompute_findings(session, audit_id=audit_id, asset_ids=asset_ids, code_keys=code_keys)
    proposed = _propose_touched(session, audit_id, asset_ids, code_keys)
    reopened = _write_changed(session, proposed, reopens_all=True)
    _record_reopened(session, reopened, audit_id=audit_id, actor=actor, now=now)


def _propose_touched(
    session: Session, audit_id: int, asset_ids: Collection[int], code_keys: Collection[str]
) -> list[_Proposed]:
    matched = find_matched(session, audit_id, code_keys) if code_keys else {}
    touched = or_(
        Finding.asset_id.in_(sorted({*asset_ids, *matched.values()})),
        and_(Finding.asset_id.is_(None), Finding.code_key.in_(sorted(set(code_keys)))),
    )
    return _propose_all(session, audit_id, touched)


def _record_reopened(
    session: Session,
    reopened: Mapping[int, str],
    *,
    audit_id: int,
    actor: Actor | None,
    now: datetime,
) -> None:
    if reopened:
        record_change(
            session,
            kind=ActKind.DECISION_REOPENED,
            actor=actor,
            now=now,
            audit_id=audit_id,
            finding_ids=list(reopened),
        )


class _Proposed(NamedTuple):
    """A finding, and what the rules make of it now."""

    row: Any
    state: FindingState
    flags: list[str]
    proposal: Proposal | None
    outside_scan_id: int | None

    @property
    def kind(self) -> ProposalKind | None:
        return self.proposal.kind if self.proposal else None

    @property
    def is_same(self) -> bool:
        """Return whether the finding holds all of it already."""
        return (
            self.kind is self.row.proposal
            and _show_fields(self.proposal) == ids_of(self.row.proposal_fields)
            and self.outside_scan_id == self.row.outside_scan_id
            and self.state is self.row.state
            and self.flags == sorted(self.row.flags)
        )


def _write_changed(
    session: Session, proposed: Sequence[_Proposed], *, reopens_all: bool = False
) -> dict[int, str]:
    """Write what is new, and return the tags of what is undecided again, by the finding's id."""
    changed: list[dict[str, Any]] = []
    reopened: dict[int, str] = {}
    for one in proposed:
        is_reopened = one.row.decision is not None and (reopens_all or not one.is_same)
        if one.is_same and not is_reopened:
            continue
        changed.append(
            {
                "the_id": one.row.id,
                "new_proposal": one.kind,
                "new_fields": _show_fields(one.proposal),
                "new_state": one.state,
                "new_flags": one.flags,
                "new_outside": one.outside_scan_id,
            }
        )
        if is_reopened:
            reopened[one.row.id] = one.row.asset_tag or one.row.code or ""
    if changed:
        session.connection().execute(
            update(Finding)
            .where(Finding.id == bindparam("the_id"))
            .values(
                proposal=bindparam("new_proposal"),
                proposal_fields=bindparam("new_fields"),
                state=bindparam("new_state"),
                flags=bindparam("new_flags"),
                outside_scan_id=bindparam("new_outside"),
                **_UNDECIDED,
            ),
            changed,
        )
    return reopened


def _flag(
    row: Any,
    outside_scan_id: int | None,
    seen: Sequence[PlacedSighting],
    spots: Mapping[str, Spot],
    *,
    history: Collection[str],
) -> list[str]:
    """Return the flags of a finding, with those that only the whole log can tell."""
    flags = set(row.flags) - FLAGS_OF_THE_LOG | set(history)
    if outside_scan_id is not None:
        flags.add(Flag.OUTSIDE_SCAN.value)
    return sorted(flags | find_travel(seen, spots)) if seen else sorted(flags)


def require_current(session: Session, *, audit_id: int) -> None:
    """Raise if the register has overtaken an accepted proposal. The assets are locked first.

    What was accepted on Monday must not move on Friday what someone moved on Wednesday, nor mark
    as missing what someone scanned, nor call there what rests on a scan that was undone. The lock
    keeps scans of these assets out until the audit is closed.

    :raises Conflict: `register_changed`, with the tags of the first few.
    """
    rests = or_(Finding.decision.in_(APPLIED), rests_outside(session, audit_id))
    relied = [rests, Finding.asset_id.is_not(None)]
    session.execute(
        select(Asset.id)
        .where(Asset.id.in_(select(Finding.asset_id).where(Finding.audit_id == audit_id, *relied)))
        .order_by(Asset.id)
        .with_for_update()
    ).all()
    changed = [one for one in _propose_all(session, audit_id, *relied) if not one.is_same]
    stale = [one.row.asset_tag for one in changed if one.row.decision or one.kind]
    if stale:
        named = ", ".join(stale[:MAX_NAMED]) + (", ..." if len(stale) > MAX_NAMED else "")
        raise Conflict(
            f"The register changed since these were decided; decide them again: {named}.",
            code="register_changed",
        )
    # A newer scan outside that asks nobody anything: the record names that one.
    _write_changed(session, changed)


def _propose_all(session: Session, audit_id: int, *conditions: Any) -> list[_Proposed]:
    """Return findings, each with the proposal that the rules make of it now."""
    take_outside(session, audit_id, *conditions)
    rows = session.execute(_select_findings(audit_id, *conditions)).all()
    outside = find_outside_scans(session, audit_id, *conditions)
    depth = find_depth(session, audit_id)
    rule = _find_attestation(session, audit_id)
    paths = {path for row in rows for path in (row.current_path, row.recorded_path)}
    lifted = lift_paths(session, paths, depth)
    placed = load_placed(session, audit_id, *conditions)
    spots = load_spots(session, {one.path for seen in placed.values() for one in seen})
    history = _load_history(session, audit_id, *conditions)
    return [
        _propose(
            row,
            lifted,
            outside.get(row.id),
            placed.get(row.asset_id, []),
            spots,
            history=history.get(row.id, ()),
            rule=rule,
        )
        for row in rows
    ]


def _find_attestation(session: Session, audit_id: int) -> Attestation:
    policy = session.scalars(select(Audit.policy).where(Audit.id == audit_id)).one()
    return attestation_of(policy)


def _load_history(session: Session, audit_id: int, *conditions: Any) -> dict[int, list[str]]:
    """Return the flags that follow from earlier audits and other counts, by the finding's id."""
    flags: dict[int, list[str]] = defaultdict(list)
    for flag, ids in (
        (Flag.CALLED_FOREIGN, find_called_foreign(session, audit_id, *conditions)),
        (Flag.MISSING_BEFORE, find_missing_before(session, audit_id, *conditions)),
        (Flag.WEAK_EVIDENCE, find_weak(session, audit_id, *conditions)),
        (Flag.COUNTS_DISAGREE, find_disagreeing(session, audit_id, *conditions)),
    ):
        for id_ in ids:
            flags[id_].append(flag.value)
    for found in (find_attested, find_said_flags):
        for id_, told in found(session, audit_id, *conditions).items():
            flags[id_] += told
    return flags


def _select_findings(audit_id: int, *conditions: Any) -> Select[*tuple[Any, ...]]:
    seen, current, recorded = aliased(Location), aliased(Location), aliased(Location)
    return (
        select(
            Finding.id,
            Finding.state,
            Finding.flags,
            Finding.asset_id,
            Finding.code,
            Finding.is_expected,
            Finding.recorded_location_id,
            Finding.recorded_status,
            Finding.seen_at,
            Finding.seen_location_id,
            Finding.seen_person_id,
            Finding.proposal,
            Finding.proposal_fields,
            Finding.outside_scan_id,
            Finding.decision,
            Asset.asset_tag,
            Asset.status,
            Asset.location_id,
            Asset.custodian_id,
            Asset.lost_since,
            Asset.state_at,
            seen.path.label("seen_path"),
            current.path.label("current_path"),
            recorded.path.label("recorded_path"),
        )
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .outerjoin(seen, seen.id == Finding.seen_location_id)
        .outerjoin(current, current.id == Asset.location_id)
        .outerjoin(recorded, recorded.id == Finding.recorded_location_id)
        .where(Finding.audit_id == audit_id, *conditions)
        .order_by(Finding.id)
    )


def _propose(
    row: Any,
    lifted: Mapping[str | None, str | None],
    outside_scan_id: int | None,
    seen: Sequence[PlacedSighting],
    spots: Mapping[str, Spot],
    *,
    history: Collection[str],
    rule: Attestation,
) -> _Proposed:
    flags = _flag(row, outside_scan_id, seen, spots, history=history)
    state = row.state
    if Flag.TWO_PLACES in flags and row.is_expected:
        is_elsewhere = is_any_elsewhere(seen, lifted[row.recorded_path])
        state = FindingState.MISPLACED if is_elsewhere else state
    register = None
    if row.asset_id is not None:
        register = RegisterState(
            row.status,
            lifted[row.current_path],
            row.custodian_id,
            has_moved_since=row.location_id != row.recorded_location_id
            and row.seen_at is not None
            and row.state_at > row.seen_at,
            is_lost=row.status is Stage.MISSING and row.lost_since is not None,
        )
    proposal = propose(
        state,
        flags,
        register=register,
        seen_location_id=row.seen_location_id,
        seen_path=row.seen_path,
        seen_person_id=row.seen_person_id,
        recorded_status=Stage(row.recorded_status) if row.recorded_status else None,
        is_attested=leaves_unmarked(rule, flags),
    )
    return _Proposed(row, state, flags, proposal, outside_scan_id)


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
