"""Match an unknown label with the asset that it belongs to, and undo a match.

At once the scans of the label are sightings of that asset, whose finding is judged again, and the
finding of the label is gone: it was never another thing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.models import Asset, AuditMatch, Finding
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.services.audits._finding_rows import make_of_assets, make_of_code, write_findings
from scanner_app.services.audits.approval.changing import record_change
from scanner_app.services.audits.decide import require_reconciling
from scanner_app.services.audits.propose import judge_again
from scanner_app.services.audits.steps import lock_audit

MAX_NOTE = 2000


def match_label(
    session: Session,
    *,
    audit_id: int,
    finding_id: int,
    asset_tag: str,
    becomes_code: bool,
    note: str | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Match an unknown label with its asset, and return the id of that asset's finding.

    :param becomes_code: closing makes the label a code of the asset, so that it is known from then
        on. Not if the label is to be replaced.
    :param note: how it is known.
    :raises Conflict: the audit is not being reconciled.
    :raises Invalid: the finding is not of an unknown label, or no asset has this tag.
    :raises NotFound: the finding does not belong to this audit.
    """
    require_reconciling(lock_audit(session, audit_id))
    label = _get_label(session, audit_id, finding_id)
    asset_id = _find_asset(session, asset_tag)
    _lock_asset(session, asset_id)
    found_id = _find_or_make(session, audit_id, asset_id)
    act_id = record_change(
        session,
        kind=ActKind.MATCHED,
        actor=actor,
        now=now,
        audit_id=audit_id,
        about={**_show(session, label.code, asset_id), "becomes_code": becomes_code},
        text=(note or "").strip()[:MAX_NOTE],
        finding_ids=[found_id, finding_id],
    )
    session.execute(
        insert(AuditMatch).values(
            audit_id=audit_id,
            code_key=label.code_key,
            code=label.code,
            asset_id=asset_id,
            becomes_code=becomes_code,
            act_id=act_id,
        )
    )
    session.execute(delete(Finding).where(Finding.id == finding_id))
    judge_again(
        session, audit_id=audit_id, asset_ids=[asset_id], code_keys=[], actor=actor, now=now
    )
    return found_id


def unmatch_label(
    session: Session, *, audit_id: int, match_id: int, actor: Actor, now: datetime
) -> None:
    """Undo a match: the label is unknown again, and its asset was not seen by it.

    :raises Conflict: the audit is not being reconciled.
    :raises NotFound: the audit has no such match.
    """
    require_reconciling(lock_audit(session, audit_id))
    row = session.execute(
        select(AuditMatch.code, AuditMatch.code_key, AuditMatch.asset_id).where(
            AuditMatch.id == match_id, AuditMatch.audit_id == audit_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("This match does not exist, or was undone already.")
    _lock_asset(session, row.asset_id)
    found_id = _find_or_make(session, audit_id, row.asset_id)
    record_change(
        session,
        kind=ActKind.UNMATCHED,
        actor=actor,
        now=now,
        audit_id=audit_id,
        about=_show(session, row.code, row.asset_id),
        finding_ids=[found_id],
    )
    session.execute(delete(AuditMatch).where(AuditMatch.id == match_id))
    write_findings(session, audit_id, [make_of_code(row.code_key, row.code)])
    judge_again(
        session, audit_id=audit_id, asset_ids=[row.asset_id], code_keys=[row.code_key],
        actor=actor, now=now,
    )  # fmt: skip


def _get_label(session: Session, audit_id: int, finding_id: int) -> Any:
    row = session.execute(
        select(Finding.state, Finding.code, Finding.code_key)
        .where(Finding.id == finding_id, Finding.audit_id == audit_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("That finding does not belong to this audit.")
    if row.state is not FindingState.UNREGISTERED:
        raise Invalid(
            "Only an unknown label is matched with an asset.",
            errors={"finding": ["It is an asset already."]},
        )
    return row


def _find_asset(session: Session, asset_tag: str) -> int:
    if not asset_tag.strip():
        text = "Enter the tag of the asset that has this label."
        raise Invalid(text, errors={"asset": [text]})
    try:
        return find_asset_id(session, asset_tag.strip())
    except NotFound as error:
        raise Invalid(error.message, errors={"asset": [error.message]}) from None


def _lock_asset(session: Session, asset_id: int) -> None:
    """Keep scans of the asset out: its lock guards its finding."""
    session.execute(select(Asset.id).where(Asset.id == asset_id).with_for_update())


def _show(session: Session, code: str, asset_id: int) -> dict[str, Any]:
    tag = session.scalar(select(Asset.asset_tag).where(Asset.id == asset_id))
    return {"code": code, "asset": asset_id, "asset_tag": tag}


def _find_or_make(session: Session, audit_id: int, asset_id: int) -> int:
    """Return the id of an asset's finding; one is made if it was neither expected nor seen."""
    wanted = select(Finding.id).where(Finding.audit_id == audit_id, Finding.asset_id == asset_id)
    found = session.scalar(wanted)
    if found is None:
        write_findings(session, audit_id, make_of_assets(session, audit_id, [asset_id]))
        found = session.scalar(wanted)
    return found or 0
