"""Merge two spellings of a category."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.own_designs import write_scope
from scanner_app.domain.lifecycle.checklists import checklist_key
from scanner_app.models import (
    Asset,
    AssetModel,
    Audit,
    Budget,
    Category,
    Checklist,
    DepreciationUse,
    LabelChoice,
    NoticeChoice,
    Plan,
    SavedView,
    StockItem,
    SuggestionRule,
)
from scanner_app.services.circulation.rules import move_rules
from scanner_app.services.circulation.terms import move_terms
from scanner_app.services.register.merging.base import Merge, edit_assets, refuse_same
from scanner_app.services.register.merging.policies import rename_in_policies
from scanner_app.services.seals.acts import record_act


def merge_categories(
    session: Session, *, old: str, new: str, actor: Actor, now: datetime, is_forecast: bool = False
) -> Merge:
    """Change the category of all assets and models that have one, and remove it.

    Each asset gets its change in its history. Saved views, rules of lending, depreciation,
    checklists, plans, usual label designs, choices of notices, rules of suggestions, policies and
    drafts of audits that name the old category name the new one from then on; an audit that has
    been counted keeps its words.

    :param is_forecast: write nothing; return what would change.
    :raises Invalid: a category does not exist, or both are one.
    """
    old_id, new_id = _find_category(session, old, "old"), _find_category(session, new, "new")
    if old_id == new_id:
        raise refuse_same()
    ids = list(session.scalars(select(Asset.id).where(Asset.category_id == old_id)))
    of_old = AssetModel.category_id == old_id
    merge = Merge(len(ids), session.scalar(select(func.count(AssetModel.id)).where(of_old)) or 0)
    if not is_forecast:
        edit_assets(session, ids, {"category_id": new_id}, actor=actor, now=now)
        session.execute(update(AssetModel).where(of_old).values(category_id=new_id))
        move_rules(session, old_id=old_id, new_id=new_id, actor=actor, now=now)
        move_terms(session, old_id=old_id, new_id=new_id)
        of_stock = StockItem.category_id == old_id
        session.execute(update(StockItem).where(of_stock).values(category_id=new_id))
        _move_what_hangs_on_it(session, old_id, new_id)
        session.execute(delete(Category).where(Category.id == old_id))
        _rename_in_views(session, old, new)
        _rename_in_drafts(session, old, new)
        rename_in_policies(session, "categories", old=old, new=new, actor=actor, now=now)
    _rename_in_rules(session, old, new, actor=actor, now=now)
    return merge


def _move_what_hangs_on_it(session: Session, old_id: int, new_id: int) -> None:
    """Move what was set up for the old category to the new one, unless it has its own."""
    for table in (Plan, NoticeChoice, Budget):
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
