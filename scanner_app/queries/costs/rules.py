"""The rules of book values as their page shows them, and what rates are known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.depreciation import Rule
from scanner_app.domain.money import show_money
from scanner_app.models import (
    AssetModel,
    Category,
    DepreciationRule,
    DepreciationUse,
    ExchangeRate,
    ReplacementPrice,
)
from scanner_app.queries.costs.asset import read_rule_row


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with the categories and models that it stands for, and the texts of its form."""

    id: int
    rule: Rule
    categories: tuple[str, ...]
    models: tuple[str, ...]

    @property
    def texts(self) -> dict[str, str]:
        rule = self.rule
        return {
            "id": str(self.id),
            "name": rule.name,
            "method": rule.method.value,
            "months": str(rule.months or ""),
            "salvage": "" if rule.salvage_cents is None else show_money(rule.salvage_cents),
            "salvage_percent": str(rule.salvage_percent or ""),
            "yearly_percent": "" if rule.yearly_percent is None else str(rule.yearly_percent),
            "percents": " ".join(map(str, rule.percents)),
            "year": rule.year.value,
            "models": "\n".join(self.models),
        }


def list_rules(session: Session) -> list[RuleRow]:
    """Return all rules by name."""
    categories, models = (
        _group_uses(session, select(DepreciationUse.rule_id, kind.name).join(kind).distinct())
        for kind in (Category, AssetModel)
    )
    rows = session.scalars(select(DepreciationRule).order_by(DepreciationRule.name))
    return [
        RuleRow(
            row.id,
            read_rule_row(row),
            tuple(categories.get(row.id, ())),
            tuple(models.get(row.id, ())),
        )
        for row in rows
    ]


def _group_uses(session: Session, uses: Select[int, str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for rule_id, name in session.execute(uses):
        found[rule_id].append(name)
    return {rule_id: sorted(names) for rule_id, names in found.items()}


def list_prices(session: Session) -> list[tuple[str, int]]:
    """Return each model whose replacement has a price, by name."""
    rows = session.execute(
        select(AssetModel.name, ReplacementPrice.amount_cents)
        .join(AssetModel, AssetModel.id == ReplacementPrice.model_id)
        .distinct()
        .order_by(AssetModel.name)
    )
    return [(name, cents) for name, cents in rows]


def list_rate_currencies(session: Session, base: str) -> list[tuple[str, int, date]]:
    """Return each currency with the number of its rates and the newest day."""
    rows = session.execute(
        select(ExchangeRate.currency, func.count(), func.max(ExchangeRate.on_day))
        .where(ExchangeRate.base == base)
        .group_by(ExchangeRate.currency)
        .order_by(ExchangeRate.currency)
    )
    return [(currency, count, newest) for currency, count, newest in rows]
