"""Designs of labels: saved as a new version beside the old ones, and tried before that."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.admin_trail import Step, Thing, describe_change
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.labels.bodies import DesignBody, read_body
from scanner_app.domain.labels.content import LabelContent
from scanner_app.domain.labels.designs import DESIGN_BY_KEY
from scanner_app.domain.labels.own_designs import (
    KEY,
    MAX_DESIGNS,
    MAX_KEY,
    MAX_NAME,
    make_key,
    write_scope,
)
from scanner_app.domain.labels.parts import KINDS, Design, SymbolPart
from scanner_app.domain.labels.stock import STOCK_BY_KEY, LabelStock
from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.text import is_storable
from scanner_app.models import Category, LabelChoice, LabelDesign, LabelDesignVersion
from scanner_app.services.files.pdf import load_fonts
from scanner_app.services.labels.lay_out import lay_out
from scanner_app.services.seals.acts import record_act

COMMAND = "command"


@dataclass(frozen=True, slots=True)
class DesignDraft:
    """A design as somebody wants it. The body is not read yet.

    :param key: of a design to go on with, or for a new one; empty: made from the name.
    """

    name: str
    kind: str
    stock: str
    body: Any
    key: str = ""


@dataclass(frozen=True, slots=True)
class SavedDesign:
    key: str
    version: int
    is_new: bool


def check_draft(draft: DesignDraft, *, sample: LabelContent, fonts: Path) -> DesignBody:
    """Return the body of a design that can be printed.

    :param sample: a thing of its kind. Its symbols must fit at each resolution of the stock.
    :raises Invalid: it cannot be used; `errors` names each field.
    """
    errors: dict[str, list[str]] = {}
    name = draft.name.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable() or not is_storable(name):
        errors["name"] = [f"Use 1 to {MAX_NAME} characters."]
    if draft.kind not in KINDS:
        errors["kind"] = ["Choose one of the list."]
    stock = STOCK_BY_KEY.get(draft.stock)
    if stock is None:
        errors["stock"] = ["Choose one of the list."]
    is_key = KEY.fullmatch(draft.key) and len(draft.key) <= MAX_KEY
    if draft.key and (not is_key or draft.key in DESIGN_BY_KEY):
        errors["key"] = [
            "Use small letters, digits and hyphens. Keys of built-in designs are taken."
        ]
    if stock is None or "kind" in errors:
        raise Invalid("That design cannot be used.", errors=errors)
    try:
        body = read_body(draft.body, kind=draft.kind, stock=stock)
        _try(body, stock, sample, fonts)
    except Invalid as error:
        raise Invalid(error.message, errors=errors | error.errors) from None
    if errors:
        raise Invalid("That design cannot be used.", errors=errors)
    return body


def _try(body: DesignBody, stock: LabelStock, sample: LabelContent, fonts: Path) -> None:
    """Lay out each symbol alone, so that one that does not fit is named."""
    load_fonts(fonts)
    errors: dict[str, list[str]] = {}
    for index, part in enumerate(body.parts):
        if not isinstance(part, SymbolPart):
            continue
        for dpi in stock.dpis:
            try:
                lay_out(Design("", "", (part,)), stock, sample, dpi=dpi)
            except Invalid as error:
                errors[f"elements.{index}.w"] = [error.message]
                break
    if errors:
        raise Invalid("That design cannot be used.", errors=errors)


def save_design(
    session: Session, draft: DesignDraft, body: DesignBody, *, actor: Actor | None, now: datetime
) -> SavedDesign:
    """Save a checked design as a new one, or as the next version of one.

    A body that is the newest version already makes no new one.

    :param actor: None for a command.
    :raises Conflict: the design of this key is for other things or on another stock, or there are
        too many.
    """
    name = draft.name.strip()
    design = None
    if draft.key:
        design = session.scalar(
            select(LabelDesign).where(LabelDesign.key == draft.key).with_for_update()
        )
    is_new = design is None
    if design is None:
        design = _add(session, draft, name, actor, now)
    elif (design.kind, design.stock) != (draft.kind, draft.stock):
        raise Conflict(
            f"“{design.name}” is for {KINDS[design.kind].lower()} on"
            f" {STOCK_BY_KEY[design.stock].label}. Save this as another design.",
            code="design_of_other_stock",
        )
    before, version = _add_version(session, design.id, body, actor, now)
    changes = {"name": (design.name, name), "version": (str(before or ""), str(version))}
    is_back = design.ended_at is not None
    design.name, design.ended_at = name, None
    session.flush()
    if is_new or is_back or any(old != new for old, new in changes.values()):
        step = Step.ADDED if is_new else Step.CHANGED
        _note(session, Thing.LABEL_DESIGN, step, name, actor, now, changes)
    return SavedDesign(design.key, version, is_new)


def _add_version(
    session: Session, design_id: int, body: DesignBody, actor: Actor | None, now: datetime
) -> tuple[int, int]:
    """Add a body as the next version, unless it is the newest; return that before and that now."""
    text = dump_canonical(body.data).decode()
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    newest = session.scalar(
        select(LabelDesignVersion)
        .where(LabelDesignVersion.design_id == design_id)
        .order_by(LabelDesignVersion.version.desc())
        .limit(1)
    )
    before = newest.version if newest else 0
    if newest is not None and newest.sha256 == sha256:
        return before, before
    session.add(
        LabelDesignVersion(
            design_id=design_id,
            version=before + 1,
            body=text,
            sha256=sha256,
            made_at=now,
            made_by=actor.name if actor else COMMAND,
        )
    )
    return before, before + 1


def _add(
    session: Session, draft: DesignDraft, name: str, actor: Actor | None, now: datetime
) -> LabelDesign:
    taken = session.scalars(select(LabelDesign.key)).all()
    offered = select(func.count(LabelDesign.id)).where(LabelDesign.ended_at.is_(None))
    if (session.scalar(offered) or 0) >= MAX_DESIGNS:
        raise Conflict(
            f"There are {MAX_DESIGNS} designs. Remove one first.", code="too_many_designs"
        )
    design = LabelDesign(
        key=draft.key or make_key(name, taken),
        name=name,
        kind=draft.kind,
        stock=draft.stock,
        created_at=now,
        created_by=actor.name if actor else COMMAND,
        ended_at=None,
    )
    session.add(design)
    session.flush()
    return design


def end_design(session: Session, *, key: str, actor: Actor | None, now: datetime) -> None:
    """Offer a design no more. Its versions are kept, and nothing uses it as its usual one.

    :raises NotFound: no design that is offered has this key.
    """
    design = session.scalar(
        select(LabelDesign)
        .where(LabelDesign.key == key, LabelDesign.ended_at.is_(None))
        .with_for_update()
    )
    if design is None:
        raise NotFound("That design does not exist. Choose one from the list.")
    design.ended_at = now
    session.execute(delete(LabelChoice).where(LabelChoice.design == key))
    _note(session, Thing.LABEL_DESIGN, Step.REMOVED, design.name, actor, now)


def choose_design(
    session: Session,
    *,
    stock: str,
    category: str,
    design: str,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Set which design is usual for a stock, a category, or both; an empty text stands for any.

    :param design: its key; empty: none any more.
    :raises Invalid: a field cannot be used.
    """
    errors: dict[str, list[str]] = {}
    if stock and stock not in STOCK_BY_KEY:
        errors["stock"] = ["Choose one of the list."]
    category_id = None
    if category:
        known = is_storable(category)
        category_id = (
            session.scalar(select(Category.id).where(Category.name == category)) if known else None
        )
        if category_id is None:
            errors["category"] = ["No category has this name. Choose one of the list."]
    own = session.scalar(
        select(LabelDesign).where(LabelDesign.key == design, LabelDesign.ended_at.is_(None))
    )
    if own is None and design and design not in DESIGN_BY_KEY:
        errors["design"] = ["Choose one of the list."]
    if own is not None and stock and own.stock != stock:
        errors["design"] = [f"It is for {STOCK_BY_KEY[own.stock].label}. Choose that stock."]
    if own is not None and category and own.kind != "asset":
        errors["design"] = [f"It is for {KINDS[own.kind].lower()}, which have no category."]
    if errors:
        raise Invalid("That cannot be chosen.", errors=errors)
    _store_choice(session, stock or None, category_id, design)
    name = ", ".join(filter(None, (category, STOCK_BY_KEY[stock].name if stock else "")))
    step = Step.CHANGED if design else Step.REMOVED
    _note(session, Thing.LABEL_CHOICE, step, f"{name or 'everything'}: {design}", actor, now)


def _store_choice(
    session: Session, stock: str | None, category_id: int | None, design: str
) -> None:
    scope = write_scope(stock, category_id)
    if not design:
        session.execute(delete(LabelChoice).where(LabelChoice.scope == scope))
        return
    row = session.scalar(select(LabelChoice).where(LabelChoice.scope == scope).with_for_update())
    if row is None:
        row = LabelChoice(scope=scope, stock=stock, category_id=category_id, design=design)
        session.add(row)
    row.design = design
    session.flush()


def _note(
    session: Session,
    thing: Thing,
    step: Step,
    name: str,
    actor: Actor | None,
    now: datetime,
    changes: dict[str, tuple[str, str]] | None = None,
) -> None:
    about = describe_change(thing, step, name, changes)
    record_act(session, kind=ActKind.ADMIN_CHANGED, actor=actor, now=now, about=about)
