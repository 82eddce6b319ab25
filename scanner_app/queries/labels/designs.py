"""The designs that admins made, their versions, and which design is usual for what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.labels.bodies import read_body
from scanner_app.domain.labels.own_designs import OwnDesign, Scope
from scanner_app.domain.labels.parts import LogoPart, Part
from scanner_app.domain.labels.stock import STOCK_BY_KEY
from scanner_app.models import Category, LabelChoice, LabelDesign, LabelDesignVersion


@dataclass(frozen=True, slots=True)
class DesignRow:
    """A design in one version."""

    key: str
    name: str
    kind: str
    stock: str
    version: int
    text: str
    sha256: str
    made_at: datetime
    made_by: str
    is_ended: bool

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.text)
        return body

    def read(self) -> OwnDesign | None:
        """Return what is laid out; None if its stock is no longer known, or was corrected."""
        parts = _read_parts(self.text, self.kind, self.stock)
        if parts is None:
            return None
        stock = STOCK_BY_KEY[self.stock]
        return OwnDesign(self.key, self.name, self.kind, stock, self.version, parts)


@lru_cache(maxsize=256)
def _read_parts(text: str, kind: str, stock: str) -> tuple[Part, ...] | None:
    try:
        return read_body(json.loads(text), kind=kind, stock=STOCK_BY_KEY[stock]).parts
    except (Invalid, KeyError):
        return None


def _select() -> Select[*tuple[Any, ...]]:
    of = LabelDesignVersion
    return select(
        LabelDesign.key,
        LabelDesign.name,
        LabelDesign.kind,
        LabelDesign.stock,
        of.version,
        of.body,
        of.sha256,
        of.made_at,
        of.made_by,
        LabelDesign.ended_at.is_not(None),
    ).join(of, of.design_id == LabelDesign.id)


def list_design_rows(session: Session) -> list[DesignRow]:
    """Return the newest version of each design that is offered, by name."""
    later = aliased(LabelDesignVersion)
    newest = (
        select(func.max(later.version)).where(later.design_id == LabelDesign.id).scalar_subquery()
    )
    rows = session.execute(
        _select()
        .where(LabelDesign.ended_at.is_(None), LabelDesignVersion.version == newest)
        .order_by(LabelDesign.name, LabelDesign.id)
    )
    return [DesignRow(*row) for row in rows]


def list_versions(session: Session, key: str) -> list[DesignRow]:
    """Return all versions of a design, newest first.

    :raises NotFound: no design has this key.
    """
    rows = session.execute(
        _select().where(LabelDesign.key == key).order_by(LabelDesignVersion.version.desc())
    )
    found = [DesignRow(*row) for row in rows]
    if not found:
        raise NotFound("That design does not exist. Choose one from the list.")
    return found


def get_design_row(session: Session, key: str, version: int | None = None) -> DesignRow:
    """Return one version of a design, by default the newest.

    :raises NotFound: no design has this key, or it has no such version.
    """
    versions = list_versions(session, key)
    found = next((one for one in versions if version in (None, one.version)), None)
    if found is None:
        raise NotFound(f"“{versions[0].name}” does not have a version {version}.")
    return found


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """Which design is usual for a stock, a category, or both; None stands for any."""

    stock: str | None
    category: str | None
    design: str
    category_id: int | None


def list_choices(session: Session) -> list[ChoiceRow]:
    """Return which design is usual for what, by category and stock."""
    rows = session.execute(
        select(LabelChoice.stock, Category.name, LabelChoice.design, LabelChoice.category_id)
        .outerjoin(Category, Category.id == LabelChoice.category_id)
        .order_by(Category.name, LabelChoice.stock, LabelChoice.id)
    )
    return [ChoiceRow(*row) for row in rows]


def load_own_designs(session: Session) -> tuple[list[OwnDesign], dict[Scope, str]]:
    """Return what can be printed with, and the key of the usual design by what it is usual for."""
    found = [row.read() for row in list_design_rows(session)]
    choices = {(row.stock, row.category_id): row.design for row in list_choices(session)}
    return [one for one in found if one is not None], choices


def has_logo(designs: Sequence[OwnDesign]) -> bool:
    """Return whether a design draws the organisation's logo."""
    return any(isinstance(part, LogoPart) for one in designs for part in one.parts)
