"""Merge two spellings of a supplier."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.contracts.events import ContractStep
from scanner_app.domain.errors import Invalid
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.models import (
    Asset,
    BuyingEvent,
    Contract,
    ContractEvent,
    PurchaseOrder,
    Quote,
    StockItem,
    Supplier,
    SupplierScheme,
)
from scanner_app.services.register.merging.base import Merge, edit_assets, refuse_same


def merge_suppliers(
    session: Session, *, old: str, new: str, actor: Actor, now: datetime, is_forecast: bool = False
) -> Merge:
    """Change the supplier of all that has one: assets, contracts, stock items and orders.

    A supplier that orders know takes the new name, or gives its orders and certificates to the one
    that has this name already.

    :param is_forecast: write nothing; return what would change.
    :raises Invalid: nothing has the supplier, or both are one.
    """
    new = " ".join(new.split())
    if not new or old == new:
        raise refuse_same()
    ids = list(session.scalars(select(Asset.id).where(Asset.supplier == old)))
    of_old = select(Contract).where(Contract.supplier == old)
    contracts = session.scalars(of_old.order_by(Contract.number, Contract.term)).all()
    items = session.scalars(select(StockItem).where(StockItem.supplier == old)).all()
    known = session.scalar(select(Supplier).where(Supplier.name == old))
    if not (ids or contracts or items or known):
        raise Invalid("Nothing has this supplier.", errors={"old": ["Choose one of the list."]})
    newest = {row.number: row for row in contracts}
    of_known = PurchaseOrder.supplier_id == (known.id if known else None)
    orders = session.scalar(select(func.count(PurchaseOrder.id)).where(of_known)) or 0
    if not is_forecast:
        edit_assets(session, ids, {"supplier": new}, actor=actor, now=now)
        for row in contracts:
            row.supplier = new
        for item in items:
            item.supplier = new
        session.add_all(_note_supplier(row, old, new, actor, now) for row in newest.values())
        if known is not None:
            _merge_known(session, known, new, actor, now)
        session.flush()
    return Merge(len(ids), others=len(newest) + len(items) + orders)


def _note_supplier(row: Contract, old: str, new: str, actor: Actor, now: datetime) -> ContractEvent:
    return ContractEvent(
        contract_id=row.id,
        kind=ContractStep.CHANGED.value,
        reason="",
        changes={"supplier": [old, new]},
        at=now,
        actor=actor.key,
        actor_name=actor.name,
    )


def _merge_known(session: Session, old: Supplier, new: str, actor: Actor, now: datetime) -> None:
    """Rename a supplier, or give what it has to the one with this name and remove it."""
    kept = session.scalar(select(Supplier).where(Supplier.name_key == new.casefold()))
    if kept is None or kept.id == old.id:
        session.add(_note_merge(old.id, old.name, new, actor, now))
        old.name, old.name_key = new, new.casefold()
        return
    session.add(_note_merge(kept.id, old.name, new, actor, now))
    kept.name = new
    kept.roles = list(dict.fromkeys([*kept.roles, *old.roles]))
    kept.contact, kept.notes = kept.contact or old.contact, kept.notes or old.notes
    for table in (PurchaseOrder, SupplierScheme, Quote):
        of_old = table.supplier_id == old.id
        session.execute(update(table).where(of_old).values(supplier_id=kept.id))
    session.flush()
    session.execute(delete(Supplier).where(Supplier.id == old.id))


def _note_merge(supplier_id: int, old: str, new: str, actor: Actor, now: datetime) -> BuyingEvent:
    return BuyingEvent(
        kind=BuyingKind.SUPPLIER,
        subject_id=supplier_id,
        step=BuyingStep.MERGED,
        text="",
        changes={"changes": [["name", old, new]]},
        at=now,
        actor=actor.key,
        actor_name=actor.name,
    )
