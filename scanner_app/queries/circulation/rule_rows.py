"""The rules of lending and the closed days as pages and the API show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.circulation.rule_columns import RULE_COLUMNS, show_column, write_column
from scanner_app.domain.errors import NotFound
from scanner_app.models import Category, ClosedDay, LendingRule, Location


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule with what it names in words.

    :param values: its columns, as they are kept.
    """

    id: int
    place: str | None
    place_name: str | None
    person_group: str | None
    category: str | None
    values: dict[str, Any]
    changed_at: datetime
    changed_by: str

    @property
    def is_default(self) -> bool:
        return self.place is None and self.person_group is None and self.category is None

    @property
    def holds_for(self) -> str:
        """Return what it holds for, in words."""
        named = (self.place_name, self.person_group, self.category)
        return " · ".join(one for one in named if one) or "Everything else"

    @property
    def said(self) -> list[tuple[str, str]]:
        """Return what it says: label and value in words."""
        return [
            (RULE_COLUMNS[name].label, show_column(name, value))
            for name, value in self.values.items()
            if value is not None
        ]

    def texts(self) -> dict[str, str]:
        """Return the texts with which its form starts."""
        return {
            "place": self.place or "",
            "person_group": self.person_group or "",
            "category": self.category or "",
            **{name: write_column(name, value) for name, value in self.values.items()},
        }


@dataclass(frozen=True, slots=True)
class ClosedRow:
    id: int
    on: date
    name: str
    place: str | None
    place_name: str | None


_SELECT = (
    select(LendingRule, Location.code, Location.full_name, Category.name)
    .outerjoin(Location, Location.id == LendingRule.place_id)
    .outerjoin(Category, Category.id == LendingRule.category_id)
)


def list_rules(session: Session) -> list[RuleRow]:
    """Return all rules: the default first, then by place, department and category."""
    rows = [_row(*row) for row in session.execute(_SELECT)]
    return sorted(rows, key=lambda one: (not one.is_default, one.holds_for.casefold(), one.id))


def get_rule(session: Session, rule_id: int) -> RuleRow:
    """Return one rule.

    :raises NotFound: no rule has this id.
    """
    row = session.execute(_SELECT.where(LendingRule.id == rule_id)).one_or_none()
    if row is None:
        raise NotFound("That rule does not exist. Choose one from the list.")
    return _row(*row)


def list_closed_days(session: Session, *, since: date) -> list[ClosedRow]:
    """Return the closed days from a day on, the next first."""
    rows = session.execute(
        select(ClosedDay.id, ClosedDay.on, ClosedDay.name, Location.code, Location.full_name)
        .outerjoin(Location, Location.id == ClosedDay.location_id)
        .where(ClosedDay.on >= since)
        .order_by(ClosedDay.on, ClosedDay.id)
    )
    return [ClosedRow(*row) for row in rows]


def _row(
    rule: LendingRule, place: str | None, place_name: str | None, category: str | None
) -> RuleRow:
    return RuleRow(
        rule.id,
        place,
        place_name,
        rule.person_group,
        category,
        {name: getattr(rule, name) for name in RULE_COLUMNS},
        rule.changed_at,
        rule.changed_by,
    )
