"""The rules of suggestions that are kept: the newest version of each, and all versions of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.suggesting.rules import Rule, read_rule
from scanner_app.domain.errors import NotFound
from scanner_app.models import SuggestionRule


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One version of a rule, as it is kept."""

    id: int
    rule: Rule
    is_active: bool
    created_at: datetime
    created_by: str


def list_rules(session: Session) -> list[RuleRow]:
    """Return the newest version of each rule, in the order in which they were added."""
    newest = (
        select(
            SuggestionRule.name,
            func.max(SuggestionRule.version).label("version"),
            func.min(SuggestionRule.id).label("first"),
        )
        .group_by(SuggestionRule.name)
        .subquery()
    )
    rows = session.scalars(
        select(SuggestionRule)
        .join(
            newest,
            (newest.c.name == SuggestionRule.name) & (newest.c.version == SuggestionRule.version),
        )
        .order_by(newest.c.first)
    )
    return [_show(row) for row in rows]


def list_versions(session: Session, name: str) -> list[RuleRow]:
    """Return all versions of a rule, the newest first."""
    rows = session.scalars(
        select(SuggestionRule)
        .where(SuggestionRule.name == name)
        .order_by(SuggestionRule.version.desc())
    )
    return [_show(row) for row in rows]


def get_rule(session: Session, rule_id: int) -> RuleRow:
    """Return the newest version of the rule of which this is one.

    :raises NotFound: no rule has that id.
    """
    name = session.scalar(select(SuggestionRule.name).where(SuggestionRule.id == rule_id))
    if name is None:
        raise NotFound("That rule does not exist.")
    return list_versions(session, name)[0]


def load_active(session: Session) -> list[Rule]:
    """Return the rules that are active, the first of which that holds suggests."""
    return [row.rule for row in list_rules(session) if row.is_active]


def _show(row: SuggestionRule) -> RuleRow:
    rule = read_rule(row.name, row.version, row.conditions, row.suggest, row.reason)
    return RuleRow(row.id, rule, row.is_active, row.created_at, row.created_by)
