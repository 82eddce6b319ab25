"""Apply what was accepted about holdings: seats, pieces, and what is not there any more."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.holdings.holdings import HoldingKind, HoldingProposal
from scanner_app.domain.errors import Conflict
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import ENDED, Stage
from scanner_app.models import Asset, AuditHolding, Licence
from scanner_app.services.audits.holdings.answer import list_accepted
from scanner_app.services.licences.fields import LicenceFields
from scanner_app.services.licences.write import change_licence
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets
from scanner_app.services.stock.counts import record_count
from scanner_app.services.stock.items import lock_items
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import Refused


def apply_holdings(session: Session, *, audit_id: int, actor: Actor, now: datetime) -> None:
    """Apply the accepted proposals about holdings, in the caller's transaction.

    :raises Conflict: `register_changed`: the seats were changed since they were counted, or
        pieces were taken that the count did not leave.
    """
    for row in list_accepted(session, audit_id, HoldingProposal.ADJUST):
        if row.kind is HoldingKind.SOFTWARE:
            _adjust_seats(session, row, actor, now)
        else:
            _adjust_stock(session, row, actor, now)
    retired = list_accepted(session, audit_id, HoldingProposal.RETIRE)
    # What is over already stays as it ended.
    there = session.scalars(
        select(Asset.id)
        .where(Asset.id.in_([row.asset_id for row in retired]), Asset.status.not_in(ENDED))
        .order_by(Asset.id)
        .with_for_update()
    ).all()
    change_assets(
        session,
        changes=[AssetChange(asset_id, {"status": Stage.RETIRED}) for asset_id in there],
        kind=ChangeKind.AUDITED,
        actor=actor.key,
        now=now,
        audit_id=audit_id,
    )


def _adjust_seats(session: Session, row: AuditHolding, actor: Actor, now: datetime) -> None:
    licence = session.get_one(Licence, row.asset_id, with_for_update=True)
    if licence.seats != row.recorded or row.counted is None:
        raise _overtaken(row)
    own: dict[str, Any] = {
        one.name: getattr(licence, one.name, None) for one in fields(LicenceFields)
    }
    own |= {"seats": row.counted, "key_hint": None}
    tag = session.scalars(select(Asset.asset_tag).where(Asset.id == row.asset_id)).one()
    change_licence(
        session,
        asset_tag=tag,
        fields=LicenceFields(**own),
        # What is given does not change what was bought: the page then says how many are over.
        accept_overuse=True,
        actor=actor,
        now=now,
        kind=ChangeKind.AUDITED,
        audit_id=row.audit_id,
    )


def _adjust_stock(session: Session, row: AuditHolding, actor: Actor, now: datetime) -> None:
    if row.counted is None or row.answered_at is None or row.location_id is None:
        raise _overtaken(row)
    item_id = row.stock_item_id or 0
    card = lock_items(session, [item_id])[item_id]
    # Dated when it was counted: what was moved since then is not counted away.
    order = Order(at=row.answered_at, now=now, by=actor, reason=f"Audit {row.audit_id}")
    done = record_count(session, card, quantity=row.counted, place_id=row.location_id, order=order)
    if isinstance(done, Refused):
        raise _overtaken(row)


def _overtaken(row: AuditHolding) -> Conflict:
    return Conflict(
        f"{row.code} was changed since it was counted, so this cannot be recorded. Reject it, or "
        "reopen counting and count it again.",
        code="register_changed",
    )
