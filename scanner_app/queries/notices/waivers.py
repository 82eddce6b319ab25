"""Waivers that are about to end, of things that are not over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.access.second_person import PERSON
from scanner_app.domain.lifecycle.tasks import write_number
from scanner_app.domain.notices.sweep import EndingWaiver
from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.models import Asset, Policy, PurchaseOrder, Request, Task, Waiver

_LIVE = (OrderState.DRAFT, OrderState.PLACED)


def list_ending_waivers(session: Session, today: date, horizon: int) -> Iterator[EndingWaiver]:
    """Return the waivers that end within some days, unless another one goes on after it."""
    later = aliased(Waiver)
    goes_on = (
        select(later.id)
        .where(
            later.policy_id == Waiver.policy_id,
            later.subject_kind == Waiver.subject_kind,
            later.subject_id == Waiver.subject_id,
            later.withdrawn_at.is_(None),
            later.by_key.startswith(PERSON),
            (later.until_on > Waiver.until_on)
            | ((later.until_on == Waiver.until_on) & (later.id > Waiver.id)),
        )
        .exists()
    )
    rows = session.execute(
        select(Waiver, Policy.code, Policy.title, Asset, PurchaseOrder, Request, Task)
        .join(Policy, Policy.id == Waiver.policy_id)
        .outerjoin(Asset, _is_about(SubjectKind.ASSET, Asset.id))
        .outerjoin(PurchaseOrder, _is_about(SubjectKind.ORDER, PurchaseOrder.id))
        .outerjoin(Request, _is_about(SubjectKind.REQUEST, Request.id))
        .outerjoin(Task, _is_about(SubjectKind.TASK, Task.id))
        .where(
            Waiver.until_on.between(today, today + timedelta(days=horizon)),
            Waiver.withdrawn_at.is_(None),
            Waiver.by_key.startswith(PERSON),
            Policy.is_active,
            ~goes_on,
        )
        .order_by(Waiver.id)
    )
    for waiver, code, title, asset, order, request, task in rows:
        name = _name_open(asset, order, request, task)
        if name is not None:
            subject = f"{waiver.subject_kind.value} {name}"
            yield EndingWaiver(waiver.id, code, title, subject, waiver.until_on, waiver.by_key)


def _is_about(kind: SubjectKind, id_: Any) -> Any:
    return and_(Waiver.subject_kind == kind, id_ == Waiver.subject_id)


def _name_open(
    asset: Asset | None, order: PurchaseOrder | None, request: Request | None, task: Task | None
) -> str | None:
    """Return the name of what a waiver is about; None if it is gone or over."""
    if asset is not None:
        return None if asset.status in ENDED else asset.asset_tag
    if order is not None:
        return order.number if order.state in _LIVE else None
    if request is not None:
        return f"R{request.id}" if request.state.facts.is_open else None
    if task is not None:
        return write_number(task.kind, task.id) if task.state.facts.is_open else None
    return None
