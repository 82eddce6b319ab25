"""Take in the scans that arrived late and wait: all of them, by one act of a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.late.unsent import MAX_REASON
from scanner_app.domain.audits.spans import TAKES_SCANS
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict
from scanner_app.models import Asset, Finding, LateAdmission
from scanner_app.queries.audits.late.waiting import WaitingScan, list_waiting
from scanner_app.queries.audits.reconciling.matches import find_matched
from scanner_app.services.audits._finding_rows import make_of_assets, make_of_code, write_findings
from scanner_app.services.audits.approval.changing import record_change
from scanner_app.services.audits.count import recompute_findings
from scanner_app.services.audits.propose import judge_again
from scanner_app.services.audits.steps import lock_audit

CHUNK = 5000


def admit_late(session: Session, *, audit_id: int, reason: str, actor: Actor, now: datetime) -> int:
    """Take in every scan that waits, and return how many.

    From then on they count by when they were made. The decisions about what they touch are open
    again, as those of a late scan that is not held.

    :param reason: a person's own words, such as why they are believed; may be empty.
    :raises Conflict: the audit is a draft, or is closed: what comes then counts in its revision.
    """
    audit = lock_audit(session, audit_id)
    if audit.state not in TAKES_SCANS:
        is_closed = audit.state is AuditState.CLOSED
        raise Conflict(
            "This audit is sealed and takes no scan any more. Open a revision: it shows what "
            "arrived after the seal."
            if is_closed
            else f"This audit is {audit.state.value}; it takes no late scans.",
            code="audit_closed" if is_closed else "wrong_state",
        )
    waiting = list_waiting(session, audit_id)
    if not waiting:
        return 0
    keys = {one.code_key for one in waiting if one.asset_id is None}
    matched = find_matched(session, audit_id, keys) if keys else {}
    asset_ids = {one.asset_id for one in waiting if one.asset_id is not None} | {*matched.values()}
    _lock_assets(session, asset_ids)
    _make_findings(session, audit_id, waiting, asset_ids, keys - {*matched})
    act_id = record_change(
        session,
        kind=ActKind.LATE_TAKEN,
        actor=actor,
        now=now,
        audit_id=audit_id,
        about={"scan_ids": [str(one.scan_id) for one in waiting], "admitted": True},
        text=reason.strip()[:MAX_REASON],
        finding_ids=_list_findings(session, audit_id, asset_ids, keys),
    )
    _admit(session, audit_id, waiting, act_id)
    if audit.state is AuditState.RECONCILING:
        judge_again(
            session,
            audit_id=audit_id,
            asset_ids=asset_ids,
            code_keys=keys,
            actor=actor,
            now=now,
        )
    else:
        recompute_findings(session, audit_id=audit_id, asset_ids=asset_ids, code_keys=keys)
    return len(waiting)


def _lock_assets(session: Session, ids: Collection[int]) -> None:
    wanted = select(Asset.id).where(Asset.id.in_(sorted(ids))).order_by(Asset.id)
    session.execute(wanted.with_for_update()).all()


def _find(audit_id: int, asset_ids: Collection[int], keys: Collection[str]) -> ColumnElement[bool]:
    by_code = and_(Finding.asset_id.is_(None), Finding.code_key.in_(sorted(keys)))
    return and_(Finding.audit_id == audit_id, or_(Finding.asset_id.in_(sorted(asset_ids)), by_code))


def _list_findings(
    session: Session, audit_id: int, asset_ids: Collection[int], keys: Collection[str]
) -> list[int]:
    return list(session.scalars(select(Finding.id).where(_find(audit_id, asset_ids, keys))))


def _make_findings(
    session: Session,
    audit_id: int,
    waiting: Sequence[WaitingScan],
    asset_ids: Collection[int],
    keys: Collection[str],
) -> None:
    """Make the findings of what nothing was seen of before; they are judged afterwards."""
    known = session.execute(
        select(Finding.asset_id, Finding.code_key).where(_find(audit_id, asset_ids, keys))
    ).all()
    of_assets, of_codes = {row.asset_id for row in known}, {row.code_key for row in known}
    codes = {one.code_key: one.code for one in reversed(waiting)}
    fresh = [
        *make_of_assets(session, audit_id, {id_ for id_ in asset_ids if id_ not in of_assets}),
        *(make_of_code(key, codes[key]) for key in sorted(keys) if key not in of_codes),
    ]
    write_findings(session, audit_id, fresh)


def _admit(session: Session, audit_id: int, waiting: Sequence[WaitingScan], act_id: int) -> None:
    held = [one.scan_id for one in waiting if one.is_held]
    for start in range(0, len(held), CHUNK):
        session.execute(
            update(LateAdmission)
            .where(LateAdmission.scan_id.in_(held[start : start + CHUNK]))
            .values(act_id=act_id)
        )
    refused = [one.scan_id for one in waiting if not one.is_held]
    if refused:
        session.execute(
            insert(LateAdmission),
            [{"scan_id": one, "audit_id": audit_id, "act_id": act_id} for one in refused],
        )
