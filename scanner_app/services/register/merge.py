"""Merge two spellings of one thing: a category or a supplier becomes another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.contracts.events import ContractStep
from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.own_designs import write_scope
from scanner_app.domain.lifecycle.checklists import checklist_key
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.models import (
    Asset,
    AssetModel,
    Audit,
    Category,
    Checklist,
    Contract,
    ContractEvent,
    DepreciationUse,
    LabelChoice,
    NoticeChoice,
    Plan,
    PurchaseOrder,
    SavedView,
    StockItem,
    SuggestionRule,
    Supplier,
    SupplierScheme,
)
from scanner_app.services.circulation.rules import move_rules
from scanner_app.services.circulation.terms import move_terms
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets
from scanner_app.services.seals.acts import record_act


@dataclass(frozen=True, slots=True)
class Merge:
    """How many assets and models a merge changes, and contracts, orders and stock items."""

    assets: int
    models: int = 0
    others: int = 0


def merge_categories(
    session: Session, *, old: str, new: str, actor: Actor, now: datetime, is_forecast: bool = False
) -> Merge:
    """Change the category of all assets and models that have one, and remove it.

    Each asset gets its change in its history. Saved views, rules of lending, depreciation,
    checklists, plans, usual label designs, choices of notices, rules of suggestions and drafts of
    audits that name the old category name the new one from then on; an audit that has been counted
    keeps its words.

    :param is_forecast: write nothing; return what would change.
    :raises Invalid: a category does not exist, or both are one.
    """
    old_id, new_id = _find_category(session, old, "old"), _find_category(session, new, "new")
    if old_id == new_id:
        raise Invalid("Choose two different ones.", errors={"new": ["Choose another one."]})
    ids = list(session.scalars(select(Asset.id).where(Asset.category_id == old_id)))
    of_old = AssetModel.category_id == old_id
    merge = Merge(len(ids), session.scalar(select(func.count(AssetModel.id)).where(of_old)) or 0)
    if not is_forecast:
        _change(session, ids, {"category_id": new_id}, actor, now)
        session.execute(update(AssetModel).where(of_old).values(category_id=new_id))
        move_rules(session, old_id=old_id, new_id=new_id, actor=actor, now=now)
        move_terms(session, old_id=old_id, new_id=new_id)
        of_stock = StockItem.category_id == old_id
        session.execute(update(StockItem).where(of_stock).values(category_id=new_id))
        _move_what_hangs_on_it(session, old_id, new_id)
        session.execute(delete(Category).where(Category.id == old_id))
        _rename_in_views(session, old, new)
        _rename_in_drafts(session, old, new)
    _rename_in_rules(session, old, new, actor=actor, now=now)
    return merge


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
        raise Invalid("Choose two different ones.", errors={"new": ["Choose another one."]})
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
        _change(session, ids, {"supplier": new}, actor, now)
        for row in contracts:
            row.supplier = new
        for item in items:
            item.supplier = new
        session.add_all(_note_supplier(row, old, new, actor, now) for row in newest.values())
        if known is not None:
            _merge_known(session, known, new)
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


def _merge_known(session: Session, old: Supplier, new: str) -> None:
    """Rename a supplier, or give what it has to the one with this name and remove it."""
    kept = session.scalar(select(Supplier).where(Supplier.name_key == new.casefold()))
    if kept is None or kept.id == old.id:
        old.name, old.name_key = new, new.casefold()
        return
    kept.name = new
    kept.roles = list(dict.fromkeys([*kept.roles, *old.roles]))
    kept.contact, kept.notes = kept.contact or old.contact, kept.notes or old.notes
    for table in (PurchaseOrder, SupplierScheme):
        of_old = table.supplier_id == old.id
        session.execute(update(table).where(of_old).values(supplier_id=kept.id))
    session.flush()
    session.execute(delete(Supplier).where(Supplier.id == old.id))


def _change(
    session: Session, ids: list[int], fields: dict[str, Any], actor: Actor, now: datetime
) -> None:
    changes = [AssetChange(id_, fields) for id_ in ids]
    change_assets(session, changes=changes, kind=ChangeKind.EDITED, actor=actor.key, now=now)


def _move_what_hangs_on_it(session: Session, old_id: int, new_id: int) -> None:
    """Move what was set up for the old category to the new one, unless it has its own."""
    for table in (Plan, NoticeChoice):
        session.execute(update(table).where(table.category_id == old_id).values(category_id=new_id))
    used = select(DepreciationUse.id).where(DepreciationUse.category_id == new_id)
    if session.scalar(used) is None:
        of_old = DepreciationUse.category_id == old_id
        session.execute(update(DepreciationUse).where(of_old).values(category_id=new_id))
    for checklist in session.scalars(select(Checklist).where(Checklist.category_id == old_id)):
        key = checklist_key(checklist.kind, new_id, None)
        if session.scalar(select(Checklist.id).where(Checklist.key == key)) is None:
            checklist.category_id, checklist.key = new_id, key
    for choice in session.scalars(select(LabelChoice).where(LabelChoice.category_id == old_id)):
        scope = write_scope(choice.stock, new_id)
        if session.scalar(select(LabelChoice.id).where(LabelChoice.scope == scope)) is None:
            choice.category_id, choice.scope = new_id, scope
        else:
            session.delete(choice)
    session.flush()


def _rename_in_views(session: Session, old: str, new: str) -> None:
    for view in session.scalars(select(SavedView).where(SavedView.list == "assets")):
        given = parse_qsl(view.query, keep_blank_values=True)
        if ("category", old) in given:
            given = [
                (key, new if (key, word) == ("category", old) else word) for key, word in given
            ]
            view.query = urlencode(given)


def _rename_in_drafts(session: Session, old: str, new: str) -> None:
    for audit in session.scalars(select(Audit).where(Audit.state == AuditState.DRAFT)):
        named = audit.scope.get("categories") or []
        if old in named:
            renamed = dict.fromkeys(new if name == old else name for name in named)
            audit.scope = {**audit.scope, "categories": list(renamed)}


def _rename_in_rules(session: Session, old: str, new: str, *, actor: Actor, now: datetime) -> None:
    """Add the next version of each rule of suggestions that names the old category."""
    rows = session.scalars(select(SuggestionRule).order_by(SuggestionRule.version))
    for row in {row.name: row for row in rows}.values():
        conditions = [_rename_condition(one, old, new) for one in row.conditions]
        if conditions == row.conditions:
            continue
        text = {
            "name": row.name, "version": row.version + 1, "conditions": conditions,
            "suggest": row.suggest, "reason": row.reason,
        }  # fmt: skip
        is_active, row.is_active = row.is_active, False
        session.add(
            SuggestionRule(**text, is_active=is_active, created_at=now, created_by=actor.name)
        )
        about = {**text, "is_active": is_active}
        record_act(session, kind=ActKind.RULE_CHANGED, actor=actor, now=now, about=about)


def _rename_condition(one: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    value = one["value"]
    if one["field"] != "category":
        return dict(one)
    if isinstance(value, list):
        return {**one, "value": list(dict.fromkeys(new if name == old else name for name in value))}
    return {**one, "value": new if value == old else value}


def _find_category(session: Session, name: str, field: str) -> int:
    found = session.scalar(select(Category.id).where(Category.name == name))
    if found is None:
        raise Invalid(
            f"There is no category “{name[:64]}”.", errors={field: ["Choose one of the list."]}
        )
    return found
