"""Apply the accepted proposals of an audit to the register."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import read_code, tag_key
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.proposals import APPLIED, Decision, ProposalKind
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Finding, Location
from scanner_app.queries.audits.reconciling.matches import list_matches
from scanner_app.queries.scanning.codes import CodeIndex, values_of
from scanner_app.services.audits.propose import ids_of, require_current
from scanner_app.services.register.by_hand import create_asset
from scanner_app.services.register.codes import ASSET_SCHEMES, MAX_CODE, Code
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets


def apply_decisions(session: Session, *, audit_id: int, actor: Actor, now: datetime) -> None:
    """Apply the accepted proposals of an audit to the register, in the caller's transaction.

    :raises Conflict: the register has overtaken one, or a new asset's tag is taken by now.
    """
    require_current(session, audit_id=audit_id)
    findings = session.execute(
        select(
            Finding.id,
            Finding.asset_id,
            Finding.state,
            Finding.code,
            Finding.seen_location_id,
            Finding.proposal,
            Finding.proposal_fields,
            Finding.decision,
            Asset.status,
            Asset.custodian_id,
        )
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .where(Finding.audit_id == audit_id, Finding.decision.in_(APPLIED))
        .order_by(Finding.asset_id, Finding.id)
    ).all()
    fields = {f.asset_id: _fields_of(f, now.date()) for f in findings if f.asset_id is not None}
    codes = _matched_codes(session, audit_id, now)
    changes = [
        AssetChange(asset_id, fields.get(asset_id, {}), add_identifiers=codes.get(asset_id, ()))
        for asset_id in sorted({*fields, *codes})
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


def _matched_codes(session: Session, audit_id: int, now: datetime) -> dict[int, list[Code]]:
    """Return the labels that become codes of the assets that they were matched with."""
    codes: dict[int, list[Code]] = defaultdict(list)
    for match in list_matches(session, audit_id):
        label = _label_of(session, match.code, now) if match.becomes_code else None
        if label is not None and label not in codes[match.asset_id]:
            codes[match.asset_id].append(label)
    return {asset_id: labels for asset_id, labels in codes.items() if labels}


def _fields_of(finding: Any, today: date) -> dict[str, Any]:
    marked = Decision.MARK_MISSING
    if finding.proposal is ProposalKind.WRITE_OFF:
        return {"status": Stage.MISSING, "lost_since": today}
    if finding.proposal is ProposalKind.MARK_MISSING or finding.decision is marked:
        return {"status": Stage.MISSING}
    fields: dict[str, Any] = dict(ids_of(finding.proposal_fields))
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
    """Return the scanned code as a code of an asset; without it the label stays unknown.

    None if it cannot be a code of an asset, or means something else by now.
    """
    reading = read_code(code)
    if not reading.candidates:
        return None
    first = reading.candidates[0]
    if len(first.value) > MAX_CODE or not first.value.isprintable():
        return None
    if (
        CodeIndex(session.connection(), values_of(reading)).find(reading, at=now).kind
        != "unregistered"
    ):
        return None
    own_scheme = first.scheme in ASSET_SCHEMES - {"tag", "serial"}
    return (first.scheme if own_scheme else "alias", first.value)
